//! Every leaf of the document is proved by a named check, which goes red when the leaf changes, or is on the reviewed
//! list of what is only stated. The lists are in leaves.json.

use std::collections::{BTreeMap, BTreeSet};

use connector_conformance::leaf::{Leaf, leaves, matches, others};
use serde_json::Value;

use super::*;

const LISTS: &str = include_str!("leaves.json");
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

fn listed<'a>(lists: &'a BTreeMap<String, Vec<String>>, path: &str) -> Vec<&'a str> {
    let holding = lists.iter().filter(|(_, patterns)| patterns.iter().any(|pattern| matches(pattern, path)));
    holding.map(|(name, _)| name.as_str()).collect()
}

fn goes_red(check: &str, mutated: &Value) -> bool {
    let checks = content::CHECKS.iter().chain(rules::CHECKS).chain(beyond::CHECKS);
    let (_, check) = checks.into_iter().find(|(name, _)| *name == check).expect(check);
    // What cannot be read is noticed as well.
    serde_json::from_value(mutated.clone()).is_ok_and(|document| check(&document).is_err())
}

#[test]
fn every_leaf_is_proved_or_stated_and_never_both() {
    let (lists, found) = (lists(), leaves(&document()));
    let wrong: Vec<String> = found
        .iter()
        .filter_map(|Leaf { path, .. }| {
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
    let (lists, file) = (lists(), document());
    let mut green = Vec::new();
    for Leaf { path, pointer } in &leaves(&file) {
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
    let (lists, found) = (lists(), leaves(&document()));
    let patterns = lists.proved_by.values().chain(lists.stated.values()).flatten();
    let idle: Vec<&String> =
        patterns.filter(|pattern| !found.iter().any(|leaf| matches(pattern, &leaf.path))).collect();
    assert!(idle.is_empty(), "they match no leaf: {idle:?}");
    let known: BTreeSet<&str> =
        content::CHECKS.iter().chain(rules::CHECKS).chain(beyond::CHECKS).map(|(name, _)| *name).collect();
    let named: BTreeSet<&str> = lists.proved_by.keys().map(String::as_str).collect();
    assert_eq!(named, known);
}
