//! Whose turn it is.

use async_trait::async_trait;
use connector_api::{
    Content, Timestamp,
    capabilities::{Reason, WindowLedger},
};

use super::{StoreError, outbox::over};
use crate::model::{AccountId, ConversationId, MessageId};

/// A message whose turn it is; `sending` is on disk.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The message.
    pub message: MessageId,
    /// What.
    pub content: Content,
    /// The platform's id of the message that it quotes.
    pub quotes: Option<String>,
    /// The conversation.
    pub conversation: ConversationId,
    /// The platform's id of the conversation.
    pub conversation_platform_id: String,
    /// The account.
    pub account: AccountId,
    /// The instance.
    pub instance: String,
    /// The conversation's reply window; the message's place in it is taken already.
    pub ledger: WindowLedger,
    /// How often it was tried before.
    pub attempts: u32,
    /// It fails where it is not sent by then: its window closes, or its own time is over.
    pub ends_at: Option<Timestamp>,
    /// Its own time, where one was set.
    pub expires_at: Option<Timestamp>,
}

impl Claimed {
    /// Why it is too late to send it; `None` where it is not.
    #[must_use]
    pub fn over(&self, now: Timestamp) -> Option<Reason> {
        self.ends_at.filter(|end| *end <= now).map(|_| over(self.expires_at, now))
    }
}

/// Whose turn it is.
///
/// Within a conversation: the oldest first, one in flight, and none while one is uncertain or the line is held. Between
/// conversations: those whose window closes soon, then those in which somebody waits, then the others; the later ones
/// of these have a share of the turns all the same. Between the accounts of an instance: each in turn. What is scheduled
/// stands aside until its time, and goes back to its place then.
#[async_trait]
pub trait Line: Send + Sync {
    /// Whether an instance has a message whose turn it is.
    async fn ready(&self, instance: &str, now: Timestamp) -> Result<bool, StoreError>;
    /// An instance's next messages, at most `limit`, each marked `sending`.
    async fn claim(&self, instance: &str, now: Timestamp, limit: u32) -> Result<Vec<Claimed>, StoreError>;
    /// When the earliest message of an instance that waits for its time may be sent.
    async fn next_retry(&self, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;
}
