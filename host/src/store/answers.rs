//! Answers to comments in private: from a decision to what became of it.

use async_trait::async_trait;
use connector_api::{Content, Timestamp, capabilities::Reason};

use super::{Decision, StoreError};
use crate::model::{Comment, CommentId, MessageId, Status};

/// Whether a comment may be answered, by what is known of it and by when its writer and the business last wrote to each
/// other; runs inside the transaction that keeps the answer.
pub type AnswerCheck = Box<dyn FnOnce(&Comment, Option<Timestamp>) -> Result<(), Vec<Reason>> + Send>;

/// What somebody wants to answer a comment.
#[allow(missing_debug_implementations, reason = "the check is a closure")]
pub struct NewAnswer {
    /// Which comment.
    pub comment: CommentId,
    /// The id that the message has from the beginning.
    pub message: MessageId,
    /// What.
    pub content: Content,
    /// Equal for requests that ask for the same.
    pub asked: [u8; 32],
    /// Equal for repetitions of one request.
    pub idempotency_key: Option<String>,
    /// The present.
    pub now: Timestamp,
    /// Whether it may be sent.
    pub check: AnswerCheck,
}

/// What became of a [`NewAnswer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerBegun {
    /// It is `sending`, on disk: the connector is to be called, once.
    Sending,
    /// The same request came before; the comment says how far it is.
    Repeated,
    /// The idempotency key belongs to a request for something else.
    KeyReused,
    /// The verdict is no, or the comment has an answer.
    Denied(Vec<Reason>),
    /// There is no such comment.
    UnknownComment,
}

/// What came back from answering a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerOutcome {
    /// The platform accepted the message.
    Sent {
        /// The platform's id of the message.
        platform_id: String,
        /// The platform's id of the conversation, where it named it.
        conversation: Option<String>,
    },
    /// It certainly was not sent. The comment may be answered again.
    NotSent(Reason),
    /// Nobody can say.
    Uncertain(Reason),
}

impl AnswerOutcome {
    /// The status that the answer gets.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Sent { .. } => Status::Sent,
            Self::NotSent(_) => Status::Failed,
            Self::Uncertain(_) => Status::Uncertain,
        }
    }

    /// Why it was not sent, or why nobody can say.
    #[must_use]
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Sent { .. } => None,
            Self::NotSent(reason) | Self::Uncertain(reason) => Some(reason),
        }
    }
}

/// Answers to comments: one for each, whoever asks at once. The message comes into the inbox as soon as the platform has
/// named its conversation, in its answer or by the message's echo.
#[async_trait]
pub trait Answers: Send + Sync {
    /// What [`begin_answer`](Self::begin_answer) would say without a check, where the comment has an answer; writes nothing.
    async fn answer_before(
        &self,
        comment: CommentId,
        asked: [u8; 32],
        idempotency_key: Option<String>,
    ) -> Result<Option<AnswerBegun>, StoreError>;
    /// Looks whether the comment has an answer, checks, and writes it down as `sending`, in one transaction.
    async fn begin_answer(&self, answer: NewAnswer) -> Result<AnswerBegun, StoreError>;
    /// Writes down what came back for an answer that is being sent.
    async fn record_answer(
        &self,
        comment: CommentId,
        outcome: AnswerOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Writes down what a person decided about an uncertain answer; `false` where it is not uncertain.
    async fn decide_answer(
        &self,
        comment: CommentId,
        decision: Decision,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}
