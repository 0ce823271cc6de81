//! What narrows the capabilities of accounts and conversations, and what probes have settled.

use async_trait::async_trait;
use connector_api::{
    Timestamp,
    capabilities::{AccountLayer, ConversationLayer, LiveAnswer},
};

use super::StoreError;
use crate::model::{AccountId, ConversationId};

/// What narrows the capabilities of accounts and conversations, and what probes have settled.
#[async_trait]
pub trait Layers: Send + Sync {
    /// An account's layer; the empty one where nobody has set it.
    async fn account_layer(&self, id: AccountId) -> Result<AccountLayer, StoreError>;
    /// Replaces an account's layer; `false` where there is no such account.
    async fn set_account_layer(&self, id: AccountId, layer: AccountLayer) -> Result<bool, StoreError>;
    /// A conversation's layer; the empty one where nobody has set it.
    async fn conversation_layer(&self, id: ConversationId) -> Result<ConversationLayer, StoreError>;
    /// Replaces a conversation's layer; `false` where there is no such conversation.
    async fn set_conversation_layer(
        &self,
        id: ConversationId,
        layer: ConversationLayer,
    ) -> Result<bool, StoreError>;

    /// What probes have settled about a conversation and still holds.
    async fn live_answers(
        &self,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<Vec<LiveAnswer>, StoreError>;
    /// Keeps what a probe has settled until `until`, in place of what it had settled before.
    async fn keep_live_answers(
        &self,
        conversation: ConversationId,
        answers: Vec<LiveAnswer>,
        until: Timestamp,
    ) -> Result<(), StoreError>;
    /// Forgets what probes have settled about these claims: something happened that may have changed it.
    async fn forget_live_answers(
        &self,
        conversation: ConversationId,
        claims: Vec<String>,
    ) -> Result<(), StoreError>;
}
