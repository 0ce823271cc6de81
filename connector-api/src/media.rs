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
