//! What a message says.

use serde::{Deserialize, Serialize};

/// The content of one message. One message carries exactly one content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// Plain text.
    Text {
        /// The text.
        text: String,
    },
    /// Something that this version cannot show: says what arrived instead of dropping it.
    Fallback {
        /// The platform's kind, an open id: `video`, `sticker`, …
        original_kind: String,
        /// A sentence for people.
        text: String,
        /// Where it can be seen, if anywhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// Content of a later time; its details are in the raw payload that the host keeps.
    #[serde(other)]
    Unknown,
}

impl Content {
    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The kind's open id, as in the capability document.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Fallback { original_kind, .. } => original_kind,
            Self::Unknown => "unknown",
        }
    }
}
