//! Reading a file, without running any of it.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

use crate::{Inspected, LoadError, Step, error::Failed, manifest::inspect_bytes, permissions};

/// The largest file that is read; a connector with debug information stays far below.
const MAX_FILE_BYTES: u64 = 512 << 20;
const MAX_SIGNATURE_BYTES: u64 = 64 << 10;

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
    permissions::check(path, &file)?;
    Ok(bytes)
}
