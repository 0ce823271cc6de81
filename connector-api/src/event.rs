//! What happened on a channel, in the host's terms.

use connector_capabilities::{Reason, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Comment, Content, Referral};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The platform's id of the business account.
    pub account: String,
    /// Equal for every delivery of the same thing and for nothing else of this account.
    pub dedup_key: String,
    /// The platform's time.
    pub occurred_at: Timestamp,
    /// What it is.
    pub kind: EventKind,
}

impl Event {
    /// Something that happened to `account` at `occurred_at`.
    #[must_use]
    pub fn new(
        account: impl Into<String>,
        dedup_key: impl Into<String>,
        occurred_at: Timestamp,
        kind: EventKind,
    ) -> Self {
        Self { account: account.into(), dedup_key: dedup_key.into(), occurred_at, kind }
    }
}

/// The kinds of things that happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// The customer wrote.
    MessageReceived {
        /// The platform's id of the conversation.
        conversation: String,
        /// Who wrote.
        contact: Contact,
        /// What.
        message: ChannelMessage,
    },
    /// The business wrote, on whatever surface, and the platform reports it back.
    MessageEchoed {
        /// The platform's id of the conversation.
        conversation: String,
        /// To whom.
        contact: Contact,
        /// What.
        message: ChannelMessage,
        /// On which surface.
        origin: EchoOrigin,
    },
    /// The customer read everything sent up to a moment.
    ConversationRead {
        /// The platform's id of the conversation.
        conversation: String,
        /// Send time of the newest message read, inclusive.
        up_to: Timestamp,
    },
    /// What became of one message of the business, on platforms that tell it message by message.
    MessageStatus {
        /// The platform's id of the conversation.
        conversation: String,
        /// The platform's id of the message.
        message: String,
        /// What became of it.
        status: DeliveryStatus,
        /// Why it failed, where it did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
    /// The customer came by an ad, a link or the like; a message may follow.
    CustomerReferred {
        /// The platform's id of the conversation.
        conversation: String,
        /// Who came.
        contact: Contact,
        /// How.
        referral: Referral,
    },
    /// The customer put a sign on a message, or took it back. No message, and it opens no reply window by itself.
    MessageReacted {
        /// The platform's id of the conversation.
        conversation: String,
        /// Who reacted.
        contact: Contact,
        /// The platform's id of the message reacted to.
        message: String,
        /// With what.
        reaction: Reaction,
    },
    /// Somebody wrote a comment under a post of the business, or it changed.
    Commented {
        /// Who wrote it, where that is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        contact: Option<Contact>,
        /// The comment.
        comment: Comment,
    },
    /// Somebody wrote, and the platform hands neither the message nor the person on.
    MessageWithheld {
        /// Why, and what to do about it.
        reason: Reason,
    },
    /// A message that the platform sends by itself was changed or reviewed; see
    /// [`automatic_messages`](crate::ChannelConnector::automatic_messages).
    AutomaticMessageChanged {
        /// Its kind, as in the document.
        kind: String,
        /// The platform's id of it.
        id: String,
        /// What happened, an open id: `created`, `updated`, `deleted`, `enabled`, `disabled`, `approved`, `rejected`.
        change: String,
    },
    /// The right to act for the account is gone.
    AccountDisconnected {
        /// Why, in a sentence.
        reason: String,
    },
    /// Authentic, but nothing that the inbox shows; kept raw and counted by name.
    Notice {
        /// The platform's name of it.
        name: String,
    },
    /// A kind of a later time; its details are in the raw payload that the host keeps.
    #[serde(other)]
    Unknown,
}

/// A sign that a customer put on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reaction {
    /// The sign, where it is a character.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emoji: Option<String>,
    /// Its picture, where it is one; may expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Whether it was taken back.
    #[serde(default)]
    pub removed: bool,
}

impl Reaction {
    /// A sign that is a character, a picture, or neither that this version knows.
    #[must_use]
    pub fn new(emoji: Option<String>, url: Option<String>) -> Self {
        Self { emoji, url, removed: false }
    }

    /// Taken back, or put on.
    #[must_use]
    pub fn removed(mut self, removed: bool) -> Self {
        self.removed = removed;
        self
    }
}

/// What became of a message that the platform had accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeliveryStatus {
    /// It reached the customer's device or inbox.
    Delivered,
    /// The customer read it.
    Read,
    /// It did not reach the customer, and will not.
    Failed,
    /// A status of a later time.
    #[serde(other)]
    Unknown,
}

/// The other person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contact {
    /// The platform's stable id; opaque.
    pub id: String,
    /// The user name, which may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The name that the person chose to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

impl Contact {
    /// A person of whom only the id is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), handle: None, display_name: None }
    }

    /// With the user name.
    #[must_use]
    pub fn with_handle(mut self, handle: Option<String>) -> Self {
        self.handle = handle;
        self
    }

    /// With the name that the person chose to be shown.
    #[must_use]
    pub fn with_display_name(mut self, display_name: Option<String>) -> Self {
        self.display_name = display_name;
        self
    }
}

/// A message as the channel reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelMessage {
    /// The platform's id; opaque, may hold `+`, `/` and `=`.
    pub id: String,
    /// The platform's send time.
    pub sent_at: Timestamp,
    /// What it says.
    pub content: Content,
    /// The platform's id of the message that it quotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// How the customer came, where the message itself tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    /// The card that the customer answered by tapping a button; the text is that button's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<CardAnswer>,
    /// Which automatic message of the platform it is, an open id: `welcome_message`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automatic: Option<String>,
}

impl ChannelMessage {
    /// A message that quotes nothing.
    #[must_use]
    pub fn new(id: impl Into<String>, sent_at: Timestamp, content: Content) -> Self {
        Self { id: id.into(), sent_at, content, quotes: None, referral: None, answers: None, automatic: None }
    }

    /// With the id of the message that it quotes.
    #[must_use]
    pub fn quoting(mut self, quotes: Option<String>) -> Self {
        self.quotes = quotes;
        self
    }

    /// With how the customer came.
    #[must_use]
    pub fn referred(mut self, referral: Option<Referral>) -> Self {
        self.referral = referral;
        self
    }

    /// With the card that it answers.
    #[must_use]
    pub fn answering(mut self, answers: Option<CardAnswer>) -> Self {
        self.answers = answers;
        self
    }

    /// Sent by the platform itself.
    #[must_use]
    pub fn automatic(mut self, automatic: Option<String>) -> Self {
        self.automatic = automatic;
        self
    }
}

/// Which button of which card a customer tapped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CardAnswer {
    /// The platform's id of the message with the card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The business's own name of the button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}

impl CardAnswer {
    /// The button of this name, on the card of this message.
    #[must_use]
    pub fn new(message: Option<String>, button: Option<String>) -> Self {
        Self { message, button }
    }
}

/// The surface on which the business wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EchoOrigin {
    /// The platform's API: this host, or another program.
    Api,
    /// A colleague in the platform's own app or site.
    App,
    /// An automatic message of the platform.
    Automatic,
    /// Not said, or a surface of a later time.
    #[serde(other)]
    Unknown,
}
