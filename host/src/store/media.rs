//! Rows of files: which there are, what platforms call them, which are to be removed.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::StoreError;
use crate::model::{ConversationId, MediumId, MessageId, StoredMedium};

/// Files from before these moments are removed, unless a message that waits needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaPast {
    /// Of messages.
    pub used: Timestamp,
    /// Never used in a message.
    pub unused: Timestamp,
}

/// Rows of files: which there are, what platforms call them, which are to be removed. A file is written before its row,
/// and removed before its row is.
#[async_trait]
pub trait Media: Send + Sync {
    /// Keeps a row for a file that is there. Where the account has one of the same bytes, that one is answered, as if it
    /// had come now; the other file is not needed.
    async fn keep_medium(&self, medium: StoredMedium) -> Result<StoredMedium, StoreError>;
    /// A file's row; `None` also where it is to be removed.
    async fn medium(&self, id: MediumId) -> Result<Option<StoredMedium>, StoreError>;
    /// What the platform calls a file that it was given, where that still holds.
    async fn uploaded_as(&self, medium: MediumId, now: Timestamp) -> Result<Option<String>, StoreError>;
    /// Remembers what the platform calls a file, until then.
    async fn keep_upload(
        &self,
        medium: MediumId,
        platform_id: String,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Remembers that the connector may have sent a message with its file from now on. Until then it has only given the
    /// file to the platform, which may be done again.
    async fn hand_over(&self, message: MessageId) -> Result<(), StoreError>;
    /// Takes some files that are past out of messages. At most `limit` of all files that are to be removed.
    async fn expire_media(&self, past: MediaPast, limit: u32) -> Result<Vec<StoredMedium>, StoreError>;
    /// Forgets the rows of files that have been removed.
    async fn media_removed(&self, media: Vec<MediumId>) -> Result<(), StoreError>;
    /// Takes a file out of messages that is not there although it has a row.
    async fn medium_lost(&self, medium: MediumId) -> Result<(), StoreError>;
    /// Rows of files in the order of their ids.
    async fn media_after(&self, after: Option<MediumId>, limit: u32)
    -> Result<Vec<StoredMedium>, StoreError>;
    /// Those of these ids that no row has.
    async fn media_without_row(&self, media: Vec<MediumId>) -> Result<Vec<MediumId>, StoreError>;
    /// Has the files of a conversation removed that no other conversation has; how many.
    async fn forget_media_of(&self, conversation: ConversationId) -> Result<u32, StoreError>;
}
