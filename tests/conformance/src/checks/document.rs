//! Whether the file loads, and its document is valid.

use connector_api::{
    CapabilityDocument,
    capabilities::document::{Direction, MediaSource, SCHEMA},
};
use connector_loader::Step;
use serde_json::Value;

use crate::{
    Finding, Outcome,
    declared::goes_out,
    leaf::{leaves, path_of},
    subject::{Subject, end},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "load.passes-every-step", 1, "the file passes every step from a file to an instance",
        "a host refuses a file at the first step that fails",
        "do what the step suggests; `jackfield connectors list --dir FOLDER` shows the same", passes_every_step;
    "load.survives-its-trial", 1, "loading it ends no process and hangs none",
        "a host loads a file in a child process first, and puts one that crashes there into quarantine",
        "do nothing before the host asks: no constructors, no threads, no exit", survives_its_trial;
    "load.says-what-it-is", 1, "what it says when run is what stands in the file",
        "a host reads the document without running the file, and trusts it",
        "export it with export_connector! and nothing else", says_what_it_is;
    "document.has-no-unknown-words", 1, "every field and every word of the document is understood",
        "a misspelt word is read as unknown, and what is unknown is refused",
        "compare the leaf with docs/capabilities.schema.json", has_no_unknown_words;
    "document.names-the-connector", 1, "schema, id, name and version are those of a connector",
        "stored conversations refer to the id for years",
        "write the schema of this version, an id of a-z, 0-9 and -, and the version of the crate", names_the_connector;
    "document.is-coherent", 1, "no claim of the document contradicts another",
        "a contradiction becomes a verdict that surprises people", "mend the leaf that is named", is_coherent;
    "start.with-the-samples-settings", 2, "an instance starts with the settings of the samples",
        "everything else is looked at with such an instance",
        "put settings that work into conformance.json", starts;
];

/// The states that a message has.
const STATES: [&str; 4] = ["sent", "delivered", "read", "failed"];

async fn passes_every_step(subject: &Subject) -> Outcome {
    match &subject.loaded {
        Err(error) if !matches!(error.step, Step::Trial | Step::Document) => failed(error.to_string()),
        _ => Outcome::Passed,
    }
}

async fn survives_its_trial(subject: &Subject) -> Outcome {
    failed_at(subject, Step::Trial)
}

async fn says_what_it_is(subject: &Subject) -> Outcome {
    failed_at(subject, Step::Document)
}

fn failed_at(subject: &Subject, step: Step) -> Outcome {
    match &subject.loaded {
        Err(error) if error.step == step => failed(error.to_string()),
        Err(error) if error.step < step => Outcome::Skipped("the file does not come so far".to_owned()),
        _ => Outcome::Passed,
    }
}

fn failed(text: String) -> Outcome {
    Outcome::Failed(vec![Finding::new(text)])
}

async fn has_no_unknown_words(subject: &Subject) -> Outcome {
    let understood = subject.document().and_then(|document| serde_json::to_value(&*document).ok());
    Outcome::of(unknown_words(&subject.json, &understood.unwrap_or_default()))
}

/// Leaves that are read as something else than what stands there.
pub(crate) fn unknown_words(json: &Value, understood: &Value) -> Vec<Finding> {
    let lost = leaves(json).into_iter().filter_map(|leaf| {
        let written = json.pointer(&leaf.pointer)?;
        let read = understood.pointer(&leaf.pointer);
        // What says nothing may be left out.
        let says_nothing = written.is_null() || [false.into(), "".into(), "unknown".into()].contains(written);
        let is_read = read == Some(written) || (read.is_none() && says_nothing);
        (!is_read).then(|| {
            let text = format!("{} = {written} is not understood", leaf.path);
            Finding::of_leaf(leaf.pointer, text)
        })
    });
    lost.collect()
}

async fn names_the_connector(subject: &Subject) -> Outcome {
    let (Some(document), Ok(library)) = (subject.document(), &subject.loaded) else {
        return Outcome::Skipped("the file does not load".to_owned());
    };
    Outcome::of(misnamed(&document, &library.manifest().version))
}

/// What is wrong with how the document names its connector, whose crate is of this version.
pub(crate) fn misnamed(document: &CapabilityDocument, version: &str) -> Vec<Finding> {
    let identity = &document.connector;
    let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let has_id = !identity.id.is_empty() && identity.id.chars().all(is_id);
    let table = [
        (document.schema == SCHEMA, "/schema", format!("the schema is not {SCHEMA}")),
        (has_id, "/connector/id", format!("{:?} is no id", identity.id)),
        (!identity.name.trim().is_empty(), "/connector/name", "the name is empty".to_owned()),
        (
            identity.version == version,
            "/connector/version",
            format!("the document is of version {}, the crate of {version}", identity.version),
        ),
    ];
    let wrong = table.into_iter().filter(|(holds, ..)| !holds);
    wrong.map(|(_, leaf, text)| Finding::of_leaf(leaf, text)).collect()
}

async fn is_coherent(subject: &Subject) -> Outcome {
    match subject.document() {
        Some(document) => Outcome::of(contradictions(&document, &subject.json)),
        None => Outcome::Skipped("no document".to_owned()),
    }
}

/// Claims that contradict others.
pub(crate) fn contradictions(document: &CapabilityDocument, json: &Value) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut wrong = |leaf: String, text: &str| {
        let path = path_of(json, &leaf);
        found.push(Finding::of_leaf(leaf, format!("{path}: {text}")));
    };
    const NOTHING: &str = "nothing of that kind goes out";
    let known = |kind: &str| document.content.iter().any(|rule| goes_out(rule) && rule.kind == kind);
    for (index, rule) in document.content.iter().enumerate() {
        let mut earlier = document.content.iter().take(index);
        if earlier.any(|other| other.direction == rule.direction && other.kind == rule.kind) {
            wrong(format!("/content/{index}/kind"), "there is an earlier rule for the same");
        }
        if rule.direction != Direction::Outbound {
            continue;
        }
        if rule.becomes.as_deref().is_some_and(|kind| !known(kind)) {
            wrong(format!("/content/{index}/becomes"), NOTHING);
        }
        for (rung, kind) in rule.ladder.iter().enumerate() {
            if kind != "link" && !known(kind) {
                wrong(format!("/content/{index}/ladder/{rung}"), NOTHING);
            }
        }
        let source = rule.limits.media.as_ref().map(|media| media.source);
        if goes_out(rule) && source == Some(MediaSource::Unknown) {
            wrong(
                format!("/content/{index}/limits/media/source"),
                "nobody says how the platform gets the medium",
            );
        }
    }
    for (set, kinds) in document.composition.allowed_sets.iter().enumerate() {
        for (place, _) in kinds.iter().enumerate().filter(|(_, kind)| !known(kind)) {
            wrong(format!("/composition/allowed_sets/{set}/{place}"), NOTHING);
        }
    }
    for (place, _) in document.composition.split_order.iter().enumerate().filter(|(_, kind)| !known(kind)) {
        wrong(format!("/composition/split_order/{place}"), NOTHING);
    }
    for (index, _) in document.statuses.iter().enumerate().filter(|(_, rule)| !STATES.contains(&&*rule.state))
    {
        wrong(format!("/statuses/{index}/state"), "nobody shows such a status");
    }
    if !document.windows.is_empty() && document.windows.iter().all(|window| window.opt_in) {
        wrong("/windows/0/opt_in".to_owned(), "no window holds before an account chooses one");
    }
    found
}

async fn starts(subject: &Subject) -> Outcome {
    match subject.start().await {
        Ok(instance) => {
            end(&instance).await;
            Outcome::Passed
        }
        Err(error) if subject.source.missing().is_some() => Outcome::Skipped(subject.why_not_started(&error)),
        Err(error) => failed(error.to_string()),
    }
}
