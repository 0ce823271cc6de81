//! What narrows the capabilities of accounts and conversations, and what probes have settled.

use async_trait::async_trait;
use connector_api::{
    Timestamp,
    capabilities::{AccountLayer, ConversationLayer, LiveAnswer},
};

use super::StoreError;
use crate::model::{AccountId, AccountStatus, ConversationId};

/// What the store knows of what may be done in a place: of one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Narrowing {
    /// The account's status; `None` where there is no such account.
    pub account_status: Option<AccountStatus>,
    /// The account's layer.
    pub account: AccountLayer,
    /// The conversation's layer; the empty one where it is about the account as a whole.
    pub conversation: ConversationLayer,
    /// What probes have settled about the conversation and still holds.
    pub live: Vec<LiveAnswer>,
}

/// What narrows the capabilities of accounts and conversations, and what probes have settled.
#[async_trait]
pub trait Layers: Send + Sync {
    /// An account's layer; the empty one where nobody has set it.
    async fn account_layer(&self, id: AccountId) -> Result<AccountLayer, StoreError>;
    /// Replaces an account's layer; `false` where there is no such account.
    async fn set_account_layer(&self, id: AccountId, layer: AccountLayer) -> Result<bool, StoreError>;
    /// What narrows the channel for an account, or in a conversation of it, in one read.
    async fn narrowing(
        &self,
        account: AccountId,
        conversation: Option<ConversationId>,
        now: Timestamp,
    ) -> Result<Narrowing, StoreError>;
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
