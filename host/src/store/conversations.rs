//! Reading conversations and their messages.

use async_trait::async_trait;

use super::{Cursor, Page, StoreError};
use crate::model::{Conversation, ConversationId, Message, MessageId, Scope};

/// Reading conversations and their messages.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// Conversations of a scope, the one with the newest message first.
    async fn conversations(
        &self,
        scope: &Scope,
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
