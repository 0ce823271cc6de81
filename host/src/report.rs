//! The load report as JSON and as lines: the same for the API and the command line.

use serde_json::{Value, json};

use crate::instances::{FileReport, FileState};

/// Every file as JSON: `{"items": […]}`.
#[must_use]
pub fn files(files: &[FileReport]) -> Value {
    json!({ "items": files.iter().map(row).collect::<Vec<_>>() })
}

fn row(report: &FileReport) -> Value {
    let state = match &report.state {
        FileState::Loaded(library) => {
            let connector = &library.document().connector;
            json!({"state": "loaded", "connector": connector.id, "name": connector.name,
                   "version": connector.version, "sha256": library.sha256(), "manifest": library.manifest(),
                   "vouched_by": library.voucher(), "isolation": library.isolation()})
        }
        FileState::Refused(error) => json!({"state": "refused", "step": error.step, "code": error.code,
            "expected": error.expected, "found": error.found, "fix": error.fix}),
        FileState::Ambiguous { library, others } => json!({"state": "ambiguous",
            "connector": library.document().connector.id, "others": others, "code": "connector.ambiguous",
            "expected": "one file for each connector", "found": format!("{} others", others.len()),
            "fix": "Keep one of these files in the folder."}),
        FileState::Signature => json!({"state": "signature"}),
        FileState::Unreadable(error) => json!({"state": "unreadable", "code": "folder.unreadable",
            "expected": "a folder that can be read", "found": error,
            "fix": "Check the path and the folder's permissions (connectors.dir)."}),
    };
    let mut row = json!({ "file": report.path });
    if let (Some(row), Value::Object(state)) = (row.as_object_mut(), state) {
        row.extend(state);
    }
    row
}

/// One file as a line for people.
#[must_use]
pub fn line(report: &FileReport) -> String {
    let path = report.path.display();
    match &report.state {
        FileState::Loaded(library) => {
            let connector = &library.document().connector;
            let (voucher, isolation) = (word(&library.voucher()), word(&library.isolation()));
            let (id, version) = (&connector.id, &connector.version);
            format!("ok         {path}  {id} {version}, vouched for by {voucher}, runs {isolation}")
        }
        FileState::Refused(error) => format!("refused    {error}"),
        FileState::Ambiguous { library, others } => {
            let others: Vec<_> = others.iter().map(|path| path.display().to_string()).collect();
            let id = &library.document().connector.id;
            format!("ambiguous  {path}  {id} is also in {}. Keep one of these files.", others.join(", "))
        }
        FileState::Signature => format!("signature  {path}"),
        FileState::Unreadable(error) => format!("unreadable {error}"),
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
