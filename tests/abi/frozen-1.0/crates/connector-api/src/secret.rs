//! Text that must not be seen.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny},
};

/// A token or a password. Printed as `[secret]`, wiped when dropped.
///
/// It serialises in clear, because it has to cross the library boundary: put it into credentials and settings, never
/// into an event or an error.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A plain `String` would quote a secret that somebody wrote as a number in its error.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Found {
            Text(String),
            Other(IgnoredAny),
        }
        match Found::deserialize(deserializer)? {
            Found::Text(text) => Ok(Self::new(text)),
            Found::Other(_) => Err(D::Error::custom("a secret must be text")),
        }
    }
}
