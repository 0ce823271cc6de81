//! The load report as JSON and as lines: the same for the API and the command line.

use std::path::PathBuf;

use connector_loader::{ConnectorLibrary, Isolation, LoadPolicy};
use serde_json::{Value, json};

pub use connector_loader::printable;

use crate::instances::{FileReport, FileState};

/// Every file as JSON: `{"items": […]}`.
#[must_use]
pub fn files(files: &[FileReport]) -> Value {
    rows(files, &ConnectorLibrary::isolation)
}

/// The same of files that were tried and no more, with where a host of that policy would run them.
#[must_use]
pub fn tried(files: &[FileReport], policy: &LoadPolicy) -> Value {
    rows(files, &|library| policy.isolation_for(library.voucher()))
}

fn rows(files: &[FileReport], isolation: &dyn Fn(&ConnectorLibrary) -> Isolation) -> Value {
    json!({ "items": files.iter().map(|file| row(file, isolation)).collect::<Vec<_>>() })
}

fn row(report: &FileReport, isolation: &dyn Fn(&ConnectorLibrary) -> Isolation) -> Value {
    let state = match &report.state {
        FileState::Loaded(library) => {
            let connector = &library.document().connector;
            json!({"state": "loaded", "connector": connector.id, "name": connector.name,
                   "version": connector.version, "sha256": library.sha256(), "manifest": library.manifest(),
                   "vouched_by": library.voucher(), "isolation": isolation(library)})
        }
        FileState::Refused(error) => json!({"state": "refused", "step": error.step, "code": error.code,
            "expected": error.expected, "found": error.found, "fix": error.fix}),
        FileState::Ambiguous { library, others } => json!({"state": "ambiguous",
            "connector": library.document().connector.id, "others": names(others), "code": "connector.ambiguous",
            "expected": "one file for each connector", "found": format!("{} others", others.len()),
            "fix": "Keep one of these files in the folder."}),
        FileState::Signature => json!({"state": "signature"}),
        FileState::Unreadable(error) => json!({"state": "unreadable", "code": "folder.unreadable",
            "expected": "a folder that can be read", "found": error,
            "fix": "Check the path and the folder's permissions (connectors.dir)."}),
    };
    let mut row = json!({ "file": report.path.to_string_lossy() });
    if let (Some(row), Value::Object(state)) = (row.as_object_mut(), state) {
        row.extend(state);
    }
    row
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.to_string_lossy().into_owned()).collect()
}

/// One file that was tried and no more as a line for people; see [`tried`].
#[must_use]
pub fn line(report: &FileReport, policy: &LoadPolicy) -> String {
    let (path, said) = (printable(&report.path.to_string_lossy()), said(report, policy));
    match &report.state {
        FileState::Loaded(_) => format!("ok         {path}  {said}"),
        FileState::Refused(_) => format!("refused    {said}"),
        FileState::Ambiguous { .. } => format!("ambiguous  {path}  {said}"),
        FileState::Signature => format!("signature  {path}"),
        FileState::Unreadable(_) => format!("unreadable {said}"),
    }
}

/// What there is to say about such a file, without its path and how it is; nothing of a signature.
pub(crate) fn said(report: &FileReport, policy: &LoadPolicy) -> String {
    match &report.state {
        FileState::Loaded(library) => {
            let connector = &library.document().connector;
            let voucher = library.voucher();
            let (voucher, isolation) = (word(&voucher), word(&policy.isolation_for(voucher)));
            let (id, version) = (&connector.id, printable(&connector.version));
            format!("{id} {version}, vouched for by {voucher}, runs {isolation}")
        }
        FileState::Refused(error) => printable(&error.to_string()),
        FileState::Ambiguous { library, others } => {
            let id = &library.document().connector.id;
            let others = names(others).join(", ");
            format!("{id} is also in {}. Keep one of these files.", printable(&others))
        }
        FileState::Signature => String::new(),
        FileState::Unreadable(error) => printable(error),
    }
}

/// Whether a file is as it should be.
#[must_use]
pub fn is_good(report: &FileReport) -> bool {
    matches!(report.state, FileState::Loaded(_) | FileState::Signature)
}

fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value.as_ref().and_then(Value::as_str).unwrap_or("?").replace('_', " ")
}
