//! Secrets by reference.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use connector_api::Secret;
use serde::Deserialize;

use super::{ConfigError, Place, load::Source};
use crate::plain_file;

/// A larger file is no secret.
const MOST_BYTES: u64 = 64 << 10;

/// Where a secret lies. Exactly one of the two.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    env: Option<String>,
    file: Option<String>,
}

/// Gets what references refer to.
#[derive(Debug)]
pub(super) struct Secrets<'a> {
    /// Names the place of an error.
    pub(super) source: &'a Source,
    /// Relative files are relative to this folder.
    pub(super) base_dir: &'a Path,
    /// The environment.
    pub(super) variables: &'a BTreeMap<String, String>,
    /// The files that secrets were read from.
    pub(super) files: RefCell<BTreeSet<PathBuf>>,
}

impl Secrets<'_> {
    /// The secret that `reference`, at `path`, refers to.
    pub(super) fn resolve(&self, path: &[&str], reference: &Reference) -> Result<Secret, ConfigError> {
        let place = self.source.place(path);
        match reference {
            Reference { env: Some(name), file: None } => self.in_variable(place, name),
            Reference { env: None, file: Some(file) } => self.in_file(place, file),
            _ => Err(ConfigError::Value {
                place,
                detail: "a secret needs exactly one of `env` and `file`".to_owned(),
                hint: "write { env = \"NAME\" } or { file = \"path\" }".to_owned(),
            }),
        }
    }

    fn in_variable(&self, place: Place, name: &str) -> Result<Secret, ConfigError> {
        let problem = match self.variables.get(name).map(String::as_str) {
            Some("") => "is empty",
            Some(value) => return Ok(Secret::new(value)),
            None => "is not set",
        };
        Err(ConfigError::SecretMissing {
            place,
            detail: format!("the environment variable {name} {problem}"),
            hint: "set it to the secret before the start".to_owned(),
        })
    }

    fn in_file(&self, place: Place, file: &str) -> Result<Secret, ConfigError> {
        let path = self.base_dir.join(file);
        let (problem, hint) = match plain_file::read_text(&path, MOST_BYTES) {
            Ok(text) => match without_newline(&text) {
                "" => ("is empty".to_owned(), "write the secret into it"),
                secret => {
                    self.files.borrow_mut().insert(path);
                    return Ok(Secret::new(secret));
                }
            },
            Err(error) => (
                format!("cannot be read: {error}"),
                "create it with the secret as its content, readable for the host",
            ),
        };
        Err(ConfigError::SecretMissing {
            place,
            detail: format!("the file {} {problem}", path.display()),
            hint: hint.to_owned(),
        })
    }
}

fn without_newline(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}
