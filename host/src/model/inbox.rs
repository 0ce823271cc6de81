//! What colleagues know of a conversation and of a contact: state, notes, how it began.

use std::collections::BTreeSet;

use connector_api::{Referral, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, ContactId, ConversationId, MediumId, MessageId, NoteId};

/// The other person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The host's id.
    pub id: ContactId,
    /// The account that they write to.
    pub account: AccountId,
    /// The platform's stable id; opaque.
    pub platform_id: String,
    /// The user name.
    pub handle: Option<String>,
    /// The name shown.
    pub display_name: Option<String>,
    /// Where their picture is; may expire.
    pub avatar_url: Option<String>,
    /// Their picture, where the host has it.
    pub avatar: Option<MediumId>,
    /// Whether they follow the business, where that was told.
    pub follows: Option<bool>,
    /// How they came first.
    pub referral: Option<Referred>,
    /// When the host first heard of them.
    pub created_at: Timestamp,
}

/// How a person came, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referred {
    /// The platform's time.
    pub at: Timestamp,
    /// How.
    pub referral: Referral,
}

/// One of the ways in which the contact of a conversation came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationReferral {
    /// The conversation.
    pub conversation: ConversationId,
    /// How, and when.
    pub referred: Referred,
    /// The platform's id of the message that told it, where one did.
    pub message: Option<String>,
}

/// Whether anybody has to do something about a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationState {
    /// Yes.
    Open,
    /// No, until the contact writes again.
    Closed,
    /// Not yet: until that moment, or until the contact writes again.
    Snoozed {
        /// From then on it is open.
        until: Timestamp,
    },
}

impl ConversationState {
    /// Its name.
    #[must_use]
    pub fn name(self) -> StateName {
        match self {
            Self::Open => StateName::Open,
            Self::Closed => StateName::Closed,
            Self::Snoozed { .. } => StateName::Snoozed,
        }
    }

    /// When it opens by itself.
    #[must_use]
    pub fn opens_at(self) -> Option<Timestamp> {
        match self {
            Self::Snoozed { until } => Some(until),
            Self::Open | Self::Closed => None,
        }
    }
}

/// The name of a [`ConversationState`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// Somebody has to do something.
    Open,
    /// Nobody has, until the contact writes again.
    Closed,
    /// Nobody has yet.
    Snoozed,
}

/// What colleagues decided about a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handling {
    /// Who works on it: an id or a name that the clients agree on.
    pub assignee: Option<String>,
    /// What it is about.
    pub labels: BTreeSet<String>,
    /// Whether anybody has to do something.
    pub state: ConversationState,
    /// Grows with every change of these.
    pub revision: i64,
}

/// What a colleague wrote down about a conversation. Never sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The host's id.
    pub id: NoteId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The name of the API key that wrote it.
    pub author: String,
    /// What.
    pub text: String,
    /// When.
    pub created_at: Timestamp,
}

/// Something that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The account.
    pub account: AccountId,
    /// The contact.
    pub contact: ContactId,
    /// The conversation; `None` where the contact itself was found.
    pub conversation: Option<ConversationId>,
    /// What was found.
    pub found: Found,
    /// When that was written; of a contact, when it was named so.
    pub at: Timestamp,
    /// A piece of the text.
    pub snippet: Vec<SnippetPart>,
}

/// What a search found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A message.
    Message(MessageId),
    /// A note.
    Note(NoteId),
    /// The names of a contact.
    Contact,
}

/// A part of a piece of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SnippetPart {
    /// What it says.
    pub text: String,
    /// Whether it was searched for.
    pub hit: bool,
}
