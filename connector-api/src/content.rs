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
    /// A medium of any kind: an image, a video, a voice message, a file.
    Media(Medium),
    /// A post of the platform that somebody shared, of the kind `post_share`.
    Post(SharedPost),
    /// A question with answers to tap, of the kind `question_card`.
    QuestionCard(QuestionCard),
    /// Something that this version cannot show: says what arrived instead of dropping it.
    Fallback {
        /// The platform's kind, an open id: `video`, `sticker`, …
        original_kind: String,
        /// A sentence for people.
        text: String,
        /// Where it can be seen, if anywhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
        /// The medium behind it, where the host can get it and keep it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        medium: Option<Medium>,
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
            Self::Media(medium) => &medium.media_kind,
            Self::Post(_) => "post_share",
            Self::QuestionCard(_) => "question_card",
            Self::Fallback { original_kind, .. } => original_kind,
            Self::Unknown => "unknown",
        }
    }

    /// The medium that belongs to it, whose bytes can be got.
    #[must_use]
    pub fn medium(&self) -> Option<&Medium> {
        match self {
            Self::Media(medium) => Some(medium),
            Self::Fallback { medium, .. } => medium.as_ref(),
            _ => None,
        }
    }
}

/// A post of the platform that somebody shared. Received, either field may be missing: posts are made private and
/// removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SharedPost {
    /// The platform's id of the post; sent, it is one of the business's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_id: Option<String>,
    /// Where it can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl SharedPost {
    /// A post by its id, its URL, or both.
    #[must_use]
    pub fn new(post_id: Option<String>, url: Option<String>) -> Self {
        Self { post_id, url }
    }
}

/// A question with answers to tap. Tapping one writes its label into the conversation, as the customer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuestionCard {
    /// How the answers are laid out, an open id: `buttons`, `links`.
    pub layout: String,
    /// The question.
    pub title: String,
    /// The answers, in order.
    pub buttons: Vec<CardButton>,
}

impl QuestionCard {
    /// A question whose answers are laid out as `layout`.
    #[must_use]
    pub fn new(layout: impl Into<String>, title: impl Into<String>, buttons: Vec<CardButton>) -> Self {
        Self { layout: layout.into(), title: title.into(), buttons }
    }
}

/// One answer of a [`QuestionCard`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CardButton {
    /// What it says.
    pub label: String,
    /// The business's own name of it, which comes back with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl CardButton {
    /// An answer with this label.
    #[must_use]
    pub fn new(label: impl Into<String>, id: Option<String>) -> Self {
        Self { label: label.into(), id }
    }
}

/// A medium, by the platform's name for it or by a URL; its bytes travel by
/// [`upload_media`](crate::ChannelConnector::upload_media) and [`fetch_media`](crate::ChannelConnector::fetch_media).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Medium {
    /// An open id, as in the capability document: `image`, `video`, `voice`, `file`, …
    pub media_kind: String,
    /// The platform's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
    /// Where it can be got; may expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Media type, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// Text that belongs to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

impl Medium {
    /// A medium that the platform knows by this id.
    #[must_use]
    pub fn by_id(media_kind: impl Into<String>, media_id: impl Into<String>) -> Self {
        Self { media_id: Some(media_id.into()), ..Self::of_kind(media_kind) }
    }

    /// A medium at this URL.
    #[must_use]
    pub fn by_url(media_kind: impl Into<String>, url: impl Into<String>) -> Self {
        Self { url: Some(url.into()), ..Self::of_kind(media_kind) }
    }

    /// With its media type.
    #[must_use]
    pub fn with_mime(mut self, mime: impl Into<String>) -> Self {
        self.mime = Some(mime.into());
        self
    }

    /// With a text that belongs to it.
    #[must_use]
    pub fn with_caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = Some(caption.into());
        self
    }

    /// A medium of which only the kind is known.
    #[must_use]
    pub fn of_kind(media_kind: impl Into<String>) -> Self {
        Self { media_kind: media_kind.into(), media_id: None, url: None, mime: None, caption: None }
    }
}
