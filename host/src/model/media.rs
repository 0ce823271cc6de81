//! Files that the host keeps, and the medium of a message.

use connector_api::{Timestamp, capabilities::Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, MediumId};

/// A file that the host keeps for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMedium {
    /// The host's id.
    pub id: MediumId,
    /// Whose it is.
    pub account: AccountId,
    /// SHA-256 of its bytes in hex.
    pub sha256: String,
    /// `image`, `video`, `audio` or `file`.
    pub kind: String,
    /// Media type, found in the bytes.
    pub mime: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Of a picture, in pixels, where its header says it.
    pub size: Option<PixelSize>,
    /// What whoever brought it called it.
    pub name: Option<String>,
    /// Where it came from.
    pub origin: MediumOrigin,
    /// When it came first.
    pub created_at: Timestamp,
}

/// Width and height of a picture in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelSize {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

/// Where a file came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediumOrigin {
    /// Somebody uploaded it here.
    Upload,
    /// It arrived with a message.
    Message,
    /// It is the picture of a person or of an account.
    Profile,
}

/// The medium of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageMedium {
    /// Whether it is here.
    pub state: MediumState,
    /// The file, where it is here.
    pub medium: Option<StoredMedium>,
    /// Why it is not here, or not yet.
    pub reason: Option<Reason>,
}

/// Whether the medium of a message is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediumState {
    /// It is still to be fetched.
    Pending,
    /// It is.
    Ready,
    /// It could not be fetched; somebody may have it tried again.
    Failed,
    /// It was, and is not kept any more.
    Expired,
}
