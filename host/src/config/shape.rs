//! The known keys: which there are, and what the environment may set.

use toml::{Table, Value};

use super::{ConfigError, Place, load::Source};

/// What may stand at a key.
#[derive(Debug)]
pub(super) enum Shape {
    /// Text.
    Text,
    /// An array of text.
    Texts,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Flag,
    /// A secret: `{ env }` or `{ file }`.
    Reference,
    /// An array of secrets.
    References,
    /// A table of anything.
    Free,
    /// A table with exactly these keys.
    Keys(&'static [(&'static str, Shape)]),
    /// A table with keys that the operator chooses.
    Named(Naming, &'static Shape),
}

impl Shape {
    /// Whether nothing stands below such a key.
    pub(super) fn is_single(&self) -> bool {
        matches!(self, Self::Text | Self::Texts | Self::Number | Self::Flag | Self::References)
    }
}

/// How the environment spells keys that the operator chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// Names of instances: `_` stands for `-`.
    Instance,
    /// Names that a connector chose.
    Setting,
}

/// The whole file.
pub(super) const FILE: Shape = Shape::Keys(&[
    ("server", Shape::Keys(&[("listen", Shape::Text), ("public_url", Shape::Text)])),
    ("store", Shape::Keys(&[("path", Shape::Text)])),
    ("organisation", Shape::Keys(&[("region", Shape::Text)])),
    (
        "connectors",
        Shape::Keys(&[
            ("dir", Shape::Text),
            ("trust", Shape::Text),
            ("pins", Shape::Texts),
            ("keys", Shape::Texts),
            ("isolation", Shape::Text),
            ("worker", Shape::Text),
        ]),
    ),
    ("encryption", Shape::Keys(&[("key", Shape::Reference), ("previous_keys", Shape::References)])),
    (
        "limits",
        Shape::Keys(&[
            ("body_bytes", Shape::Number),
            ("media_bytes", Shape::Number),
            ("receive_deadline_ms", Shape::Number),
            ("call_deadline_ms", Shape::Number),
            ("concurrent_sends", Shape::Number),
            ("requests_per_second", Shape::Number),
            ("bodies_in_flight_bytes", Shape::Number),
        ]),
    ),
    (
        "media",
        Shape::Keys(&[
            ("url", Shape::Text),
            (
                "s3",
                Shape::Keys(&[
                    ("region", Shape::Text),
                    ("endpoint", Shape::Text),
                    ("access_key", Shape::Reference),
                    ("secret_key", Shape::Reference),
                ]),
            ),
            ("allow_http", Shape::Flag),
            ("allow_private", Shape::Flag),
        ]),
    ),
    (
        "retention",
        Shape::Keys(&[
            ("payloads_days", Shape::Number),
            ("events_days", Shape::Number),
            ("media_days", Shape::Number),
            ("seen_days", Shape::Number),
            ("deliveries_days", Shape::Number),
            ("audit_days", Shape::Number),
        ]),
    ),
    ("webhooks", Shape::Keys(&[("allow_http", Shape::Flag), ("allow_private", Shape::Flag)])),
    ("alerts", Shape::Keys(&[("window_closing_minutes", Shape::Number)])),
    ("instances", Shape::Named(Naming::Instance, &INSTANCE)),
]);

const INSTANCE: Shape = Shape::Keys(&[
    ("connector", Shape::Text),
    ("redirect_uri", Shape::Text),
    ("app_rate", Shape::Number),
    ("settings", Shape::Free),
    ("secrets", Shape::Named(Naming::Setting, &Shape::Reference)),
]);

/// What a secret is written as.
pub(super) const REFERENCE: Shape = Shape::Keys(&[("env", Shape::Text), ("file", Shape::Text)]);

/// Refuses unknown keys and secrets in clear.
pub(super) fn check(
    source: &Source,
    shape: &Shape,
    value: &Value,
    path: &mut Vec<String>,
) -> Result<(), ConfigError> {
    match (shape, value) {
        (Shape::Keys(keys), Value::Table(table)) => {
            each(table, path, |key, value, path| match keys.iter().find(|(known, _)| *known == key) {
                Some((_, shape)) => check(source, shape, value, path),
                None => Err(unknown_key(source.place(path), key, keys)),
            })
        }
        (Shape::Named(_, shape), Value::Table(table)) => {
            each(table, path, |_, value, path| check(source, shape, value, path))
        }
        (Shape::References, Value::Array(values)) => {
            values.iter().try_for_each(|value| check(source, &Shape::Reference, value, path))
        }
        (Shape::Reference, Value::Table(_)) => check(source, &REFERENCE, value, path),
        (Shape::Reference | Shape::References, _) => {
            Err(ConfigError::SecretLiteral { place: source.place(path) })
        }
        _ => Ok(()),
    }
}

fn each(
    table: &Table,
    path: &mut Vec<String>,
    mut check: impl FnMut(&str, &Value, &mut Vec<String>) -> Result<(), ConfigError>,
) -> Result<(), ConfigError> {
    for (key, value) in table {
        path.push(key.clone());
        check(key, value, path)?;
        path.pop();
    }
    Ok(())
}

/// `wrong` stands at `place`, where only `known` may stand.
pub(super) fn unknown_key(place: Place, wrong: &str, known: &[(&'static str, Shape)]) -> ConfigError {
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let hint = match nearest(wrong, &names) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known keys here: {}", names.join(", ")),
    };
    ConfigError::UnknownKey { place, hint }
}

fn nearest<'a>(wrong: &str, names: &[&'a str]) -> Option<&'a str> {
    let ranked = names.iter().map(|name| (distance(wrong, name), *name));
    let (distance, name) = ranked.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2 || distance * 3 <= name.len()).then_some(name)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
