//! Reading conversations and their messages.

use async_trait::async_trait;

use super::{Cursor, Page, StoreError};
use crate::model::{AccountId, Conversation, ConversationId, Message, MessageId, Scope, StateName};

/// Which conversations; everything that is `Some` has to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Of this account.
    pub account: Option<AccountId>,
    /// Of this instance's accounts.
    pub instance: Option<String>,
    /// In this state.
    pub state: Option<StateName>,
    /// Somebody works on it; `Some(None)`: nobody does.
    pub assignee: Option<Option<String>>,
    /// With this label.
    pub label: Option<String>,
    /// With or without unread messages.
    pub unread: Option<bool>,
    /// Which came by a referral of this source; `Some(None)`: of any.
    pub referral: Option<Option<String>>,
}

/// Reading conversations and their messages.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// The conversations of a scope that a filter lets through, the one with the newest message first.
    async fn conversations(
        &self,
        scope: &Scope,
        filter: ConversationFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Conversation>, StoreError>;
    /// One conversation.
    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError>;
    /// Messages of a conversation, newest first.
    async fn messages(
        &self,
        conversation: ConversationId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Message>, StoreError>;
    /// One message.
    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError>;
}
