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
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    Unreadable {
        /// The configuration file.
        file: String,
        /// What the operating system says.
        detail: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The file is not TOML.
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
    UnknownKey {
        /// The key.
        place: Place,
        /// The nearest known key, or all of them.
        hint: String,
    },
    /// A key without a default is missing.
    MissingKey {
        /// The key.
        place: Place,
        /// A line that mends it.
        example: String,
    },
    /// A value of the wrong type, out of range or malformed.
    Value {
        /// The key.
        place: Place,
        /// What is wrong.
        detail: String,
        /// What to write instead.
        hint: String,
    },
    /// A secret is written into the configuration. The error does not repeat it.
    SecretLiteral {
        /// The key.
        place: Place,
    },
    /// What a secret refers to is missing, unreadable or empty.
    SecretMissing {
        /// The key.
        place: Place,
        /// What is wrong with which variable or file.
        detail: String,
        /// What to do about it.
        hint: String,
    },
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.problem(), self.remedy()) {
            (problem, Some(remedy)) => write!(f, "{problem}; {remedy}"),
            (problem, None) => f.write_str(&problem),
        }
    }
}

impl ConfigError {
    /// What is wrong, and where.
    #[must_use]
    pub fn problem(&self) -> String {
        match self {
            Self::Unreadable { file, detail, .. } => format!("{file}: cannot be read: {detail}"),
            Self::Syntax { file, line, column, detail } => {
                format!("{file}:{line}:{column}: not valid TOML: {detail}")
            }
            Self::UnknownKey { place, .. } => format!("{place}: unknown key"),
            Self::MissingKey { place, .. } => format!("{place}: missing"),
            Self::SecretLiteral { place } => format!("{place}: a secret must not be written here"),
            Self::Value { place, detail, .. } | Self::SecretMissing { place, detail, .. } => {
                format!("{place}: {detail}")
            }
        }
    }

    /// How to mend it; `None` where the problem says it.
    #[must_use]
    pub fn remedy(&self) -> Option<String> {
        match self {
            Self::Unreadable { hint, .. } => Some((*hint).to_owned()),
            Self::Syntax { .. } => None,
            Self::MissingKey { example, .. } => Some(format!("add {example}")),
            Self::SecretLiteral { .. } => Some(
                "put it into an environment variable or a file and write { env = \"NAME\" } or { file = \"path\" }"
                    .to_owned(),
            ),
            Self::UnknownKey { hint, .. } | Self::Value { hint, .. } | Self::SecretMissing { hint, .. } => {
                Some(hint.clone())
            }
        }
    }

    /// The path of the key that is wrong; `None` where it is the whole file.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Unreadable { .. } | Self::Syntax { .. } => None,
            Self::UnknownKey { place, .. }
            | Self::MissingKey { place, .. }
            | Self::Value { place, .. }
            | Self::SecretLiteral { place }
            | Self::SecretMissing { place, .. } => Some(&place.key),
        }
    }

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
