//! Every published document is still read, and says what it said.

#![allow(clippy::unwrap_used, reason = "a file that cannot be read fails the test")]

use std::{fs, path::Path};

use connector_capabilities::CapabilityDocument;
use serde_json::Value;

const DOCUMENTS: &[&str] = &[
    "tests/abi/frozen-1.0/frozen-connector/capabilities.json",
    "tests/abi/probe-connector/capabilities.json",
    "tests/hostile-connectors/capabilities.json",
    "examples/echo-connector/capabilities.json",
    "examples/postcard-connector/capabilities.json",
    "tiktok-connector/capabilities.json",
];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// The leaves of `file` that `survived` does not hold. `null` and absence are the same.
fn lost(file: &Value, survived: &Value, path: &str) -> Vec<String> {
    match file {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| {
                lost(value, survived.get(name).unwrap_or(&Value::Null), &format!("{path}.{name}"))
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, item)| {
                lost(item, survived.get(index).unwrap_or(&Value::Null), &format!("{path}[{index}]"))
            })
            .collect(),
        leaf if leaf == survived => Vec::new(),
        _ => vec![path.to_owned()],
    }
}

#[test]
fn reading_and_writing_a_document_loses_none_of_its_leaves() {
    for path in DOCUMENTS {
        let text = read(path);
        let document: CapabilityDocument = serde_json::from_str(&text).unwrap();
        let written = serde_json::to_value(&document).unwrap();
        let lost = lost(&serde_json::from_str(&text).unwrap(), &written, "");
        assert_eq!(lost, [""; 0], "{path}");
    }
}

#[test]
fn a_figure_may_be_unbounded_and_a_missing_one_is_unknown() {
    let document: CapabilityDocument = serde_json::from_value(serde_json::json!({
        "schema": "connector.capabilities/v1",
        "connector": {"id": "whisper", "name": "Whisper", "version": "1.0.0"},
        "content": [{"direction": "outbound", "kind": "image", "support": "native", "limits": {"media": {}}}],
        "windows": [{"length_seconds": 86_400, "restarts": "each_inbound", "quota": {"max": "unbounded"}},
                    {"profile": "vague", "opt_in": true}],
    }))
    .unwrap();
    let limits = document.content.iter().filter_map(|rule| rule.limits.media.as_ref());
    insta::assert_json_snapshot!((limits.collect::<Vec<_>>(), &document.windows));
}
