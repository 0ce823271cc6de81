//! What a business can do besides answering: write first, change what it wrote, take it back.

use serde::{Deserialize, Serialize};

use crate::{Account, Content, Receipt};

/// Write first to somebody. At most one request that counts against the declared rate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartConversationRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id, or address, of the other person.
    pub contact: String,
    /// What.
    pub content: Content,
    /// The host's own id of the message, for platforms that take an idempotency key.
    pub message: String,
}

impl StartConversationRequest {
    /// The first message of `account` to `contact`.
    #[must_use]
    pub fn new(
        account: Account,
        contact: impl Into<String>,
        content: Content,
        message: impl Into<String>,
    ) -> Self {
        Self { account, contact: contact.into(), content, message: message.into() }
    }
}

/// A conversation has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StartedConversation {
    /// The platform's id of the conversation.
    pub conversation: String,
    /// What the platform said about the message.
    pub receipt: Receipt,
}

impl StartedConversation {
    /// `conversation` has begun with the message of this receipt.
    #[must_use]
    pub fn new(conversation: impl Into<String>, receipt: Receipt) -> Self {
        Self { conversation: conversation.into(), receipt }
    }
}

/// Change a message that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EditRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation.
    pub conversation: String,
    /// The platform's id of the message.
    pub message: String,
    /// What it says from now on.
    pub content: Content,
}

impl EditRequest {
    /// `message` of `conversation` says `content` from now on.
    #[must_use]
    pub fn new(
        account: Account,
        conversation: impl Into<String>,
        message: impl Into<String>,
        content: Content,
    ) -> Self {
        Self { account, conversation: conversation.into(), message: message.into(), content }
    }
}

/// Take a message back that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeleteRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation.
    pub conversation: String,
    /// The platform's id of the message.
    pub message: String,
}

impl DeleteRequest {
    /// Take `message` of `conversation` back.
    #[must_use]
    pub fn new(account: Account, conversation: impl Into<String>, message: impl Into<String>) -> Self {
        Self { account, conversation: conversation.into(), message: message.into() }
    }
}
