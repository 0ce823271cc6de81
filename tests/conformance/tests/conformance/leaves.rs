//! The kit notices, from outside, when a leaf of TikTok's document is changed, and names it.

use std::collections::BTreeMap;

use connector_conformance::{
    Proof,
    leaf::{is_prose, matches},
    proofs, told,
};
use serde_json::Value;

use crate::{TIKTOK, blocking, options, simulator, workspace};

/// What nothing outside the connector can notice, and why. Its own tests prove it.
const PROVED_INSIDE: &[&str] = &[
    // Names are what the author says that they are.
    "connector.id",
    "connector.name",
    // Other stand-ins stand in as well.
    "delivery.decoding.settings.*",
    // A message has one part anyway.
    "content[outbound image].limits.media.per_message",
    // The allowed sets say the same.
    "composition.max_parts_per_message",
    // What the sets do not allow can always be split, so that nothing behind that is ever used.
    "composition.ladder[1]",
    // Its words are texts anyway.
    "settings.properties.stale_signatures.type",
    // What an instance does with a default nobody sees before it serves: where it calls, and for how long it waits.
    "settings.properties.*.default*",
    // No platform says for how long it shows that somebody types.
    "operations.typing.lasts_seconds",
    // The first window is chosen without its name, and before one that has to be turned on, or that comes later.
    "windows[strict].profile",
    "windows[guide].opt_in",
    // Not known, which is planned for as if they counted: a platform that shows it would be a guess of ours.
    "windows*.quota.counts.app",
    "windows*.quota.counts.automatic",
    // What the platform would grant to others.
    "rates[app].configurable",
    "rates[app].tiers*",
    // EU is within EEA, and GB is without messaging, too.
    "regions[media either].set[2]",
    "regions[media either].set[13]",
    // How long a host believes an answer is its own caution; the platform answers anew each time.
    "probes*.invalidated_by*",
    "probes*.valid_seconds",
    // Words for people.
    "statuses[delivered].meaning",
    "identity.ad_attribution",
    // Made by people elsewhere, or not at all: there is no URL that could show it.
    "entry_points[messaging_ad].available",
    "entry_points[messaging_ad].prefilled_text",
    "entry_points[chat_link].available",
    "entry_points[chat_link].prefilled_text",
    // The contract has no place in which a connector could tell a customer's region.
    "identity.peer_region_known",
];

fn is_listed(patterns: &[impl AsRef<str>], path: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern.as_ref(), path))
}

fn proofs_of_tiktok() -> Vec<Proof> {
    let mut options = options("libtiktok_connector.so");
    options.samples = Some(workspace(TIKTOK));
    options.platform = simulator();
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
    told_with_totals(&all);
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

/// What is for people alone is one number, and everything else a line between a heading and the totals.
fn told_with_totals(proofs: &[Proof]) {
    let text = told(proofs);
    let prose = proofs.iter().filter(|proof| is_prose(&proof.path)).count();
    let others = proofs.len() - prose;
    let missed = text.lines().filter(|line| line.ends_with(": nobody")).count();
    assert_eq!(text.lines().count(), others + 2, "{text}");
    let totals = format!(
        "{others} changes: {} are noticed, {missed} by nobody; {prose} more are of words for people",
        others - missed
    );
    assert!(prose > 50 && text.lines().last().unwrap().starts_with(&totals), "{totals}: {text}");
    for word in [".evidence.", "docs_url", ".note ", ".description "] {
        assert!(!text.contains(word), "{word}: {text}");
    }
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
    for (path, id) in [
        ("automatic_messages[welcome_message].text.max", "automatic.as-declared"),
        ("automatic_messages[chat_prompt].can_be_sorted", "automatic.as-declared"),
        ("comment_answers.quiet_seconds", "comments.as-declared"),
        ("comment_answers.account_regions[1]", "comments.as-declared"),
        ("content[outbound question_card].limits.choices.layouts[1].label_max", "choices.as-declared"),
        ("rates[app].max", "rate.as-declared"),
        ("statuses[read].available", "statuses.as-declared"),
        ("entry_points[qr_code].url_template", "entry-points.as-declared"),
        ("probes[conversation].answers[0]", "facts.as-declared"),
        ("initiation[customer ad].via", "arrivals.as-declared"),
        ("content[outbound image].limits.media.upload_lasts_seconds", "uploads.as-declared"),
        ("history.messages_per_conversation", "history.as-declared"),
        ("settings.properties.request_timeout_seconds.maximum", "settings.as-declared"),
        ("delivery.decoding.secret", "decoding.as-declared"),
    ] {
        assert!(by(path).contains(&id), "{path} is noticed by {:?} and not by {id}", by(path));
    }
}
