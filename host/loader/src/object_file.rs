//! Whether bytes are a whole shared library for this machine, and where its connector section is.

use connector_abi::embedded::{SECTION_ELF, SECTION_MACHO, SECTION_PE};
use object::{Architecture, BinaryFormat, File, Object, ObjectKind, ObjectSection, ObjectSegment};

use crate::{Step, error::Failed};

const COPY_AGAIN: &str = "Copy the file again, and rename it into the folder only when it is whole.";

/// The bytes of the connector section of a library that this machine can load.
pub(crate) fn connector_section(bytes: &[u8]) -> Result<&[u8], Failed> {
    let file = parse(bytes)?;
    check_machine(&file)?;
    check_whole(&file, bytes.len() as u64)?;
    let name = match file.format() {
        BinaryFormat::MachO => SECTION_MACHO,
        BinaryFormat::Pe => SECTION_PE,
        _ => SECTION_ELF,
    };
    let section = file.section_by_name(name).ok_or_else(|| {
        let expected = format!("a section named {name}");
        let fix = "It is a library, but no Jackfield connector: move it out of the folder.";
        Failed::new((Step::Manifest, "manifest.missing"), expected, "none", fix)
    })?;
    section.data().map_err(truncated)
}

fn parse(bytes: &[u8]) -> Result<File<'_>, Failed> {
    const EXPECTED: &str = "a shared library";
    const CODE: (Step, &str) = (Step::ObjectFile, "object.not_a_library");
    const FIX: &str = "Move the file out of the connector folder.";
    if bytes.is_empty() {
        return Err(Failed::new((Step::ObjectFile, "object.empty"), EXPECTED, "an empty file", COPY_AGAIN));
    }
    if std::str::from_utf8(bytes).is_ok() && !bytes.contains(&0) {
        return Err(Failed::new(CODE, EXPECTED, "a text file", FIX));
    }
    let file = File::parse(bytes).map_err(|error| {
        if bytes.starts_with(b"\x7fELF") { truncated(error) } else { Failed::new(CODE, EXPECTED, error, FIX) }
    })?;
    match file.kind() {
        ObjectKind::Dynamic => Ok(file),
        other => Err(Failed::new(CODE, EXPECTED, format!("an object file of kind {other:?}"), FIX)),
    }
}

fn truncated(error: object::Error) -> Failed {
    Failed::new((Step::ObjectFile, "object.incomplete"), "a whole shared library", error, COPY_AGAIN)
}

fn check_machine(file: &File<'_>) -> Result<(), Failed> {
    let (ours, os_format) = (this_architecture(), BinaryFormat::native_object());
    let found = (file.architecture(), file.format());
    if found == (ours, os_format) {
        return Ok(());
    }
    let expected = format!("{ours:?} in {os_format:?} format");
    let fix = "Get the file that was built for this machine.";
    let found = format!("{:?} in {:?} format", found.0, found.1);
    Err(Failed::new((Step::ObjectFile, "object.wrong_machine"), expected, found, fix))
}

fn this_architecture() -> Architecture {
    match std::env::consts::ARCH {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        "riscv64" => Architecture::Riscv64,
        _ => Architecture::Unknown,
    }
}

/// A library with a part missing would be mapped all the same, and touching the part would kill the process.
fn check_whole(file: &File<'_>, len: u64) -> Result<(), Failed> {
    let ends = file.segments().map(|segment| segment.file_range()).map(|(at, size)| at.saturating_add(size));
    let needed = ends.max().unwrap_or_default();
    if needed <= len {
        return Ok(());
    }
    let (expected, found) = (format!("at least {needed} bytes"), format!("{len} bytes"));
    Err(Failed::new((Step::ObjectFile, "object.incomplete"), expected, found, COPY_AGAIN))
}
