//! What somebody wants to send.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Kinds of content that are files.
const MEDIA: &[&str] = &["image", "video", "audio", "voice", "file", "sticker", "gif"];

/// What somebody wants to send at once: one part, or several that should stand in one message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The parts, in the order in which they should be read.
    pub parts: Vec<Part>,
    /// The message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<Target>,
}

/// One part of a [`Draft`]. What is not known about it stays `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// An open id, as in the capability document: `text`, `image`, `buttons`, …
    pub kind: String,
    /// The text; of a medium its caption, of choices what stands above them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the customer can tap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The business's own names of the choices, those that have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choice_ids: Vec<String>,
    /// How the choices are laid out, an open id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// Media type, found in the bytes and not in the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Where everybody can get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// An earlier message that an action is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The kind of its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// When it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
}

impl Part {
    /// Something of which only the kind is known.
    #[must_use]
    pub fn of_kind(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }

    /// Plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::of_kind("text") }
    }

    /// A file of this media type and size.
    #[must_use]
    pub fn medium(kind: impl Into<String>, mime: impl Into<String>, bytes: u64) -> Self {
        Self { mime: Some(mime.into()), bytes: Some(bytes), ..Self::of_kind(kind) }
    }

    /// Choices of this kind (`buttons`, `quick_replies`, `question_card`) below a text.
    #[must_use]
    pub fn choices(
        kind: impl Into<String>,
        text: impl Into<String>,
        choices: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let choices = choices.into_iter().map(Into::into).collect();
        Self { text: Some(text.into()), choices, ..Self::of_kind(kind) }
    }

    /// With a caption, or with what stands above the choices.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// With how the choices are laid out, and the business's own names of them.
    #[must_use]
    pub fn laid_out(
        mut self,
        layout: impl Into<String>,
        ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.layout = Some(layout.into());
        self.choice_ids = ids.into_iter().map(Into::into).collect();
        self
    }

    /// With the URL where everybody can get it.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Whether it is a file, whatever is known about it.
    #[must_use]
    pub fn is_medium(&self) -> bool {
        MEDIA.contains(&self.kind.as_str()) || self.mime.is_some() || self.bytes.is_some()
    }
}

impl Draft {
    /// So many parts are sent at once; more is refused (`content.too_many`).
    pub const MOST_PARTS: usize = 10;

    /// One part.
    #[must_use]
    pub fn of(part: Part) -> Self {
        Self { parts: vec![part], quotes: None }
    }

    /// And one more part in the same message.
    #[must_use]
    pub fn and(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// In answer to `target`.
    #[must_use]
    pub fn quoting(mut self, target: Target) -> Self {
        self.quotes = Some(target);
        self
    }
}
