//! What holds of the whole document.

use connector_api::capabilities::document::ContentRule;
use serde_json::Value;

use super::*;

#[test]
fn nothing_in_the_file_is_unknown_to_the_types() {
    let file: Value = serde_json::from_str(DOCUMENT).expect("JSON");
    let survived = serde_json::to_value(&*TIKTOK).expect("JSON");
    let mut lost = Vec::new();
    compare(&file, &survived, "", &mut lost);
    assert_eq!(lost, Vec::<String>::new());
}

fn compare(file: &Value, survived: &Value, path: &str, lost: &mut Vec<String>) {
    match (file, survived) {
        (Value::Object(fields), _) => {
            for (name, value) in fields {
                let path = format!("{path}.{name}");
                match survived.get(name) {
                    Some(other) => compare(value, other, &path, lost),
                    None => lost.push(path),
                }
            }
        }
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            for (index, (item, other)) in items.iter().zip(others).enumerate() {
                compare(item, other, &format!("{path}[{index}]"), lost);
            }
        }
        _ if file == survived => {}
        _ => lost.push(path.to_owned()),
    }
}

#[test]
fn no_kind_is_declared_twice() {
    for rule in &TIKTOK.content {
        let same = |other: &&ContentRule| (other.direction, &other.kind) == (rule.direction, &rule.kind);
        assert_eq!(TIKTOK.content.iter().filter(same).count(), 1, "{rule:?}");
    }
}

#[test]
fn every_claim_has_evidence() {
    let file: Value = serde_json::from_str(DOCUMENT).expect("JSON");
    let lists =
        ["content", "initiation", "windows", "rates", "regions", "probes", "statuses", "entry_points"];
    let entries = lists.iter().flat_map(|list| file[list].as_array().expect("a list"));
    let single = ["maturity", "pricing", "composition", "broadcast", "history", "identity"];
    let single = single.iter().map(|name| &file[name]);
    let operations = file["operations"].as_object().expect("operations").values();
    for claim in entries.chain(single).chain(operations) {
        assert!(claim["evidence"]["source"].is_string(), "{claim}");
    }
}
