//! Media of messages that arrived, still to be fetched.

use async_trait::async_trait;
use connector_api::{Medium, Timestamp, capabilities::Reason};

use super::StoreError;
use crate::model::{AccountId, MediumId, MessageId};

/// A medium to be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFetch {
    /// Of which message.
    pub message: MessageId,
    /// The platform's id of the message.
    pub message_platform_id: String,
    /// The platform's id of the conversation.
    pub conversation_platform_id: String,
    /// Whose.
    pub account: AccountId,
    /// As it arrived.
    pub medium: Medium,
    /// The kind of the content that it belongs to, an open id.
    pub content_kind: String,
    /// How often it was tried before.
    pub attempts: u32,
    /// Since when.
    pub began_at: Timestamp,
}

/// What became of fetching a medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchOutcome {
    /// It is here.
    Ready(MediumId),
    /// Try again from then on.
    Retry {
        /// Not before.
        not_before: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// It is given up, until somebody wants it tried again.
    Failed {
        /// Why.
        reason: Reason,
    },
}

/// Media of messages that arrived, still to be fetched. They are written down with their messages.
#[async_trait]
pub trait MediaFetches: Send + Sync {
    /// Those of an instance whose time has come, the oldest first.
    async fn media_due(
        &self,
        instance: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<MediaFetch>, StoreError>;
    /// When the next one of an instance may be tried.
    async fn next_media_fetch(&self, instance: &str, now: Timestamp)
    -> Result<Option<Timestamp>, StoreError>;
    /// Writes down what became of it.
    async fn record_fetch(
        &self,
        message: MessageId,
        outcome: FetchOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Has the medium of a message fetched from now on, as if it had just arrived. `false` where the message brought none,
    /// or it is here.
    async fn fetch_again(&self, message: MessageId, now: Timestamp) -> Result<bool, StoreError>;
}
