//! What members a JSON value has, and of which type.

use std::collections::BTreeMap;

use serde_json::Value;

/// Every leaf as a path and a type. Items of an array are `[]`.
pub(crate) fn shape(value: &Value) -> BTreeMap<String, &'static str> {
    let mut found = BTreeMap::new();
    walk(value, "", &mut found);
    found
}

fn walk(value: &Value, path: &str, found: &mut BTreeMap<String, &'static str>) {
    let kind = match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                walk(member, &inner, found);
            }
            return;
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                walk(item, &format!("{path}[]"), found);
            }
            return;
        }
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
    };
    found.insert(path.to_owned(), kind);
}

/// Asserts that a value has these members, these types and nothing else.
///
/// A table is one member a line: path and type.
#[track_caller]
pub(crate) fn assert_shape(value: &Value, tables: &[&str]) {
    let expected: BTreeMap<String, &str> = tables
        .iter()
        .flat_map(|table| table.lines())
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(path, kind)| (path.to_owned(), kind.trim()))
        .collect();
    assert_eq!(shape(value), expected, "{value:#}");
}
