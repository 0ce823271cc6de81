//! An instance's settings against the schema that its connector's document has for them.
//!
//! The schema is JSON Schema, of which these words are understood: `type`, `required`, `properties`,
//! `additionalProperties: false`, `enum`, `minimum`, `maximum`, `minLength`, `minItems`, `items`, `writeOnly`. What is not
//! understood allows everything; the connector has the last word when it starts.

use std::fmt;

use serde_json::{Map, Number, Value};

/// One thing that is wrong with a setting. It never shows a value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingProblem {
    /// The setting, as it is written in the configuration: `scopes[2]`.
    pub setting: String,
    /// What kind of problem it is.
    pub kind: ProblemKind,
    /// What is wrong, without the name in front.
    pub problem: String,
}

/// What kind of problem a setting has, as far as the way to mend it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// It is needed, and not there.
    Missing,
    /// The schema knows no such setting, and no others than its own.
    Unknown,
    /// Its value is not as the schema has it.
    Wrong,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.setting, self.problem)
    }
}

/// The settings that are secrets: `"writeOnly": true`.
#[must_use]
pub fn secrets(schema: &Value) -> Vec<&str> {
    let secret = |(_, schema): &(&String, &Value)| schema.get("writeOnly") == Some(&Value::Bool(true));
    properties(schema).filter(secret).map(|(name, _)| name.as_str()).collect()
}

/// Every problem of `settings`, secrets included, in the order of their names.
#[must_use]
pub fn check(schema: &Value, settings: &Map<String, Value>) -> Vec<SettingProblem> {
    let mut problems = Vec::new();
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    for name in required.filter_map(Value::as_str).filter(|name| !settings.contains_key(*name)) {
        add(&mut problems, name, ProblemKind::Missing, "is missing");
    }
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    for (name, value) in settings {
        match properties(schema).find(|(known, _)| *known == name) {
            Some((_, schema)) => value_problems(schema, name, value, &mut problems),
            None if is_closed => {
                add(&mut problems, name, ProblemKind::Unknown, "is not a setting of this connector");
            }
            None => {}
        }
    }
    problems
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// A setting of which somebody wrote only text, with its name in any case: its name and its value as the schema has them.
///
/// A list is words between commas. What is not of the schema's type stays text, and so does what it does not describe.
#[must_use]
pub fn from_text(schema: &Value, name: &str, text: &str) -> (String, Value) {
    match properties(schema).find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        Some((known, schema)) => (known.clone(), value_of(schema, text)),
        None => (name.to_owned(), Value::from(text)),
    }
}

fn value_of(schema: &Value, text: &str) -> Value {
    let read = match schema.get("type").and_then(Value::as_str) {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<Number>().ok().map(Value::Number),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        Some("array") => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            Some(text.split(',').map(|item| value_of(items, item.trim())).collect())
        }
        _ => None,
    };
    read.unwrap_or_else(|| Value::from(text))
}

fn add(problems: &mut Vec<SettingProblem>, setting: &str, kind: ProblemKind, problem: impl Into<String>) {
    problems.push(SettingProblem { setting: setting.to_owned(), kind, problem: problem.into() });
}

fn wrong(problems: &mut Vec<SettingProblem>, setting: &str, problem: impl Into<String>) {
    add(problems, setting, ProblemKind::Wrong, problem);
}

fn value_problems(schema: &Value, name: &str, value: &Value, problems: &mut Vec<SettingProblem>) {
    if let Some(wanted) = schema.get("type").and_then(Value::as_str).filter(|wanted| !is_of(value, wanted)) {
        return wrong(problems, name, format!("must be of the type {wanted}"));
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array).filter(|words| !words.contains(value)) {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        wrong(problems, name, format!("must be one of {}", words.join(", ")));
    }
    let bound = |word: &str| schema.get(word).and_then(Value::as_f64);
    if let Some(number) = value.as_f64() {
        if let Some(least) = bound("minimum").filter(|least| number < *least) {
            wrong(problems, name, format!("must be at least {least}"));
        }
        if let Some(most) = bound("maximum").filter(|most| number > *most) {
            wrong(problems, name, format!("must be at most {most}"));
        }
    }
    let length = |word: &str| schema.get(word).and_then(Value::as_u64);
    if let (Some(text), Some(least)) = (value.as_str(), length("minLength"))
        && (text.chars().count() as u64) < least
    {
        wrong(
            problems,
            name,
            if least == 1 { "is empty".to_owned() } else { format!("has less than {least} characters") },
        );
    }
    if let Some(items) = value.as_array() {
        if let Some(least) = length("minItems").filter(|least| (items.len() as u64) < *least) {
            wrong(problems, name, format!("must have at least {least} entries"));
        }
        if let Some(schema) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                value_problems(schema, &format!("{name}[{index}]"), item, problems);
            }
        }
    }
}

fn is_of(value: &Value, wanted: &str) -> bool {
    match wanted {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "required": ["id", "secret"],
            "additionalProperties": false,
            "properties": {
                "id": { "type": "string", "minLength": 1 },
                "secret": { "type": "string", "minLength": 3, "writeOnly": true },
                "seconds": { "type": "integer", "minimum": 1, "maximum": 300 },
                "way": { "type": "string", "enum": ["accept", "reject"] },
                "scopes": { "type": "array", "minItems": 1, "items": { "type": "string", "minLength": 1 } },
                "later": { "type": "date", "pattern": "^x" },
            },
        })
    }

    fn problems(settings: Value) -> Vec<String> {
        let mut all = json!({ "id": "1", "secret": "hush" });
        if let (Value::Object(all), Value::Object(more)) = (&mut all, settings) {
            all.extend(more);
            all.retain(|_, value| !value.is_null());
        }
        check(&schema(), all.as_object().unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_problem_is_named_and_no_value_is_shown() {
        let table: [(Value, &[&str]); 12] = [
            (json!({}), &[]),
            (json!({ "seconds": 300, "way": "accept", "scopes": ["a"], "later": 7 }), &[]),
            (json!({ "id": null, "secret": null }), &["id is missing", "secret is missing"]),
            (json!({ "id": "" }), &["id is empty"]),
            (json!({ "secret": "hu" }), &["secret has less than 3 characters"]),
            (json!({ "secret": 1234 }), &["secret must be of the type string"]),
            (json!({ "seconds": 0 }), &["seconds must be at least 1"]),
            (json!({ "seconds": 301 }), &["seconds must be at most 300"]),
            (json!({ "seconds": 1.5 }), &["seconds must be of the type integer"]),
            (json!({ "way": "maybe" }), &["way must be one of \"accept\", \"reject\""]),
            (json!({ "scopes": [] }), &["scopes must have at least 1 entries"]),
            (
                json!({ "scopes": ["a", "", 7], "colour": 1 }),
                &[
                    "colour is not a setting of this connector",
                    "scopes[1] is empty",
                    "scopes[2] must be of the type string",
                ],
            ),
        ];
        for (settings, expected) in table {
            assert_eq!(problems(settings.clone()), expected, "{settings}");
        }
    }

    #[test]
    fn text_becomes_what_the_schema_says_or_stays_text() {
        let schema = json!({ "properties": {
            "appId": { "type": "string" },
            "seconds": { "type": "integer" },
            "ratio": { "type": "number" },
            "on": { "type": "boolean" },
            "names": { "type": "array", "items": { "type": "string" } },
            "ports": { "type": "array", "items": { "type": "integer" } },
            "open": {},
        } });
        for (name, text, expected) in [
            ("appid", "23", ("appId", json!("23"))),
            ("SECONDS", "30", ("seconds", json!(30))),
            ("seconds", "-1", ("seconds", json!(-1))),
            ("seconds", "1.5", ("seconds", json!("1.5"))),
            ("ratio", "2.5", ("ratio", json!(2.5))),
            ("ratio", "NaN", ("ratio", json!("NaN"))),
            ("on", "true", ("on", json!(true))),
            ("on", "yes", ("on", json!("yes"))),
            ("names", "a, 7", ("names", json!(["a", "7"]))),
            ("ports", "80,x", ("ports", json!([80, "x"]))),
            ("open", "5", ("open", json!("5"))),
            ("other", "5", ("other", json!("5"))),
        ] {
            let (known, value) = from_text(&schema, name, text);
            assert_eq!((known.as_str(), value), expected, "{name}={text}");
        }
    }

    #[test]
    fn secrets_are_marked_and_a_schema_that_says_nothing_allows_everything() {
        assert_eq!(secrets(&schema()), ["secret"]);
        assert_eq!(secrets(&json!({})), [""; 0]);
        assert_eq!(check(&json!({}), schema().as_object().unwrap()), []);
    }
}
