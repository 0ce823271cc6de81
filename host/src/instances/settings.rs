//! An instance's settings against what its connector's document says of them, before the connector's code sees any.

use connector_api::{
    CapabilityDocument, ConnectorError,
    capabilities::settings::{self, ProblemKind},
};
use connector_loader::printable;
use serde_json::{Map, Value};

use crate::config::InstanceConfig;

/// One thing that is wrong with an instance's settings. It never shows a value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The setting, as it is written in the configuration: `scopes[2]`.
    pub setting: String,
    /// Whether it belongs into the instance's `secrets` rather than its `settings`.
    pub is_secret: bool,
    /// What kind of thing is wrong.
    pub kind: MisfitKind,
    text: String,
}

/// What is wrong with a setting, as far as the way to mend it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MisfitKind {
    /// It is needed, and not there.
    Missing,
    /// The connector knows no such setting.
    Unknown,
    /// Its value is not as the document has it.
    Wrong,
    /// It is a secret, and stands in the configuration in clear.
    InClear,
}

impl Misfit {
    /// What to do about it, in one sentence, in the instance `name`.
    #[must_use]
    pub fn fix(&self, name: &str) -> String {
        let key = printable(&self.setting);
        match self.kind {
            MisfitKind::InClear => {
                format!(
                    "Take it out of settings, and write {} under [instances.{name}.secrets].",
                    refer(&key)
                )
            }
            MisfitKind::Missing if self.is_secret => {
                format!("Write {} under [instances.{name}.secrets].", refer(&key))
            }
            MisfitKind::Missing => format!(
                "Write {key} = … under [instances.{name}.settings]; `jackfield capabilities FILE --json` says what it is."
            ),
            MisfitKind::Unknown => {
                let table = table(self.is_secret);
                format!(
                    "Take it out of [instances.{name}.{table}], or mend its name; `jackfield capabilities FILE --json` says which there are."
                )
            }
            MisfitKind::Wrong if self.is_secret => {
                format!("Mend what {key} under [instances.{name}.secrets] refers to.")
            }
            MisfitKind::Wrong => format!(
                "Mend {key} under [instances.{name}.settings]; `jackfield capabilities FILE --json` says what it may be."
            ),
        }
    }
}

/// How a secret is written.
fn refer(key: &str) -> String {
    format!("{key} = {{ env = \"NAME\" }} or {{ file = \"PATH\" }}")
}

fn table(is_secret: bool) -> &'static str {
    if is_secret { "secrets" } else { "settings" }
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let in_clear = self.kind == MisfitKind::InClear;
        write!(f, "{}.{}", table(self.is_secret && !in_clear), printable(&self.text))
    }
}

/// Settings that are not as the connector's document describes them: everything that is wrong, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}.", .0.iter().map(with_remedy).collect::<Vec<_>>().join("; "))]
pub struct SettingsInvalid(pub Vec<Misfit>);

/// How a secret is to be written is not known to everybody who writes one.
fn with_remedy(misfit: &Misfit) -> String {
    match misfit.kind {
        MisfitKind::InClear => {
            format!("{misfit}: write it under secrets, as {}", refer(&printable(&misfit.setting)))
        }
        _ => misfit.to_string(),
    }
}

impl From<SettingsInvalid> for ConnectorError {
    /// The same code as where the connector itself refuses them.
    fn from(invalid: SettingsInvalid) -> Self {
        Self::settings(invalid.to_string())
    }
}

/// What the connector is given: settings and secrets in one table, what could be written only as text as the document has
/// it. A document that says nothing of settings allows everything.
///
/// # Errors
/// Everything that is wrong, secrets in clear included: whoever reads the configuration would have them.
pub fn for_connector(
    document: &CapabilityDocument,
    config: &InstanceConfig,
) -> Result<Map<String, Value>, SettingsInvalid> {
    let Some(schema) = &document.settings else { return Ok(config.connector_settings()) };
    let secret = settings::secrets(schema);
    let mut given = Map::new();
    let mut misfits = Vec::new();
    for (name, value) in &config.settings {
        let (name, value) = match value {
            Value::String(text) if config.untyped.contains(name) => settings::from_text(schema, name, text),
            _ => (name.clone(), value.clone()),
        };
        if secret.contains(&name.as_str()) {
            misfits.push(in_clear(&name));
        }
        given.insert(name, value);
    }
    given.extend(config.secrets.iter().map(|(name, secret)| (name.clone(), Value::from(secret.expose()))));
    let problems = settings::check(schema, &given).into_iter();
    let stands_in_clear: Vec<String> = misfits.iter().map(|misfit| misfit.setting.clone()).collect();
    misfits.extend(problems.filter(|problem| !stands_in_clear.contains(&problem.setting)).map(|problem| {
        let name = problem.setting.as_str();
        let is_secret = config.secrets.contains_key(name) || secret.contains(&name);
        let kind = match problem.kind {
            ProblemKind::Missing => MisfitKind::Missing,
            ProblemKind::Unknown => MisfitKind::Unknown,
            ProblemKind::Wrong => MisfitKind::Wrong,
        };
        Misfit { is_secret, kind, text: problem.to_string(), setting: problem.setting }
    }));
    if misfits.is_empty() { Ok(given) } else { Err(SettingsInvalid(misfits)) }
}

fn in_clear(name: &str) -> Misfit {
    Misfit {
        setting: name.to_owned(),
        is_secret: true,
        kind: MisfitKind::InClear,
        text: format!("{name} is a secret, and whoever reads the configuration would have it"),
    }
}

#[cfg(test)]
mod tests {
    use connector_api::{ReasonCode, Secret};
    use serde_json::{Value, json};

    use super::*;

    fn document(schema: Value) -> CapabilityDocument {
        let mut document: CapabilityDocument =
            serde_json::from_str(include_str!("../../../examples/echo-connector/capabilities.json")).unwrap();
        document.settings = Some(schema);
        document
    }

    fn schema() -> Value {
        json!({
            "required": ["id", "key", "pin"],
            "additionalProperties": false,
            "properties": {
                "id": { "type": "string" },
                "key": { "type": "string", "minLength": 8, "writeOnly": true },
                "pin": { "type": "string", "minLength": 4, "writeOnly": true },
            },
        })
    }

    fn config(settings: &Value, secrets: &[(&str, &str)]) -> InstanceConfig {
        let mut config = InstanceConfig::new("echo");
        config.settings = settings.as_object().unwrap().clone();
        config.secrets =
            secrets.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(*value))).collect();
        config
    }

    fn refused(written: &InstanceConfig) -> SettingsInvalid {
        for_connector(&document(schema()), written).unwrap_err()
    }

    #[test]
    fn every_misfit_is_named_where_it_is_written_and_no_value_is_shown() {
        let written =
            config(&json!({"id": 7_777_777, "col\nour": "#fa0"}), &[("key", "hunter2"), ("pin", "hu")]);
        let invalid = refused(&written);
        assert_eq!(
            ConnectorError::from(invalid).to_string(),
            "connector.settings_invalid: settings.col\\nour is not a setting of this connector; \
             settings.id must be of the type string; secrets.key has less than 8 characters; \
             secrets.pin has less than 4 characters."
        );
        let absent = refused(&config(&json!({}), &[]));
        assert_eq!(
            absent.to_string(),
            "settings.id is missing; secrets.key is missing; secrets.pin is missing."
        );
        assert_eq!(ConnectorError::from(absent).reason, ReasonCode::CONNECTOR_SETTINGS_INVALID);
    }

    #[test]
    fn each_misfit_has_a_remedy_that_mends_it() {
        let written = config(&json!({"id": 7, "pin": "hunter2"}), &[("nonsense", "x")]);
        let SettingsInvalid(misfits) = refused(&written);
        let said: Vec<_> = misfits.iter().map(|misfit| (misfit.to_string(), misfit.fix("shop"))).collect();
        let expected = [
            (
                "settings.pin is a secret, and whoever reads the configuration would have it",
                "Take it out of settings, and write pin = { env = \"NAME\" } or { file = \"PATH\" } under \
                 [instances.shop.secrets].",
            ),
            (
                "secrets.key is missing",
                "Write key = { env = \"NAME\" } or { file = \"PATH\" } under [instances.shop.secrets].",
            ),
            (
                "settings.id must be of the type string",
                "Mend id under [instances.shop.settings]; `jackfield capabilities FILE --json` says what it may be.",
            ),
            (
                "secrets.nonsense is not a setting of this connector",
                "Take it out of [instances.shop.secrets], or mend its name; `jackfield capabilities FILE --json` says \
                 which there are.",
            ),
        ];
        assert_eq!(said, expected.map(|(text, fix)| (text.to_owned(), fix.to_owned())));
    }

    #[test]
    fn what_fits_and_what_nobody_describes_passes() {
        let fits = config(&json!({"id": "7"}), &[("key", "correct horse"), ("pin", "battery")]);
        assert_eq!(
            for_connector(&document(schema()), &fits).map(Value::Object),
            Ok(json!({"id": "7", "key": "correct horse", "pin": "battery"}))
        );
        let mut silent = document(json!({}));
        silent.settings = None;
        let anything = json!({"anything": [1], "key": "x"});
        assert_eq!(for_connector(&silent, &config(&anything, &[])).map(Value::Object), Ok(anything));
    }

    #[test]
    fn a_secret_among_the_settings_is_refused_with_what_to_write_instead() {
        let written = config(&json!({"id": "7", "key": "hunter2"}), &[("pin", "battery")]);
        assert_eq!(
            refused(&written).to_string(),
            "settings.key is a secret, and whoever reads the configuration would have it: write it under secrets, as \
             key = { env = \"NAME\" } or { file = \"PATH\" }."
        );
    }

    #[test]
    fn only_what_could_be_written_as_nothing_but_text_is_read_as_the_document_says() {
        let properties = json!({ "maxAge": { "type": "integer" }, "on": { "type": "boolean" } });
        let document = document(json!({ "additionalProperties": false, "properties": properties }));
        let mut written = config(&json!({"maxage": "30", "on": "true"}), &[]);
        written.untyped = ["maxage".to_owned()].into();
        let invalid = for_connector(&document, &written).unwrap_err();
        assert_eq!(invalid.to_string(), "settings.on must be of the type boolean.");
        written.untyped.insert("on".to_owned());
        let given = for_connector(&document, &written).map(Value::Object);
        assert_eq!(given, Ok(json!({"maxAge": 30, "on": true})));
        written.settings.insert("maxage".to_owned(), "soon".into());
        let invalid = for_connector(&document, &written).unwrap_err();
        assert_eq!(invalid.to_string(), "settings.maxAge must be of the type integer.");
    }
}
