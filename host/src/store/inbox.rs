//! What colleagues do with conversations besides answering.

use std::collections::BTreeSet;

use async_trait::async_trait;
use connector_api::Timestamp;

use super::{Cursor, Page, StoreError};
use crate::model::{Conversation, ConversationId, ConversationState, Note};

/// A change of what colleagues decided about a conversation; `None` leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandlingChange {
    /// The revision that it was made for; on any other it is refused.
    pub expected: Option<i64>,
    /// Who works on it from now on; `Some(None)`: nobody.
    pub assignee: Option<Option<String>>,
    /// All of its labels from now on.
    pub labels: Option<BTreeSet<String>>,
    /// Its state from now on.
    pub state: Option<ConversationState>,
}

/// What became of a [`HandlingChange`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handled {
    /// The conversation is like this now.
    Changed(Box<Conversation>),
    /// Somebody else changed it before.
    Outdated,
    /// There is no such conversation.
    UnknownConversation,
}

/// What colleagues do with conversations besides answering.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Changes what colleagues decided about a conversation. What changes nothing is not told.
    async fn handle(
        &self,
        conversation: ConversationId,
        change: HandlingChange,
        now: Timestamp,
    ) -> Result<Handled, StoreError>;
    /// Nothing of a conversation is unread any more. `false` where nothing was.
    async fn mark_read(&self, conversation: ConversationId, now: Timestamp) -> Result<bool, StoreError>;
    /// Keeps a note; `false` where there is no such conversation.
    async fn add_note(&self, note: Note) -> Result<bool, StoreError>;
    /// Notes of a conversation, newest first.
    async fn notes(
        &self,
        conversation: ConversationId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Note>, StoreError>;
}
