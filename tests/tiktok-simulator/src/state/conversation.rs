//! Conversations and what was said in them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::content::{Automation, Content, ReplySource, StandingReaction};
use super::window::ReplyWindow;

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The customer.
    Incoming,
    /// The business, by whichever surface.
    Outgoing,
}

/// The surface a message was written on: `message_tag.source`
/// (protocol reference, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Source {
    /// The TikTok app.
    App,
    /// The web or the Business Center.
    Web,
    /// This API.
    Api,
    /// Servers and tools of TikTok, such as its automations.
    Others,
    /// Nobody knows.
    UnknownSource,
}

/// How far a message got, as far as the business can know (protocol reference, section 6.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// It is in the conversation.
    Sent,
    /// The customer has seen it. Only outgoing messages get here.
    Read,
}

/// One message of a conversation.
#[derive(Debug, Clone, Serialize)]
pub struct Message {
    /// The id on the wire.
    pub message_id: String,
    /// Who wrote it.
    pub direction: Direction,
    /// Where it was written.
    pub source: Source,
    /// What it says.
    pub content: Content,
    /// The quoted message.
    pub referenced_message_id: Option<String>,
    /// The button whose tap wrote it.
    pub reply_source_payload: Option<ReplySource>,
    /// The automation that wrote it.
    pub auto_message_type: Option<Automation>,
    /// The reactions that stand on it.
    pub reactions: Vec<StandingReaction>,
    /// When, in simulated Unix milliseconds.
    pub timestamp_ms: i64,
    /// How far it got.
    pub status: MessageStatus,
}

/// Whether the business has answered (protocol reference, section 4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ConversationType {
    /// The business has answered at least once.
    Single,
    /// Only the user has written.
    Stranger,
}

impl ConversationType {
    /// The type with this name on the wire.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "SINGLE" => Some(Self::Single),
            "STRANGER" => Some(Self::Stranger),
            _ => None,
        }
    }
}

/// A conversation between one customer and one business account.
#[derive(Debug, Clone, Serialize)]
pub struct Conversation {
    /// The id on the wire.
    pub conversation_id: String,
    /// The business account.
    pub business_id: String,
    /// The customer's name in the control API.
    pub customer: String,
    /// Whether the business has answered.
    pub conversation_type: ConversationType,
    /// Whether the business accepted it; a request that waits has no webhooks.
    pub accepted: bool,
    /// The ads the customer came by, as the conversation list shows them.
    pub ads: Vec<Value>,
    /// The links the customer came by, as the conversation list shows them.
    pub short_links: Vec<Value>,
    /// Everything said, oldest first.
    pub messages: Vec<Message>,
    /// What the business may still send.
    #[serde(skip)]
    pub(crate) window: ReplyWindow,
}

impl Conversation {
    /// When the last message was written.
    pub(crate) fn updated_ms(&self) -> Option<i64> {
        self.messages.last().map(|message| message.timestamp_ms)
    }

    pub(crate) fn message_mut(&mut self, message_id: &str) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.message_id == message_id)
    }

    pub(crate) fn message(&self, message_id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.message_id == message_id)
    }

    /// Marks everything the business said as seen; returns the time of the last message.
    pub(crate) fn read(&mut self) -> Option<i64> {
        let last = self.updated_ms()?;
        for message in &mut self.messages {
            if message.direction == Direction::Outgoing {
                message.status = MessageStatus::Read;
            }
        }
        Some(last)
    }
}
