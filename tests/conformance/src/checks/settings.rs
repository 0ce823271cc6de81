//! Whether an instance takes the settings that its document describes, and refuses the others.

use std::collections::BTreeMap;

use connector_api::{CapabilityDocument, capabilities::settings::check};
use serde_json::{Map, Value, json};

use crate::{
    Finding, Outcome, Samples,
    subject::{Subject, WITHIN, end},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "settings.as-declared", 3, "an instance takes the settings that the document describes, and refuses others",
        "operators and their tools write a configuration by it, and are told what is wrong before anything starts",
        "say under \"settings\" what the connector checks, and check what it says", as_declared;
];

const ODD_WORD: &str = "conformance-word";
const NO_URI: &str = "no uri";
const LONGEST: u64 = 1_000;

/// Settings that were tried because of one leaf.
struct Tried {
    leaf: String,
    settings: Map<String, Value>,
    starts: bool,
}

/// What became of the settings that were tried.
#[derive(Default)]
pub(crate) struct Seen {
    tried: Vec<Tried>,
    /// Whether it starts without this setting.
    without: BTreeMap<String, bool>,
    /// Whether it starts with something that is no URI.
    without_uri: BTreeMap<String, bool>,
}

async fn as_declared(subject: &Subject) -> Outcome {
    let Some(document) = subject.document() else { return Outcome::Skipped("no document".to_owned()) };
    match look(subject, &document).await {
        Ok(seen) => Outcome::of(against(&document, &subject.samples, &seen)),
        Err(outcome) => outcome,
    }
}

async fn starts(subject: &Subject, settings: &Map<String, Value>) -> bool {
    match subject.start_with(settings.clone().into(), WITHIN).await {
        Ok(instance) => {
            end(&instance).await;
            true
        }
        Err(_) => false,
    }
}

pub(crate) async fn look(subject: &Subject, document: &CapabilityDocument) -> Result<Seen, Outcome> {
    let Some(schema) = &document.settings else {
        return Err(Outcome::NotApplicable("the document describes no settings".to_owned()));
    };
    let good = subject.samples.settings_with("http://127.0.0.1:1");
    if let Err(error) = subject.start_with(good.clone().into(), WITHIN).await {
        return Err(Outcome::Skipped(subject.why_not_started(&error)));
    }
    let mut seen = Seen::default();
    let mut odd = good.clone();
    odd.insert("conformance_setting".to_owned(), json!("conformance"));
    let mut tries = vec![("/settings/additionalProperties".to_owned(), odd)];
    for (name, property) in properties(schema) {
        let mut without = good.clone();
        without.remove(name);
        seen.without.insert(name.clone(), starts(subject, &without).await);
        for (leaf, value) in values(property) {
            let mut settings = good.clone();
            settings.insert(name.clone(), value);
            tries.push((format!("/settings/properties/{name}/{leaf}"), settings));
        }
        if property.get("format").is_some() {
            let mut settings = good.clone();
            settings.insert(name.clone(), json!(NO_URI));
            seen.without_uri.insert(name.clone(), starts(subject, &settings).await);
        }
    }
    for (leaf, settings) in tries {
        let starts = starts(subject, &settings).await;
        seen.tried.push(Tried { leaf, settings, starts });
    }
    Ok(seen)
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// Values at and beyond each bound of a setting, and what may be no value at all.
fn values(property: &Value) -> Vec<(String, Value)> {
    let number = |word: &str| property.get(word).and_then(Value::as_i64);
    let length = |word: &str| {
        property.get(word).and_then(Value::as_u64).filter(|length| (1..LONGEST).contains(length))
    };
    let mut values = vec![("type".to_owned(), json!({"conformance": []}))];
    let mut add = |leaf: &str, value: Value| values.push((leaf.to_owned(), value));
    for (word, beyond) in [("minimum", -1), ("maximum", 1)] {
        if let Some(bound) = number(word) {
            add(word, json!(bound));
            add(word, json!(bound.saturating_add(beyond)));
        }
    }
    if let Some(least) = length("minLength").filter(|_| property.get("format").is_none()) {
        add("minLength", json!(letters(least)));
        add("minLength", json!(letters(least - 1)));
    }
    if let Some(least) = length("minItems") {
        for count in [least, least - 1] {
            add("minItems", (0..count).map(|_| json!("a")).collect());
        }
    }
    if let Some(items) = property.get("items") {
        add("items/type", json!([{"conformance": []}]));
        if let Some(least) =
            items.get("minLength").and_then(Value::as_u64).filter(|least| (1..LONGEST).contains(least))
        {
            add("items/minLength", json!([letters(least)]));
            add("items/minLength", json!([letters(least - 1)]));
        }
    }
    for (index, word) in property.get("enum").and_then(Value::as_array).into_iter().flatten().enumerate() {
        add(&format!("enum/{index}"), word.clone());
        add(&format!("enum/{index}"), json!(ODD_WORD));
    }
    values
}

fn letters(count: u64) -> String {
    "a".repeat(usize::try_from(count).unwrap_or_default())
}

pub(crate) fn against(document: &CapabilityDocument, samples: &Samples, seen: &Seen) -> Vec<Finding> {
    let Some(schema) = &document.settings else {
        return vec![Finding::of_leaf("/settings", "the document describes no settings")];
    };
    let mut found = Vec::new();
    let mut wrong = |leaf: String, text: &str| {
        let told = format!("{}: {text}", leaf.trim_start_matches('/').replace('/', "."));
        found.push(Finding::of_leaf(leaf, told));
    };
    if schema.get("type").is_some_and(|kind| kind != "object") {
        wrong("/settings/type".to_owned(), "settings are an object");
    }
    for tried in &seen.tried {
        match (check(schema, &tried.settings).is_empty(), tried.starts) {
            (true, false) => wrong(tried.leaf.clone(), "the connector refuses what is allowed"),
            (false, true) => wrong(tried.leaf.clone(), "the connector takes what is not allowed"),
            _ => {}
        }
    }
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for (index, name) in required.enumerate() {
        let starts = name.as_str().and_then(|name| seen.without.get(name));
        if starts.is_none_or(|starts| *starts) {
            wrong(format!("/settings/required/{index}"), "it starts without it, or has no such setting");
        }
    }
    for (name, property) in properties(schema) {
        let leaf = |word: &str| format!("/settings/properties/{name}/{word}");
        if samples.secrets.contains(name) != (property.get("writeOnly") == Some(&Value::Bool(true))) {
            wrong(leaf("writeOnly"), "the samples say otherwise whether it is a secret");
        }
        let starts = seen.without_uri.get(name);
        if starts.is_some_and(|starts| *starts == (property.get("format") == Some(&json!("uri")))) {
            wrong(leaf("format"), "the connector says otherwise whether it is a URI");
        }
        if let Some(default) = property.get("default") {
            let alone = json!({"properties": {name.as_str(): property}});
            let settings = Map::from_iter([(name.clone(), default.clone())]);
            if !check(&alone, &settings).is_empty() {
                wrong(leaf("default"), "the default is not allowed");
            }
        }
    }
    found
}
