//! Media bytes on their way to and from the platform. They travel beside the JSON, untouched.

use serde::{Deserialize, Serialize};

use crate::Account;

/// Give the platform a medium to send later.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UploadMediaRequest {
    /// For whom.
    pub account: Account,
    /// Media type, sniffed from the bytes by the host.
    pub mime: String,
    /// The bytes.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl UploadMediaRequest {
    /// `bytes` of the media type `mime`, for `account`.
    #[must_use]
    pub fn new(account: Account, mime: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { account, mime: mime.into(), bytes }
    }
}

/// The platform's name for an uploaded medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UploadedMedia {
    /// Opaque.
    pub media_id: String,
    /// Seconds for which it can be used.
    #[serde(default)]
    pub valid_seconds: Option<u32>,
}

impl UploadedMedia {
    /// Uploaded under this id, for as long as anybody knows.
    #[must_use]
    pub fn new(media_id: impl Into<String>) -> Self {
        Self { media_id: media_id.into(), valid_seconds: None }
    }

    /// Usable for so many seconds.
    #[must_use]
    pub fn with_valid_seconds(mut self, seconds: u32) -> Self {
        self.valid_seconds = Some(seconds);
        self
    }
}

/// Get the bytes of a received medium.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FetchMediaRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation.
    pub conversation: String,
    /// The platform's id of the message.
    pub message: String,
    /// The platform's id of the medium.
    pub media_id: String,
    /// `image`, `video`, …
    pub kind: String,
    /// A larger medium is an error, not a longer answer.
    pub max_bytes: u64,
}

impl FetchMediaRequest {
    /// The medium `media_id` of `message` in `conversation`, of at most `max_bytes`.
    #[must_use]
    pub fn new(
        account: Account,
        conversation: impl Into<String>,
        message: impl Into<String>,
        media_id: impl Into<String>,
        kind: impl Into<String>,
        max_bytes: u64,
    ) -> Self {
        Self {
            account,
            conversation: conversation.into(),
            message: message.into(),
            media_id: media_id.into(),
            kind: kind.into(),
            max_bytes,
        }
    }
}

/// A received medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FetchedMedia {
    /// Media type as the platform states it; the host sniffs for itself.
    #[serde(default)]
    pub mime: Option<String>,
    /// The bytes.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl FetchedMedia {
    /// These bytes, of the media type that the platform states, if it states one.
    #[must_use]
    pub fn new(bytes: Vec<u8>, mime: Option<String>) -> Self {
        Self { mime, bytes }
    }
}
