//! Comments under posts of a business.

use connector_api::{Content, Timestamp, capabilities::Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, CommentId, ContactId, ConversationId, MessageId, Signal, Status};

/// A comment under a post of the business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The host's id.
    pub id: CommentId,
    /// Under whose post.
    pub account: AccountId,
    /// The platform's id; opaque.
    pub platform_id: String,
    /// Who wrote it, where that was told.
    pub contact: Option<ContactId>,
    /// What it says, where that was told and it was not removed.
    pub text: Option<String>,
    /// The platform's id of the post.
    pub post: Option<String>,
    /// The platform's id of the comment that it answers.
    pub parent: Option<String>,
    /// Whether the platform lets the business answer it in private.
    pub answerable: bool,
    /// What became of it.
    pub state: CommentState,
    /// When the host first heard of it, by the platform's time.
    pub at: Timestamp,
    /// When it last changed, by the platform's time.
    pub changed_at: Timestamp,
    /// What the business answered in private.
    pub answer: Option<CommentAnswer>,
}

impl Comment {
    /// Whether it was answered, or may have been: a comment is answered once. An answer that failed is none.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.status != Status::Failed)
    }
}

/// What the business answered to a comment in private.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentAnswer {
    /// How far it is: `sending`, `sent`, `failed`, `uncertain`; once the message is in the inbox, as far as that.
    pub status: Status,
    /// What said so, until the message is in the inbox.
    pub signal: Signal,
    /// Why it failed or is uncertain.
    pub reason: Option<Reason>,
    /// What it says, until the message is in the inbox.
    pub content: Option<Content>,
    /// The message, once it is in the inbox.
    pub message: Option<MessageId>,
    /// Its conversation, likewise.
    pub conversation: Option<ConversationId>,
    /// When it was begun.
    pub created_at: Timestamp,
}

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CommentState {
    /// It can be seen.
    Shown,
    /// Others cannot see it.
    Hidden,
    /// It was removed; what it said is not kept.
    Removed,
}
