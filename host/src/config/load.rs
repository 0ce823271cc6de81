//! From a file's text to a configuration.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use connector_loader::Required;
use serde::Deserialize;
use toml::{Table, Value};

use super::{
    Config, ConfigError, IsolationChoice, Place,
    alerts::RawAlerts,
    build::build,
    env,
    media::RawMedia,
    retention::RawRetention,
    secret::{Reference, Secrets},
    shape,
    webhooks::RawWebhooks,
};
use crate::{plain_file, seal::SealKey};

const IN_MEMORY: &str = "configuration";
/// A larger file is no configuration.
const MOST_BYTES: u64 = 16 << 20;

impl Config {
    /// Reads the file at `path` with overrides and secrets from `env`, which is mostly
    /// [`process_environment`](super::process_environment).
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and how to mend it.
    pub fn load(
        path: impl AsRef<Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let variables = env.into_iter().collect();
        read(Reading::of_file(path.as_ref(), &variables)?)
    }

    /// Reads `text`, in which paths are relative to `base_dir`. Errors name the file `configuration`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn from_toml(
        text: &str,
        base_dir: impl AsRef<Path>,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let variables = env.into_iter().collect();
        read(Reading::of_text(IN_MEMORY.to_owned(), text, base_dir.as_ref(), &variables)?)
    }
}

fn read(mut reading: Reading<'_>) -> Result<Config, ConfigError> {
    let wrong = env::apply(&mut reading.source, &mut reading.table, reading.variables);
    match wrong.into_iter().next() {
        Some(error) => Err(error),
        None => reading.config(None),
    }
}

/// A configuration that is being read.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) source: Source,
    pub(super) table: Table,
    pub(super) variables: &'a BTreeMap<String, String>,
    base_dir: PathBuf,
}

impl<'a> Reading<'a> {
    pub(super) fn of_file(path: &Path, variables: &'a BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = plain_file::read_text(path, MOST_BYTES).map_err(|error| unreadable(&file, &error))?;
        Self::of_text(file, &text, path.parent().unwrap_or(Path::new("")), variables)
    }

    fn of_text(
        file: String,
        text: &str,
        base_dir: &Path,
        variables: &'a BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        let source = Source::new(file);
        let table = toml::from_str(text).map_err(|error| syntax_error(&source, text, &error))?;
        Ok(Self { source, table, variables, base_dir: base_dir.to_owned() })
    }

    /// What it says, with `stand_in` in place of its encryption key where there is one.
    pub(super) fn config(&self, stand_in: Option<&SealKey>) -> Result<Config, ConfigError> {
        let value = Value::Table(self.table.clone());
        shape::check(&self.source, &shape::FILE, &value, &mut Vec::new())?;
        let raw: RawConfig =
            serde_path_to_error::deserialize(value).map_err(|error| type_error(&self.source, &error))?;
        let secrets = Secrets {
            source: &self.source,
            base_dir: &self.base_dir,
            variables: self.variables,
            files: RefCell::default(),
        };
        let config = build(&secrets, raw, stand_in)?;
        Ok(Config { secret_files: secrets.files.into_inner(), ..config })
    }
}

fn unreadable(file: &str, error: &io::Error) -> ConfigError {
    let (detail, hint) = match error.kind() {
        io::ErrorKind::InvalidData => ("it is not UTF-8".to_owned(), "save it as UTF-8"),
        io::ErrorKind::NotFound => (error.to_string(), "create it, or name another one with --config"),
        _ => (error.to_string(), "let the host's user read it, or name another one with --config"),
    };
    ConfigError::Unreadable { file: file.to_owned(), detail, hint }
}

fn syntax_error(source: &Source, text: &str, error: &toml::de::Error) -> ConfigError {
    let before = text.get(..error.span().map_or(0, |span| span.start)).unwrap_or(text);
    let last_line = before.rsplit('\n').next().unwrap_or(before);
    ConfigError::Syntax {
        file: source.file.clone(),
        line: before.matches('\n').count() + 1,
        column: last_line.chars().count() + 1,
        detail: error.message().replace('\n', ", "),
    }
}

fn type_error(source: &Source, error: &serde_path_to_error::Error<toml::de::Error>) -> ConfigError {
    let path = error.path().to_string();
    let keys: Vec<&str> = path.split('.').filter(|key| *key != ".").collect();
    ConfigError::Value {
        place: source.place(&keys),
        detail: error.inner().message().to_owned(),
        hint: "write a value of that type".to_owned(),
    }
}

/// Where values come from.
#[derive(Debug)]
pub(super) struct Source {
    file: String,
    overridden: BTreeMap<String, String>,
}

impl Source {
    fn new(file: String) -> Self {
        Self { file, overridden: BTreeMap::new() }
    }

    /// The key at `path` comes from `variable`.
    pub(super) fn overridden(&mut self, path: &[String], variable: &str) {
        self.overridden.insert(path.join("."), variable.to_owned());
    }

    /// Whether the key at `path` comes from a variable.
    pub(super) fn is_overridden(&self, path: &[&str]) -> bool {
        self.overridden.contains_key(&path.join("."))
    }

    /// How a variable is named as the origin of a value.
    pub(super) fn variable(name: &str) -> String {
        format!("environment variable {name}")
    }

    /// The place of the key at `path`.
    pub(super) fn place<S: AsRef<str>>(&self, path: &[S]) -> Place {
        let key = path.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(".");
        let origin = match self.overridden.get(&key) {
            Some(variable) => Self::variable(variable),
            None => self.file.clone(),
        };
        Place { origin, key }
    }
}

/// The file as serde reads it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) server: RawServer,
    pub(super) store: RawStore,
    pub(super) organisation: RawOrganisation,
    pub(super) connectors: RawConnectors,
    pub(super) encryption: RawEncryption,
    pub(super) limits: RawLimits,
    pub(super) media: RawMedia,
    pub(super) retention: RawRetention,
    pub(super) webhooks: RawWebhooks,
    pub(super) alerts: RawAlerts,
    pub(super) instances: BTreeMap<String, RawInstance>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawServer {
    pub(super) listen: Option<String>,
    pub(super) public_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawStore {
    pub(super) path: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawOrganisation {
    pub(super) region: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawConnectors {
    pub(super) dir: Option<PathBuf>,
    pub(super) trust: Required,
    pub(super) pins: Vec<String>,
    pub(super) keys: Vec<String>,
    pub(super) isolation: IsolationChoice,
    pub(super) worker: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawEncryption {
    pub(super) key: Option<Reference>,
    pub(super) previous_keys: Vec<Reference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawLimits {
    pub(super) body_bytes: Option<i64>,
    pub(super) media_bytes: Option<i64>,
    pub(super) receive_deadline_ms: Option<i64>,
    pub(super) call_deadline_ms: Option<i64>,
    pub(super) concurrent_sends: Option<i64>,
    pub(super) requests_per_second: Option<i64>,
    pub(super) bodies_in_flight_bytes: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawInstance {
    pub(super) connector: Option<String>,
    pub(super) redirect_uri: Option<String>,
    pub(super) app_rate: Option<i64>,
    pub(super) settings: Table,
    pub(super) secrets: BTreeMap<String, Reference>,
}
