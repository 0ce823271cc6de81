//! The kit notices, from outside, when a leaf of TikTok's document is changed, and names it.

use std::collections::BTreeMap;

use connector_conformance::{Proof, proofs};
use serde_json::Value;

use crate::{TIKTOK, blocking, options, workspace};

/// What nothing outside the connector depends on, or only a live platform shows; its own tests prove it.
const PROVED_INSIDE: &[&str] = &[
    "connector.id",
    "connector.name",
    "delivery.decoding.*",
    "content[outbound image].limits.media.per_message",
    "content[outbound image].limits.media.upload_lasts_seconds",
    "content[outbound question_card].limits.choices.id_max",
    "content[outbound question_card].limits.choices.layouts*",
    "content[outbound question_card].limits.choices.min",
    "automatic_messages*",
    "comment_answers*",
    "settings.*",
    "composition.max_parts_per_message",
    "composition.ladder[1]",
    "operations.typing.lasts_seconds",
    "initiation[customer *.via",
    "windows[strict].profile",
    "windows[guide].opt_in",
    "windows*.quota.counts.app",
    "windows*.quota.counts.automatic",
    "rates*",
    // EU is within EEA, and GB is without messaging, too.
    "regions[media either].set[2]",
    "regions[media either].set[13]",
    "probes*.answers*",
    "probes*.invalidated_by*",
    "probes*.valid_seconds",
    "statuses*.state",
    "statuses*.available",
    "statuses*.meaning",
    "entry_points*",
    "history.*",
    "identity.*",
];

fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((head, tail)) => path.strip_prefix(head).is_some_and(|rest| {
            tail.is_empty()
                || (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(tail, rest)))
        }),
    }
}

fn is_listed(patterns: &[impl AsRef<str>], path: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern.as_ref(), path))
}

fn proofs_of_tiktok() -> Vec<Proof> {
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(workspace(TIKTOK));
    blocking(async { proofs(options).await.unwrap() })
}

#[test]
fn each_proved_leaf_of_tiktok_is_named_when_it_changes_or_left_to_the_connectors_own_tests() {
    let lists =
        std::fs::read_to_string(workspace("tiktok-connector/tests/connector/capabilities/leaves.json"))
            .unwrap();
    let lists: BTreeMap<String, Value> = serde_json::from_str(&lists).unwrap();
    let proved: BTreeMap<String, Vec<String>> = serde_json::from_value(lists["proved_by"].clone()).unwrap();
    let proved: Vec<String> = proved.into_values().flatten().collect();
    let all = proofs_of_tiktok();
    named_by_their_checks(&all);
    let proofs: Vec<&Proof> = all.iter().filter(|proof| is_listed(&proved, &proof.path)).collect();
    assert!(proofs.len() > 300, "{} mutations", proofs.len());

    let missed: Vec<String> = proofs
        .iter()
        .filter(|proof| proof.noticed_by.is_empty() && !is_listed(PROVED_INSIDE, &proof.path))
        .map(|proof| format!("{} = {}", proof.path, proof.value))
        .collect();
    assert!(missed.is_empty(), "nobody notices:\n{}", missed.join("\n"));
    let idle: Vec<_> = PROVED_INSIDE
        .iter()
        .filter(|pattern| {
            !proofs.iter().any(|proof| matches(pattern, &proof.path) && proof.noticed_by.is_empty())
        })
        .collect();
    assert!(idle.is_empty(), "they are noticed from outside, too: {idle:?}");
}

/// A figure is noticed by what the author says of it, a kind by what the library does.
fn named_by_their_checks(proofs: &[Proof]) {
    let by = |path: &str| {
        let of_path = proofs.iter().find(|proof| proof.path == path);
        of_path.map(|proof| proof.noticed_by.clone()).unwrap_or_default()
    };
    assert_eq!(by("content[outbound text].limits.text.max"), ["verdicts.are-as-the-author-says"]);
    assert!(by("content[inbound image].kind").contains(&"inbound.declared-kinds-arrive"));
    assert!(by("content[outbound image].kind").contains(&"kinds.declared-are-offered"));
    assert!(by("operations.typing.support").contains(&"operations.undeclared-are-unsupported"));
    assert!(by("content[outbound image].ladder[0]").contains(&"document.is-coherent"));
}
