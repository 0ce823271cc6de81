//! From an accepted message to what became of it.

use async_trait::async_trait;
use connector_api::{
    Content, Timestamp,
    capabilities::{Reason, Verdict, WindowLedger},
};

use super::StoreError;
use crate::model::{ConversationId, Message, MessageId, Priority, Status};

/// A message that somebody wants to send.
#[allow(missing_debug_implementations, reason = "the check is a closure")]
pub struct NewMessage {
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub content: Content,
    /// Whether somebody waits for it.
    pub priority: Priority,
    /// Equal for repetitions of one request.
    pub idempotency_key: Option<String>,
    /// The present.
    pub now: Timestamp,
    /// The verdict for a ledger; runs inside the transaction that reserves the place.
    pub check: Box<dyn FnOnce(WindowLedger) -> Verdict + Send>,
}

/// What became of a [`NewMessage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enqueued {
    /// It has its place and is on disk.
    Queued(Message),
    /// The same request came before; this is its message.
    Repeated(Message),
    /// The idempotency key belongs to another content.
    KeyReused,
    /// The verdict is no.
    Denied(Vec<Reason>),
    /// There is no such conversation.
    UnknownConversation,
}

/// What came back from sending a claimed message.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The platform accepted it under this id.
    Sent {
        /// The platform's id.
        platform_id: String,
    },
    /// It certainly was not sent; try again from then on.
    Retry {
        /// Not before.
        not_before: Timestamp,
        /// Why.
        reason: Reason,
    },
    /// It certainly was not sent and will not be; later messages of the conversation wait for a decision.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// Nobody can say.
    Uncertain {
        /// Why.
        reason: Reason,
    },
}

impl Outcome {
    /// The status that the message gets.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Sent { .. } => Status::Sent,
            Self::Retry { .. } => Status::Queued,
            Self::Failed { .. } => Status::Failed,
            Self::Uncertain { .. } => Status::Uncertain,
        }
    }

    /// Why it is not sent; `None` where it is.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Sent { .. } => None,
            Self::Retry { reason, .. } | Self::Failed { reason } | Self::Uncertain { reason } => Some(reason),
        }
    }
}

/// What a person decided about an uncertain message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It was sent.
    WasSent,
    /// It was not sent.
    WasNotSent,
}

/// From an accepted message to what became of it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Checks, reserves the place and inserts, in one transaction.
    async fn enqueue(&self, message: NewMessage) -> Result<Enqueued, StoreError>;
    /// Writes down what came back for a claimed message.
    async fn record(&self, message: MessageId, outcome: Outcome, now: Timestamp) -> Result<(), StoreError>;
    /// Marks every `sending` as uncertain and ends every right to renew. Called once, before anything is claimed.
    async fn recover(&self, now: Timestamp) -> Result<u32, StoreError>;
    /// Writes down what a person decided; the status afterwards, or `None` where the message is not uncertain.
    async fn decide(
        &self,
        message: MessageId,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Status>, StoreError>;
    /// Lets a held conversation go on. `false` where it was not held.
    async fn resume(&self, conversation: ConversationId) -> Result<bool, StoreError>;
}
