//! A configuration with everything that is wrong with it, for whoever wants to know more than the first thing.

use std::{collections::BTreeMap, path::Path};

use toml::{Table, Value};

use super::{Config, ConfigError, env, load::Reading};
use crate::seal::SealKey;

const KEY: &str = "encryption.key";

/// What could be read of a configuration, and everything that is wrong with it.
#[derive(Debug)]
pub struct Examined {
    /// What it is without the keys that are wrong; `None` where nothing can be read of it. No host may start with it where
    /// something is wrong: a wrong encryption key is replaced by one that opens nothing.
    pub config: Option<Config>,
    /// What is wrong; nothing where a host starts with it.
    pub problems: Vec<ConfigError>,
}

impl Examined {
    fn nothing(problems: Vec<ConfigError>) -> Self {
        Self { config: None, problems }
    }

    /// Whether something is wrong at the key `key` or below it.
    #[must_use]
    pub fn is_wrong(&self, key: &str) -> bool {
        is_wrong(&self.problems, key)
    }
}

/// Whether one of the problems is at the key `key` or below it.
pub(crate) fn is_wrong(problems: &[ConfigError], key: &str) -> bool {
    let mut keys = problems.iter().filter_map(ConfigError::key);
    keys.any(|wrong| below(wrong, key).is_some())
}

impl Config {
    /// Reads what [`load`](Self::load) reads, and goes on after what is wrong.
    #[must_use]
    pub fn examine(path: impl AsRef<Path>, env: impl IntoIterator<Item = (String, String)>) -> Examined {
        let variables: BTreeMap<String, String> = env.into_iter().collect();
        match Reading::of_file(path.as_ref(), &variables) {
            Ok(reading) => examine(reading),
            Err(error) => Examined::nothing(vec![error]),
        }
    }
}

/// Leaves out each key that is wrong until the rest is right.
fn examine(mut reading: Reading<'_>) -> Examined {
    let mut problems = env::apply(&mut reading.source, &mut reading.table, reading.variables);
    let mut stand_in = None;
    loop {
        let error = match reading.config(stand_in.as_ref()) {
            Ok(config) => return Examined { config: Some(config), problems },
            Err(error) => error,
        };
        let key = error.key().unwrap_or_default().to_owned();
        let mut goes_on = leave_out(&mut reading.table, &key);
        if below(&key, KEY).is_some() && stand_in.is_none() {
            stand_in = SealKey::generate().ok();
            goes_on = stand_in.is_some();
        }
        // What is missing for what was left out was told already.
        if !problems.iter().any(|told| told.key() == Some(&key)) {
            problems.push(error);
        }
        if !goes_on {
            return Examined::nothing(problems);
        }
    }
}

/// Takes out the key, or the nearest one above it that is there.
fn leave_out(table: &mut Table, key: &str) -> bool {
    let Some(known) = table.keys().find(|known| below(key, known).is_some()).cloned() else { return false };
    if let (Some(rest), Some(Value::Table(inner))) = (below(key, &known), table.get_mut(&known))
        && leave_out(inner, rest)
    {
        return true;
    }
    table.remove(&known).is_some()
}

/// The rest of a path that leads through `key`; empty at its end.
fn below<'a>(path: &'a str, key: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(key)?;
    match rest.strip_prefix('.') {
        Some(rest) => Some(rest),
        None => (rest.is_empty() || rest.starts_with('[')).then_some(""),
    }
}
