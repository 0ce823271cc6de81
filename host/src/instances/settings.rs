//! An instance's settings against what its connector's document says of them, before the connector's code sees any.

use connector_api::{
    CapabilityDocument, ConnectorError,
    capabilities::settings::{self, SettingProblem},
};
use connector_loader::printable;

use crate::config::InstanceConfig;

/// One thing that is wrong with an instance's settings. It never shows a value, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// Whether it belongs into the instance's `secrets` rather than its `settings`.
    pub is_secret: bool,
    problem: SettingProblem,
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let table = if self.is_secret { "secrets" } else { "settings" };
        write!(f, "{table}.{}", printable(&self.problem.to_string()))
    }
}

/// Settings that are not as the connector's document describes them: everything that is wrong, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}.", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct SettingsInvalid(pub Vec<Misfit>);

impl From<SettingsInvalid> for ConnectorError {
    /// The same code as where the connector itself refuses them.
    fn from(invalid: SettingsInvalid) -> Self {
        Self::settings(invalid.to_string())
    }
}

/// Checks what the operator wrote against the document; a document that says nothing of settings allows everything.
///
/// # Errors
/// Everything that is wrong.
pub fn check(document: &CapabilityDocument, config: &InstanceConfig) -> Result<(), SettingsInvalid> {
    let Some(schema) = &document.settings else { return Ok(()) };
    let secret = settings::secrets(schema);
    let misfit = |problem: SettingProblem| {
        let name = problem.setting.as_str();
        let is_written = config.settings.contains_key(name);
        let is_secret = config.secrets.contains_key(name) || (secret.contains(&name) && !is_written);
        Misfit { is_secret, problem }
    };
    let problems = settings::check(schema, &config.connector_settings());
    let misfits: Vec<Misfit> = problems.into_iter().map(misfit).collect();
    if misfits.is_empty() { Ok(()) } else { Err(SettingsInvalid(misfits)) }
}

/// The secrets that stand in the configuration in clear, as ordinary settings.
#[must_use]
pub fn in_clear<'a>(document: &'a CapabilityDocument, config: &InstanceConfig) -> Vec<&'a str> {
    let secrets = document.settings.as_ref().map(settings::secrets).unwrap_or_default();
    secrets.into_iter().filter(|name| config.settings.contains_key(*name)).collect()
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

    #[test]
    fn every_misfit_is_named_where_it_is_written_and_no_value_is_shown() {
        let written =
            config(&json!({"id": 7_777_777, "pin": "hu", "col\nour": "#fa0"}), &[("key", "hunter2")]);
        let invalid = check(&document(schema()), &written).unwrap_err();
        assert_eq!(
            ConnectorError::from(invalid).to_string(),
            "connector.settings_invalid: settings.col\\nour is not a setting of this connector; \
             settings.id must be of the type string; secrets.key has less than 8 characters; \
             settings.pin has less than 4 characters."
        );
        let absent = check(&document(schema()), &config(&json!({}), &[])).unwrap_err();
        assert_eq!(
            absent.to_string(),
            "settings.id is missing; secrets.key is missing; secrets.pin is missing."
        );
        assert_eq!(ConnectorError::from(absent).reason, ReasonCode::CONNECTOR_SETTINGS_INVALID);
    }

    #[test]
    fn what_fits_and_what_nobody_describes_passes() {
        let fits = config(&json!({"id": "7"}), &[("key", "correct horse"), ("pin", "battery")]);
        assert_eq!(check(&document(schema()), &fits), Ok(()));
        let mut silent = document(json!({}));
        silent.settings = None;
        assert_eq!(check(&silent, &config(&json!({"anything": [1]}), &[])), Ok(()));
        assert_eq!(in_clear(&silent, &config(&json!({"key": "x"}), &[])), [""; 0]);
    }

    #[test]
    fn a_secret_among_the_settings_is_noticed() {
        let document = document(schema());
        assert_eq!(in_clear(&document, &config(&json!({"id": "7", "key": "x"}), &[("pin", "y")])), ["key"]);
    }
}
