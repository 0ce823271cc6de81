//! Every leaf of the document is proved by a named check, which goes red when the leaf changes, or is on the reviewed
//! list of what is only stated. The lists are in leaves.json.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::*;

const LISTS: &str = include_str!("leaves.json");
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

/// By the name of a check, or by the reason why nothing can prove it: patterns of paths, with `*` for anything.
#[derive(serde::Deserialize)]
struct Lists {
    proved_by: BTreeMap<String, Vec<String>>,
    stated: BTreeMap<String, Vec<String>>,
}

fn lists() -> Lists {
    serde_json::from_str(LISTS).expect("leaves.json reads")
}

fn document() -> Value {
    serde_json::from_str(DOCUMENT).expect("JSON")
}

/// The path that people read, and the one that finds the leaf again.
type Leaf = (String, String);

fn leaves(value: &Value, path: &str, pointer: &str, found: &mut Vec<Leaf>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(value, &format!("{path}.{name}"), &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                leaves(item, &format!("{path}[{}]", name(item, index)), &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push((path.trim_start_matches('.').to_owned(), pointer.to_owned())),
    }
}

fn name(item: &Value, index: usize) -> String {
    let named = KEYS.iter().find_map(|keys| {
        let words: Option<Vec<&str>> = keys.iter().map(|key| item.get(key)?.as_str()).collect();
        words.map(|words| words.join(" "))
    });
    named.unwrap_or_else(|| index.to_string())
}

fn matches(pattern: &str, path: &str) -> bool {
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

fn listed<'a>(lists: &'a BTreeMap<String, Vec<String>>, path: &str) -> Vec<&'a str> {
    let holding = lists.iter().filter(|(_, patterns)| patterns.iter().any(|pattern| matches(pattern, path)));
    holding.map(|(name, _)| name.as_str()).collect()
}

/// Values that the leaf does not have.
fn others(leaf: &Value) -> Vec<Value> {
    match leaf {
        Value::String(_) => vec![json!("mutated")],
        Value::Bool(value) => vec![json!(!value)],
        Value::Number(number) => {
            let number = number.as_u64().expect("a whole number");
            [number.checked_sub(1), number.checked_add(1)].into_iter().flatten().map(|n| json!(n)).collect()
        }
        _ => vec![json!(true), json!(false)],
    }
}

fn goes_red(check: &str, mutated: &Value) -> bool {
    let checks = content::CHECKS.iter().chain(rules::CHECKS).chain(beyond::CHECKS);
    let (_, check) = checks.into_iter().find(|(name, _)| *name == check).expect(check);
    // What cannot be read is noticed as well.
    serde_json::from_value(mutated.clone()).is_ok_and(|document| check(&document).is_err())
}

#[test]
fn every_leaf_is_proved_or_stated_and_never_both() {
    let (lists, mut found) = (lists(), Vec::new());
    leaves(&document(), "", "", &mut found);
    let wrong: Vec<String> = found
        .iter()
        .filter_map(|(path, _)| {
            let (proved, stated) = (listed(&lists.proved_by, path).len(), listed(&lists.stated, path).len());
            match (proved, stated) {
                (0, 0) => Some(format!("{path} is on no list")),
                (0, 1) | (1.., 0) => None,
                _ => Some(format!("{path} is on {proved} + {stated} lists")),
            }
        })
        .collect();
    assert!(wrong.is_empty(), "see leaves.json:\n{}", wrong.join("\n"));
}

#[test]
fn changing_a_proved_leaf_turns_its_check_red() {
    let (lists, file, mut found) = (lists(), document(), Vec::new());
    leaves(&file, "", "", &mut found);
    let mut green = Vec::new();
    for (path, pointer) in &found {
        let checks = listed(&lists.proved_by, path);
        for other in others(file.pointer(pointer).expect("the leaf")).iter().filter(|_| !checks.is_empty()) {
            let mut mutated = file.clone();
            *mutated.pointer_mut(pointer).expect("the leaf") = other.clone();
            if !checks.iter().any(|check| goes_red(check, &mutated)) {
                green.push(format!("{path} = {other} is not noticed by {checks:?}"));
            }
        }
    }
    assert!(green.is_empty(), "{}", green.join("\n"));
}

#[test]
fn no_pattern_and_no_check_is_left_over() {
    let (lists, mut found) = (lists(), Vec::new());
    leaves(&document(), "", "", &mut found);
    let patterns = lists.proved_by.values().chain(lists.stated.values()).flatten();
    let idle: Vec<&String> =
        patterns.filter(|pattern| !found.iter().any(|(path, _)| matches(pattern, path))).collect();
    assert!(idle.is_empty(), "they match no leaf: {idle:?}");
    let known: BTreeSet<&str> =
        content::CHECKS.iter().chain(rules::CHECKS).chain(beyond::CHECKS).map(|(name, _)| *name).collect();
    let named: BTreeSet<&str> = lists.proved_by.keys().map(String::as_str).collect();
    assert_eq!(named, known);
}

#[test]
fn a_pattern_matches_whole_paths() {
    let table = [
        ("a.b", "a.b", true),
        ("a.b", "a.bc", false),
        ("a.*", "a.b[0].c", true),
        ("*.c", "a.b[0].c", true),
        ("a*.evidence.*", "a[x].evidence.source", true),
        ("b*", "a.b", false),
    ];
    for (pattern, path, expected) in table {
        assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
    }
}
