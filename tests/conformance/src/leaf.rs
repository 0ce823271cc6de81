//! Leaves of a document: as people read them, and as JSON pointers.

use serde_json::{Value, json};

/// What tells the entries of a list apart, the first that an entry has.
const KEYS: [&[&str]; 7] = [
    &["direction", "kind"],
    &["kind"],
    &["profile"],
    &["feature", "subject"],
    &["who", "via"],
    &["state"],
    &["scope"],
];

/// A leaf of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// For people: `content[outbound text].limits.text.max`.
    pub path: String,
    /// JSON pointer.
    pub pointer: String,
}

/// Every leaf, in order.
#[must_use]
pub fn leaves(document: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(document, "", "", &mut found);
    found
}

fn collect(value: &Value, path: &str, pointer: &str, found: &mut Vec<Leaf>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(value, &format!("{path}.{name}"), &format!("{pointer}/{}", escaped(name)), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(
                    item,
                    &format!("{path}[{}]", name(item, index)),
                    &format!("{pointer}/{index}"),
                    found,
                );
            }
        }
        _ => found.push(Leaf { path: path.trim_start_matches('.').to_owned(), pointer: pointer.to_owned() }),
    }
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn name(item: &Value, index: usize) -> String {
    let named = KEYS.iter().find_map(|keys| {
        let words: Option<Vec<&str>> = keys.iter().map(|key| item.get(key)?.as_str()).collect();
        words.map(|words| words.join(" "))
    });
    named.unwrap_or_else(|| index.to_string())
}

/// What people read where the pointer leads; the pointer itself where it leads nowhere.
pub(crate) fn path_of(document: &Value, pointer: &str) -> String {
    let mut path = String::new();
    let mut value = document;
    for word in pointer.split('/').skip(1) {
        let inside = match value {
            Value::Array(items) => {
                word.parse().ok().and_then(|index: usize| Some((index, items.get(index)?)))
            }
            _ => None,
        };
        if let Some((index, item)) = inside {
            path.push_str(&format!("[{}]", name(item, index)));
            value = item;
        } else {
            path.push_str(&format!(".{word}"));
            value = value.get(word).unwrap_or(&Value::Null);
        }
    }
    path.trim_start_matches('.').to_owned()
}

/// Whether a pattern, with `*` for anything, is the whole path.
#[must_use]
pub fn matches(pattern: &str, path: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut open = false;
    for piece in pieces {
        open = true;
        if piece.is_empty() {
            continue;
        }
        let Some((_, behind)) = rest.split_once(piece) else { return false };
        rest = behind;
        open = false;
    }
    open || rest.is_empty()
}

/// Leaves that say something to people only.
const PROSE: [&str; 12] = [
    "docs_url",
    "as_of",
    "access*",
    "maturity.note",
    "pricing.note",
    "entry_points*.note",
    "*evidence.*",
    "*.meaning",
    "*.conditions*",
    "settings.$schema",
    "settings*.title",
    "settings*.description",
];

/// Whether the leaf at this path says something to people only, so that no check can hold it against anything.
#[must_use]
pub fn is_prose(path: &str) -> bool {
    PROSE.iter().any(|pattern| matches(pattern, path))
}

/// Values that a leaf does not have.
#[must_use]
pub fn others(leaf: &Value) -> Vec<Value> {
    match leaf {
        Value::String(_) => vec![json!("mutated")],
        Value::Bool(value) => vec![json!(!value)],
        Value::Number(number) => {
            let number = number.as_u64().unwrap_or_default();
            [number.checked_sub(1), number.checked_add(1)].into_iter().flatten().map(|n| json!(n)).collect()
        }
        _ => vec![json!(true), json!(false)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_has_a_path_and_a_pointer_that_lead_to_it() {
        let document =
            json!({"content": [{"direction": "outbound", "kind": "text", "limits": {"max": 1}}], "a/b": 2});
        let found = leaves(&document);
        for leaf in &found {
            assert!(document.pointer(&leaf.pointer).is_some(), "{leaf:?}");
        }
        let paths: Vec<_> = found.iter().map(|leaf| leaf.path.as_str()).collect();
        assert!(paths.contains(&"content[outbound text].limits.max"), "{paths:?}");
        assert_eq!(path_of(&document, "/content/0/limits/max"), "content[outbound text].limits.max");
    }

    #[test]
    fn a_pattern_matches_whole_paths() {
        for (pattern, path, expected) in [
            ("a.b", "a.b", true),
            ("a.b", "a.bc", false),
            ("a.b", "a.bc", false),
            ("a.*", "a.b[0].c", true),
            ("*.c", "a.b[0].c", true),
            ("a*.evidence.*", "a[x].evidence.source", true),
            ("b*", "a.b", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
