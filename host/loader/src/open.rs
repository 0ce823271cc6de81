//! From checked bytes to the root module: the only place that runs a library's code for the first time.

#![allow(unsafe_code, reason = "loading a library and trusting what it exports cannot be expressed safely")]

use std::{error::Error, path::Path};

use connector_abi::{
    ConnectorMod_Ref,
    abi_stable::{
        StableAbi,
        abi_stability::abi_checking::check_layout_compatibility,
        library::{AbiHeader, AbiHeaderRef, LibHeader, LibraryError, ROOT_MODULE_LOADER_NAME_WITH_NUL},
    },
};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use crate::{
    error::Failed,
    refusal::{NO_HEADER, NO_LAYOUT, NO_ROOT_MODULE, NOT_OPENED, OTHER_HEADER, OTHER_LAYOUT},
};

/// Opens the library at `path` and returns its root module. The library is never unloaded.
///
/// The caller has checked the bytes behind `path`: a whole object file for this machine with a connector manifest.
/// The library's constructors run here.
pub(crate) fn root_module(path: &Path) -> Result<ConnectorMod_Ref, Failed> {
    let header = library_header(path)?;
    check_layout(header)?;
    // SAFETY: `check_layout` has just found the library's layout compatible with `ConnectorMod_Ref`, which is all
    // that the safe variant of this function checks; it cannot be used because it refuses older libraries.
    unsafe { header.init_root_module_with_unchecked_layout::<ConnectorMod_Ref>() }
        .map_err(|error| NO_ROOT_MODULE.failed("a root module", last_lines(&error.to_string())))
}

fn library_header(path: &Path) -> Result<&'static LibHeader, Failed> {
    // SAFETY: running the constructors of a library is what loading means. The caller has checked that the bytes
    // are whole and carry a connector manifest; that the author's code is sound nobody can check from here.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
        .map_err(|error| NOT_OPENED.failed("a library that the system loads", with_causes(&error)))?;
    // SAFETY: the symbol's name is reserved by abi_stable for a static of the type behind `AbiHeaderRef`, whose
    // first bytes `upgrade` compares with abi_stable's magic value before anything else is read.
    let header = unsafe { library.get::<AbiHeaderRef>(ROOT_MODULE_LOADER_NAME_WITH_NUL.as_bytes()) }
        .map(|symbol| *symbol)
        .map_err(|error| NO_HEADER.failed("a root module", with_causes(&error)))?;
    // The library's threads and thread-local destructors outlive every handle: it is never unloaded.
    std::mem::forget(library);
    header.upgrade().map_err(|error| {
        let found = match error {
            LibraryError::InvalidAbiHeader(theirs) => version(&theirs),
            error => last_lines(&error.to_string()),
        };
        OTHER_HEADER.failed(version(&AbiHeader::VALUE), found)
    })
}

/// What the system says stands in the causes, and nowhere else.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn version(header: &AbiHeader) -> String {
    if header.magic_string != AbiHeader::VALUE.magic_string {
        return "no header of abi_stable".to_owned();
    }
    format!("a root module of abi_stable {}.{}", header.abi_major, header.abi_minor)
}

/// The library's layout must extend ours, or ours the library's: both old and new libraries fit.
fn check_layout(header: &'static LibHeader) -> Result<(), Failed> {
    let Some(theirs) = header.layout() else {
        return Err(NO_LAYOUT.failed("a checkable layout", "none"));
    };
    let ours = <ConnectorMod_Ref as StableAbi>::LAYOUT;
    let Err(error) = check_layout_compatibility(ours, theirs) else {
        return Ok(());
    };
    if check_layout_compatibility(theirs, ours).is_ok() {
        return Ok(());
    }
    tracing::debug!(%error, "Library layout is incompatible");
    let expected = format!("the layout of connector-abi {}", connector_abi::VERSION);
    Err(OTHER_LAYOUT.failed(expected, last_lines(&error.to_string())))
}

/// The end of a report of many hundred lines is where abi_stable says what differs.
fn last_lines(report: &str) -> String {
    let lines: Vec<_> = report.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join(" | ")
}
