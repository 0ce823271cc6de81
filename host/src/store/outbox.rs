//! From an accepted message to what became of it.

use async_trait::async_trait;
use connector_api::{
    Content, Timestamp,
    capabilities::{Loss, Permit, Reason, ReasonCode, Reserved, WindowLedger},
};

use super::{Cursor, Page, StoreError};
use crate::model::{AccountId, ConversationId, MediumId, Message, MessageId, Priority, Scope, Status};

/// Checks a message against a ledger and takes its places; runs inside the transaction that keeps the answer.
pub type Check = Box<dyn FnOnce(WindowLedger) -> Result<Reserved, Vec<Reason>> + Send>;

/// Makes messages of what was asked for, by what the ledger leaves; runs inside the transaction that keeps the answer.
pub type Planner = Box<dyn FnOnce(WindowLedger) -> Result<Plan, Vec<Reason>> + Send>;

/// The messages that carry what was asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// In the order in which they are sent; at least one.
    pub messages: Vec<PlannedMessage>,
    /// What is lost of what was asked for.
    pub losses: Vec<Loss>,
    /// The ledger without the places of all.
    pub ledger: WindowLedger,
}

/// One message of a [`Plan`].
#[derive(Debug, Clone)]
pub struct PlannedMessage {
    /// What.
    pub content: Content,
    /// As what kind the verdict accepted it, where the content does not say it.
    pub sent_as: Option<String>,
    /// The file that it carries.
    pub medium: Option<MediumId>,
    /// Whether it quotes the message that is to be quoted.
    pub quotes: bool,
    /// Its places.
    pub permit: Permit,
}

/// Something that somebody wants to send.
#[allow(missing_debug_implementations, reason = "the planner is a closure")]
pub struct NewMessage {
    /// Where.
    pub conversation: ConversationId,
    /// Equal for requests that ask for the same, whatever becomes of them.
    pub asked: [u8; 32],
    /// The message of the same conversation that it quotes.
    pub quotes: Option<MessageId>,
    /// Whether somebody waits for it.
    pub priority: Priority,
    /// Equal for repetitions of one request.
    pub idempotency_key: Option<String>,
    /// Not before; the message keeps its place meanwhile.
    pub send_at: Option<Timestamp>,
    /// It fails where it still waits then.
    pub expires_at: Option<Timestamp>,
    /// The present.
    pub now: Timestamp,
    /// Whether it may be sent, and as what.
    pub plan: Planner,
}

/// What became of a [`NewMessage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enqueued {
    /// The messages have their places and are on disk, in the order in which they are sent.
    Queued(Vec<Message>),
    /// The same request came before; these are its messages.
    Repeated(Vec<Message>),
    /// The idempotency key belongs to a request for something else.
    KeyReused,
    /// The verdict is no.
    Denied(Vec<Reason>),
    /// There is no such conversation.
    UnknownConversation,
}

/// What became of sending a failed message again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Retried {
    /// The new message has its place and is on disk.
    Queued(Message),
    /// Somebody did so before; this is the message.
    Repeated(Message),
    /// It has not failed.
    NotFailed(Status),
    /// The verdict is no.
    Denied(Vec<Reason>),
    /// There is no such message.
    UnknownMessage,
}

/// Outbound messages, or answers to comments, that somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    /// How far they are.
    pub status: Status,
    /// Only of this account.
    pub account: Option<AccountId>,
    /// Only of this instance.
    pub instance: Option<String>,
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
    /// Its time was over before the connector was called; nothing waits for a decision.
    Expired {
        /// Why.
        reason: Reason,
    },
    /// Nobody can say.
    Uncertain {
        /// Why.
        reason: Reason,
    },
}

/// Why a message with a file that is not kept any more is not sent.
pub(crate) fn medium_gone() -> Reason {
    let text = "The host does not keep the file any more; upload it again.";
    Reason::permanent(ReasonCode::MEDIA_GONE, text)
}

/// Why a message cannot be quoted that the platform has not named, or that is not there.
pub(super) fn not_quotable() -> Reason {
    let text = "Only a message of the same conversation that the platform has accepted can be quoted.";
    Reason::permanent(ReasonCode::PLATFORM_NOT_FOUND, text)
}

/// Why a message's time is over, where it is.
pub(super) fn over(expires_at: Option<Timestamp>, now: Timestamp) -> Reason {
    if expires_at.is_some_and(|end| end <= now) {
        let text = "The message waited past the time that was set for it.";
        return Reason::permanent(ReasonCode::MESSAGE_EXPIRED, text);
    }
    let text = "The reply window closed before the message's turn came.";
    Reason::passing(ReasonCode::WINDOW_CLOSED, text)
}

impl Outcome {
    /// The status that the message gets.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Sent { .. } => Status::Sent,
            Self::Retry { .. } => Status::Queued,
            Self::Failed { .. } | Self::Expired { .. } => Status::Failed,
            Self::Uncertain { .. } => Status::Uncertain,
        }
    }

    /// Why it is not sent; `None` where it is.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Sent { .. } => None,
            Self::Retry { reason, .. }
            | Self::Failed { reason }
            | Self::Expired { reason }
            | Self::Uncertain { reason } => Some(reason),
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
    /// Sends a failed message again: as a new one that has the failed one's turn, where `check` allows it. Where the
    /// failed one holds the line, that goes on.
    async fn retry(&self, message: MessageId, now: Timestamp, check: Check) -> Result<Retried, StoreError>;
    /// Writes down what came back for a claimed message. Refusals by the platform's rules in several conversations of
    /// an account at once pause the account.
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
    /// Gives up every queued message of a conversation, and lets it go on where it was held; the messages.
    async fn discard(
        &self,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError>;
    /// Gives up a queued message; the status afterwards, `None` where there is no such message.
    async fn discard_message(&self, message: MessageId, now: Timestamp)
    -> Result<Option<Status>, StoreError>;
    /// Outbound messages, the newest first.
    async fn sought(
        &self,
        scope: &Scope,
        sought: Sought,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Message>, StoreError>;
}
