//! What is wrong with a configuration, where, and how to mend it.

use std::fmt;

/// Where a value of the configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, or the environment variable that overrides it.
    pub origin: String,
    /// The path of the key, such as `instances.shop.secrets.app_secret`; empty for the whole file.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => f.write_str(&self.origin),
            key => write!(f, "{}: {key}", self.origin),
        }
    }
}

/// A configuration that the host cannot start with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {detail}; create it, or name another one with --config")]
    Unreadable {
        /// The configuration file.
        file: String,
        /// What the operating system says.
        detail: String,
    },
    /// The file is not TOML.
    #[error("{file}:{line}:{column}: not valid TOML: {detail}")]
    Syntax {
        /// The configuration file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What the parser says.
        detail: String,
    },
    /// No such key.
    #[error("{place}: unknown key; {hint}")]
    UnknownKey {
        /// The key.
        place: Place,
        /// The nearest known key, or all of them.
        hint: String,
    },
    /// A key without a default is missing.
    #[error("{place}: missing; add {example}")]
    MissingKey {
        /// The key.
        place: Place,
        /// A line that mends it.
        example: String,
    },
    /// A value of the wrong type, out of range or malformed.
    #[error("{place}: {detail}; {hint}")]
    Value {
        /// The key.
        place: Place,
        /// What is wrong.
        detail: String,
        /// What to write instead.
        hint: String,
    },
    /// A secret is written into the configuration. The error does not repeat it.
    #[error(
        "{place}: a secret must not be written here; put it into an environment variable or a file and write \
         {{ env = \"NAME\" }} or {{ file = \"path\" }}"
    )]
    SecretLiteral {
        /// The key.
        place: Place,
    },
    /// What a secret refers to is missing, unreadable or empty.
    #[error("{place}: {detail}; {hint}")]
    SecretMissing {
        /// The key.
        place: Place,
        /// What is wrong with which variable or file.
        detail: String,
        /// What to do about it.
        hint: String,
    },
}

impl ConfigError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "config.unreadable",
            Self::Syntax { .. } => "config.syntax",
            Self::UnknownKey { .. } => "config.key_unknown",
            Self::MissingKey { .. } => "config.key_missing",
            Self::Value { .. } => "config.value_invalid",
            Self::SecretLiteral { .. } => "config.secret_literal",
            Self::SecretMissing { .. } => "config.secret_missing",
        }
    }
}
