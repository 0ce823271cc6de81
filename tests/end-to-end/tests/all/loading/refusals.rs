//! Files that are no connectors: one clear error each, and the process goes on.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use connector_loader::{ConnectorLibrary, Step};
use end_to_end::artifact;
use tempfile::TempDir;

use super::{ECHO, policy};
use crate::support::{exchange, frame, put};

/// Where the manifest begins in the connector section.
const MANIFEST: usize = 16;

/// Makes a broken file at a path of the folder.
type Make = fn(&Path) -> Result<PathBuf>;

/// A changed copy of a good library.
fn changed(folder: &Path, change: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<PathBuf> {
    let mut bytes = std::fs::read(artifact(ECHO)?)?;
    change(&mut bytes)?;
    written(folder, &bytes)
}

fn written(folder: &Path, bytes: &[u8]) -> Result<PathBuf> {
    let path = folder.join("libbroken.so");
    std::fs::write(&path, bytes)?;
    Ok(path)
}

fn cut(folder: &Path, bytes: usize) -> Result<PathBuf> {
    changed(folder, |library| {
        library.truncate(library.len() - bytes);
        Ok(())
    })
}

fn kept(folder: &Path, bytes: usize) -> Result<PathBuf> {
    changed(folder, |library| {
        library.truncate(bytes);
        Ok(())
    })
}

fn exchanged(folder: &Path, old: &[u8], new: &[u8]) -> Result<PathBuf> {
    changed(folder, |library| exchange(library, old, new))
}

fn in_frame(folder: &Path, at: usize, new: &[u8]) -> Result<PathBuf> {
    changed(folder, |library| put(frame(library)?, at, new))
}

fn in_document(folder: &Path, old: &str, new: &[u8]) -> Result<PathBuf> {
    changed(folder, |library| exchange(frame(library)?, old.as_bytes(), new))
}

fn directory(folder: &Path) -> Result<PathBuf> {
    let path = folder.join("folder.so");
    std::fs::create_dir(&path)?;
    Ok(path)
}

/// Nobody, not even root, reads a file below a file.
fn below_a_file(folder: &Path) -> Result<PathBuf> {
    Ok(written(folder, b"x")?.join("connector.so"))
}

/// A library of somebody else that this very process uses.
pub(crate) fn of_the_system() -> Result<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    let mut files = maps.lines().filter_map(|line| line.split_whitespace().nth(5));
    let library = files.find(|file| file.contains("/libc.so") || file.contains("/libgcc_s.so"));
    Ok(library.context("this process uses no library of the system")?.into())
}

fn other_machine(folder: &Path) -> Result<PathBuf> {
    const MACHINE: usize = 18;
    const AARCH64: [u8; 2] = [183, 0];
    const X86_64: [u8; 2] = [62, 0];
    let other = if cfg!(target_arch = "aarch64") { X86_64 } else { AARCH64 };
    changed(folder, |library| put(library, MACHINE, &other))
}

#[rustfmt::skip]
const TABLE: &[(&str, Step, &str, Make)] = &[
    ("missing", Step::Found, "file.missing", |folder| Ok(folder.join("nowhere.so"))),
    ("a directory", Step::Found, "file.not_a_file", directory),
    ("a device", Step::Found, "file.not_a_file", |_| Ok("/dev/null".into())),
    ("unreadable", Step::Readable, "file.unreadable", below_a_file),
    ("empty", Step::ObjectFile, "object.empty", |folder| written(folder, b"")),
    ("text", Step::ObjectFile, "object.not_a_library", |folder| written(folder, "grüße\n".as_bytes())),
    ("noise", Step::ObjectFile, "object.not_a_library", |folder| written(folder, &[0xfe; 5000])),
    ("only 8 bytes", Step::ObjectFile, "object.incomplete", |folder| kept(folder, 8)),
    ("only 64 bytes", Step::ObjectFile, "object.incomplete", |folder| kept(folder, 64)),
    ("only 4 kB", Step::ObjectFile, "object.incomplete", |folder| kept(folder, 4_000)),
    ("only 200 kB", Step::ObjectFile, "object.incomplete", |folder| kept(folder, 200_000)),
    ("without its last byte", Step::ObjectFile, "object.incomplete", |folder| cut(folder, 1)),
    ("without its last 4 KiB", Step::ObjectFile, "object.incomplete", |folder| cut(folder, 4096)),
    ("for another machine", Step::ObjectFile, "object.wrong_machine", other_machine),
    ("an executable", Step::Manifest, "manifest.missing", |_| artifact("jackfield")),
    ("another product's library", Step::Manifest, "manifest.missing", |_| of_the_system()),
    ("another program's section", Step::Manifest, "manifest.malformed", |folder| in_frame(folder, 0, b"ELSE")),
    ("a format of a later time", Step::Manifest, "manifest.malformed", |folder| in_frame(folder, 4, &[2])),
    ("an endless manifest", Step::Manifest, "manifest.malformed", |folder| in_frame(folder, 8, &[0xff; 4])),
    ("garbage in the manifest", Step::Manifest, "manifest.malformed", |folder| in_frame(folder, MANIFEST + 40, &[0xff; 8])),
    ("garbage in the document", Step::Manifest, "document.malformed", |folder| in_document(folder, "name", &[0xff; 4])),
    ("a document of a later time", Step::Manifest, "document.schema", |folder| in_document(folder, "capabilities/v1", b"capabilities/v9")),
    ("an id that is none", Step::Manifest, "document.id", |folder| in_document(folder, r#""id": "echo""#, br#""id": "e/.o""#)),
    ("a needed library is missing", Step::Open, "open.refused", |folder| exchanged(folder, b"\0libm.so.6\0", b"\0libw.so.6\0")),
    ("no root module", Step::Header, "header.missing", |folder| exchanged(folder, b"\0_1as_0lib_1header", b"\0_1as_0lib_2header")),
    ("another boundary", Step::Header, "header.incompatible", |folder| exchanged(folder, b"abi stable library", b"abi staple library")),
    ("a library that contradicts it", Step::Document, "document.disagrees", |folder| in_document(folder, "\"Echo\", \"v", b"\"Ecco\", \"v")),
];

#[tokio::test]
async fn each_broken_file_has_one_clear_error_and_costs_only_itself() -> Result<()> {
    let policy = policy()?;
    for (name, step, code, make) in TABLE {
        let folder = TempDir::new()?;
        let path = make(folder.path()).with_context(|| format!("{name} cannot be made"))?;
        let Err(error) = ConnectorLibrary::load(&path, &policy).await else {
            bail!("{name}: it was loaded");
        };
        assert_eq!((error.step, &*error.code), (*step, *code), "{name}: {error}");
        assert_eq!(*error.path, *path, "{name}");
        for text in [&error.expected, &error.found, &error.fix] {
            assert!(!text.trim().is_empty(), "{name}: {error:?}");
        }
        assert!(error.fix.ends_with('.'), "{name}: {}", error.fix);
        assert!(error.to_string().lines().count() == 1, "{name}: {error}");
    }
    assert_eq!(ConnectorLibrary::load(&artifact(ECHO)?, &policy).await?.document().connector.id, "echo");
    Ok(())
}

#[tokio::test]
async fn a_file_that_grows_is_incomplete_until_it_is_whole() -> Result<()> {
    let folder = TempDir::new()?;
    let whole = std::fs::read(artifact(ECHO)?)?;
    for tenth in 1..10 {
        let path = written(folder.path(), &whole[..whole.len() * tenth / 10])?;
        let error =
            ConnectorLibrary::load(&path, &policy()?).await.err().context("half a file was loaded")?;
        assert_eq!(error.code, "object.incomplete", "{tenth} tenths: {error}");
    }
    ConnectorLibrary::load(&written(folder.path(), &whole)?, &policy()?).await?;
    Ok(())
}
