//! Reading a file and what it says about itself, without running any of it.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use connector_abi::embedded::{self, Embedded, FrameError};
use connector_api::CapabilityDocument;
use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{LoadError, Step, error::Failed, object_file};

/// The largest file that is read; a connector with debug information stays far below.
const MAX_FILE_BYTES: u64 = 512 << 20;
const MAX_SIGNATURE_BYTES: u64 = 64 << 10;

/// Who built a library, and against what. Unknown fields of a later time are ignored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// The crate that it was built from.
    pub package: String,
    /// That crate's version.
    pub version: String,
    /// Version of `connector-api`.
    pub connector_api: String,
    /// Version of `connector-abi`.
    pub connector_abi: String,
    /// Processor architecture that it was built for.
    pub arch: String,
    /// Operating system that it was built for.
    pub os: String,
    /// Whether it was built without optimisation.
    #[serde(default)]
    pub debug: bool,
}

/// A file that was read and checked; nothing of it has run.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspected {
    /// Who built it.
    pub manifest: Manifest,
    /// What its channel can do.
    pub document: CapabilityDocument,
    /// The document as it stands in the file.
    pub document_bytes: Vec<u8>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    pub(crate) bytes: Vec<u8>,
}

/// Reads `path` and what it says about itself. Runs none of it.
///
/// # Errors
/// The first step that fails.
pub fn inspect(path: &Path) -> Result<Inspected, LoadError> {
    read_and_inspect(path).map_err(|failed| failed.of(path))
}

pub(crate) fn read_and_inspect(path: &Path) -> Result<Inspected, Failed> {
    read(path).and_then(inspect_bytes)
}

/// Runs `work`, which reads the file at `path`, off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> Result<T, Failed> + Send + 'static,
) -> Result<T, Failed> {
    let stopped = |error| {
        let expected = format!("to read {}", path.display());
        Failed::new((Step::Readable, "file.unreadable"), expected, error, "Report this: a check panicked.")
    };
    tokio::task::spawn_blocking(work).await.map_err(stopped)?
}

/// The signature beside the file, where there is one: the file's name with `.minisig` behind it.
pub(crate) fn signature(path: &Path) -> Result<Option<String>, Failed> {
    let mut name = path.as_os_str().to_owned();
    name.push(".minisig");
    let text = regular_file(Path::new(&name), MAX_SIGNATURE_BYTES).and_then(|(_, bytes)| {
        String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    });
    match text {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let fix = "Check the signature file and its permissions.";
            let code = (Step::Trust, "trust.signature_malformed");
            Err(Failed::new(code, "a readable signature beside the file", error, fix))
        }
    }
}

/// Reads a file of at most `max` bytes. Anything but a regular file is an error, and is never waited for: opening a
/// pipe would hang, and reading a device would not end.
pub(crate) fn regular_file(path: &Path, max: u64) -> io::Result<(File, Vec<u8>)> {
    let not_a_file = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let mut file = File::options().read(true).custom_flags(nonblocking).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(not_a_file());
    }
    if metadata.len() > max {
        let text = format!("{} bytes, where at most {max} are read", metadata.len());
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, text));
    }
    let mut bytes = Vec::new();
    (&mut file).take(max).read_to_end(&mut bytes)?;
    Ok((file, bytes))
}

/// Whoever can write the file, or replace it in its folder, can run code as the host.
fn check_permissions(path: &Path, file: &File) -> Result<(), Failed> {
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let modes = (file.metadata().map(|m| m.mode()), std::fs::metadata(folder).map(|m| m.mode()));
    let refused = |what: &str, mode: u32, fix| {
        let expected = format!("a {what} that only its owner and group can write");
        Failed::new(
            (Step::Permissions, "permissions.world_writable"),
            expected,
            format!("mode {mode:o}"),
            fix,
        )
    };
    match modes {
        (Ok(mode), _) if mode & OTHERS_WRITE != 0 => {
            Err(refused("file", mode & 0o7777, "Take the right away: chmod o-w on the file."))
        }
        (_, Ok(mode)) if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 => {
            Err(refused("folder", mode & 0o7777, "Take the right away: chmod o-w on the folder."))
        }
        _ => Ok(()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failed> {
    let refused = |error: &io::Error| {
        let (step, code) = match error.kind() {
            io::ErrorKind::NotFound => (Step::Found, "file.missing"),
            _ => (Step::Readable, "file.unreadable"),
        };
        Failed::new((step, code), "a readable file", error, "Check the path and the file's permissions.")
    };
    let metadata = std::fs::metadata(path).map_err(|e| refused(&e))?;
    if !metadata.is_file() {
        let found = if metadata.is_dir() { "a directory" } else { "something that is not a file" };
        return Err(Failed::new(
            (Step::Found, "file.not_a_file"),
            "a file",
            found,
            "Remove it or rename it.",
        ));
    }
    let (file, bytes) = regular_file(path, MAX_FILE_BYTES).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => {
            let expected = format!("at most {MAX_FILE_BYTES} bytes");
            Failed::new((Step::Readable, "file.too_large"), expected, error, "Strip debug information.")
        }
        _ => refused(&error),
    })?;
    check_permissions(path, &file)?;
    Ok(bytes)
}

fn inspect_bytes(bytes: Vec<u8>) -> Result<Inspected, Failed> {
    let section = object_file::connector_section(&bytes)?;
    let Embedded { manifest, document } = embedded::parse(section).map_err(bad_frame)?;
    let manifest: Manifest = from_json("manifest.malformed", manifest)?;
    let parsed: CapabilityDocument = from_json("document.malformed", document)?;
    check_document(&parsed)?;
    let sha256 = hex::encode(Sha256::digest(&bytes));
    Ok(Inspected { manifest, document: parsed, document_bytes: document.to_vec(), sha256, bytes })
}

fn bad_frame(error: FrameError) -> Failed {
    let (found, fix) = match error {
        FrameError::Truncated => ("a section that ends too early", "Copy or build the file again."),
        FrameError::NotAFrame => {
            ("a section of another program", "Ask its author for a Jackfield connector.")
        }
        FrameError::UnknownFormat(_) => ("a format of a later version", "Update the host."),
    };
    Failed::new((Step::Manifest, "manifest.malformed"), "a Jackfield manifest", found, fix)
}

fn from_json<'a, T: Deserialize<'a>>(code: &'static str, json: &'a [u8]) -> Result<T, Failed> {
    serde_json::from_slice(json).map_err(|error| {
        Failed::new((Step::Manifest, code), "well-formed JSON", error, "Tell the connector's author.")
    })
}

fn check_document(document: &CapabilityDocument) -> Result<(), Failed> {
    let known = connector_api::capabilities::document::SCHEMA;
    if document.schema != known {
        let found = format!("{:?}", document.schema);
        return Err(Failed::new((Step::Manifest, "document.schema"), known, found, "Update the host."));
    }
    let id = &document.connector.id;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        let expected = "a connector id of 1 to 64 lower-case letters, digits and \"-\"";
        let found = format!("{id:?}");
        return Err(Failed::new(
            (Step::Manifest, "document.id"),
            expected,
            found,
            "Tell the connector's author.",
        ));
    }
    Ok(())
}
