//! Sending, and the small signals around it.

use connector_capabilities::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Account, ContactProfile, Content, Referral};

/// Send one message. At most one request that counts against the declared rate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation.
    pub conversation: String,
    /// What.
    pub content: Content,
    /// The host's own id of the message, for platforms that take an idempotency key.
    pub message: String,
    /// The platform's id of the message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
}

impl SendRequest {
    /// A message of `account` into `conversation`.
    #[must_use]
    pub fn new(
        account: Account,
        conversation: impl Into<String>,
        content: Content,
        message: impl Into<String>,
    ) -> Self {
        Self { account, conversation: conversation.into(), content, message: message.into(), quotes: None }
    }

    /// With the platform's id of the message that it quotes.
    #[must_use]
    pub fn quoting(mut self, quotes: Option<String>) -> Self {
        self.quotes = quotes;
        self
    }
}

/// The platform accepted a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The platform's id of the message. Without one the host treats the send as uncertain.
    #[serde(default)]
    pub message_id: Option<String>,
    /// The platform's own id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Receipt {
    /// Accepted under this id.
    #[must_use]
    pub fn new(message_id: Option<String>) -> Self {
        Self { message_id, request_id: None }
    }

    /// With the platform's id of the request.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.request_id = request_id;
        self
    }
}

/// Show something that is no message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SignalRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation.
    pub conversation: String,
    /// What.
    pub signal: Signal,
}

impl SignalRequest {
    /// Show `signal` in `conversation`.
    #[must_use]
    pub fn new(account: Account, conversation: impl Into<String>, signal: Signal) -> Self {
        Self { account, conversation: conversation.into(), signal }
    }
}

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Signal {
    /// The business is typing.
    Typing,
    /// The business has read the conversation.
    MarkRead,
    /// A signal of a later time.
    #[serde(other)]
    Unknown,
}

/// One page of what the platform remembers of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation; `None` for the list of conversations.
    #[serde(default)]
    pub conversation: Option<String>,
    /// Where the page before ended; opaque.
    #[serde(default)]
    pub cursor: Option<String>,
}

impl HistoryRequest {
    /// The first page of the list of conversations.
    #[must_use]
    pub fn new(account: Account) -> Self {
        Self { account, conversation: None, cursor: None }
    }

    /// Of one conversation.
    #[must_use]
    pub fn with_conversation(mut self, conversation: impl Into<String>) -> Self {
        self.conversation = Some(conversation.into());
        self
    }

    /// From where the page before ended.
    #[must_use]
    pub fn with_cursor(mut self, cursor: Option<String>) -> Self {
        self.cursor = cursor;
        self
    }
}

/// Ask a channel without webhooks what is new.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PollRequest {
    /// For whom. `None` on a channel that needs no consent (`authorization: settings`): the first event of an account
    /// that a poll brings connects it.
    #[serde(default)]
    pub account: Option<Account>,
    /// Where the poll before ended; opaque.
    #[serde(default)]
    pub cursor: Option<String>,
    /// The present.
    pub now: Timestamp,
}

impl PollRequest {
    /// From the beginning, for no account in particular.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { account: None, cursor: None, now }
    }

    /// For one account.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.account = Some(account);
        self
    }

    /// From where the poll before ended.
    #[must_use]
    pub fn with_cursor(mut self, cursor: Option<String>) -> Self {
        self.cursor = cursor;
        self
    }
}

/// Events read back, by history or by poll.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventPage {
    /// In the platform's order.
    #[serde(default)]
    pub events: Vec<crate::Event>,
    /// Where to go on. Of a history `None` at the end; a poll always says where the next one begins.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Conversations, where the list of them was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversations: Vec<ListedConversation>,
    /// People of whom the page tells more than an event does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<ContactProfile>,
}

impl EventPage {
    /// These events, and where to go on.
    #[must_use]
    pub fn new(events: Vec<crate::Event>, cursor: Option<String>) -> Self {
        Self { events, cursor, ..Self::default() }
    }

    /// With conversations.
    #[must_use]
    pub fn with_conversations(mut self, conversations: Vec<ListedConversation>) -> Self {
        self.conversations = conversations;
        self
    }

    /// With people.
    #[must_use]
    pub fn with_profiles(mut self, profiles: Vec<ContactProfile>) -> Self {
        self.profiles = profiles;
        self
    }
}

/// A conversation as the platform lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedConversation {
    /// The platform's id.
    pub id: String,
    /// When something was last written in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// How the customer came, each time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referrals: Vec<ListedReferral>,
}

impl ListedConversation {
    /// The conversation `id`.
    #[must_use]
    pub fn new(id: impl Into<String>, updated_at: Option<Timestamp>, referrals: Vec<ListedReferral>) -> Self {
        Self { id: id.into(), updated_at, referrals }
    }
}

/// How the customer of a listed conversation came, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListedReferral {
    /// How.
    pub referral: Referral,
    /// When, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

impl ListedReferral {
    /// This referral, at that time if it is known.
    #[must_use]
    pub fn new(referral: Referral, at: Option<Timestamp>) -> Self {
        Self { referral, at }
    }
}
