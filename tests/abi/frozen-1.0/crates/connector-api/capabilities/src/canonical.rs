//! One spelling for each JSON value, so that equal documents have equal hashes.

use serde_json::Value;

/// `value` without white space, and with every object's keys in the order of their UTF-16 units, as in RFC 8785.
///
/// Documents hold whole numbers only; others are written as `serde_json` writes them.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_cached_key(|(name, _)| name.encode_utf16().collect::<Vec<u16>>());
            text.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                scalar(&Value::String(name.clone()), text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        other => scalar(other, text),
    }
}

fn scalar(value: &Value, text: &mut String) {
    text.push_str(&value.to_string());
}
