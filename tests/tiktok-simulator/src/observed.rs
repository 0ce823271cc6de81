//! What tests can read back: accepted sends and delivered webhooks.

use serde::Serialize;
use serde_json::Value;

use crate::state::Content;

/// A message the API accepted from the client.
#[derive(Debug, Clone, Serialize)]
pub struct ReceivedSend {
    /// The id of the new message, which the answer carried unless a fault kept it back.
    pub message_id: String,
    /// The conversation it went to.
    pub conversation_id: String,
    /// The customer it went to.
    pub customer: String,
    /// The business account that sent it.
    pub business_id: String,
    /// The kind, in the spelling of the request.
    pub message_type: String,
    /// What it says.
    pub content: Content,
    /// The text of a TEXT message.
    pub text: Option<String>,
    /// The message this one quotes.
    pub referenced_message_id: Option<String>,
    /// Whether an `im_send_msg` event echoes it.
    pub echoed: bool,
    /// When, in simulated Unix milliseconds.
    pub at_ms: i64,
}

/// A typing indicator or a mark-read call (protocol reference, section 4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SenderAction {
    /// The conversation it was shown in.
    pub conversation_id: String,
    /// `TYPING` or `MARK_READ`.
    pub action: String,
    /// When, in simulated Unix milliseconds.
    pub at_ms: i64,
}

/// What a customer or a colleague did, and the event that reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SentEvent {
    /// The new message; empty for events that are not messages.
    pub message_id: String,
    /// The conversation.
    pub conversation_id: String,
    /// The event's name in the delivery log.
    pub event_id: String,
}

/// How far a webhook event got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was not accepted yet.
    Pending,
    /// The callback answered 200.
    Delivered,
    /// 72 hours passed without a 200.
    Discarded,
    /// No callback URL was registered.
    NotConfigured,
    /// The conversation is a request that nobody has accepted (section 13, item 22).
    Held,
}

impl Outcome {
    /// The outcome in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Pending => "it is still being retried",
            Self::Delivered => "it was delivered",
            Self::Discarded => "72 hours passed without a 200",
            Self::NotConfigured => "no callback URL was registered",
            Self::Held => "the request was not accepted yet",
        }
    }
}

/// One request to the callback URL.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// When it began, in simulated Unix milliseconds.
    pub at_ms: i64,
    /// The time in the signature, in Unix seconds.
    pub signed_t: i64,
    /// The HTTP status of the answer, if one came.
    pub status: Option<u16>,
    /// Why none came.
    pub error: Option<String>,
}

/// A webhook event and its delivery.
#[derive(Debug, Clone, Serialize)]
pub struct Delivery {
    /// The event's name in this log. It is not on the wire.
    pub event_id: String,
    /// The app whose callback it is for.
    pub app_id: String,
    /// The event's name on the wire.
    pub event: String,
    /// The business account it concerns.
    pub business_id: String,
    /// The exact request body.
    pub body: String,
    /// The parsed `content`.
    pub content: Value,
    /// Every request made, oldest first.
    pub attempts: Vec<Attempt>,
    /// How far it got.
    pub outcome: Outcome,
    #[serde(skip)]
    pub(crate) category: String,
    #[serde(skip)]
    pub(crate) lane: String,
}

impl Delivery {
    /// The HTTP status of the newest attempt, if it was answered.
    #[must_use]
    pub fn last_status(&self) -> Option<u16> {
        self.attempts.last().and_then(|attempt| attempt.status)
    }
}
