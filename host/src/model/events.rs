//! What listeners are told of.

use connector_api::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, CommentId, ContactId, ConversationId, EndpointId, MessageId, Status};

/// Something that listeners are told, in the order of `sequence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEvent {
    /// Its place; strictly increasing, with gaps.
    pub sequence: i64,
    /// When it was committed.
    pub at: Timestamp,
    /// What happened.
    pub kind: InboxEventKind,
    /// The account, where it is about one.
    pub account: Option<AccountId>,
    /// The conversation, where there is one.
    pub conversation: Option<ConversationId>,
    /// The message, where there is one.
    pub message: Option<MessageId>,
    /// The contact, where it is about one.
    pub contact: Option<ContactId>,
    /// The message's status at that moment.
    pub status: Option<Status>,
    /// The webhook endpoint, where it is about one.
    pub endpoint: Option<EndpointId>,
    /// What is told beside, where there is more.
    pub detail: Option<EventDetail>,
}

/// What an event tells beside what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum EventDetail {
    /// A comment.
    Comment {
        /// The host's id.
        comment: CommentId,
    },
    /// Somebody put a sign on a message, or took it back.
    Reaction {
        /// The platform's id of the message, which the host may not know.
        message_platform_id: String,
        /// Whether it was taken back.
        removed: bool,
    },
    /// A message that the platform sends by itself.
    AutomaticMessage {
        /// Its kind, as in the document.
        kind: String,
        /// The platform's id.
        id: String,
        /// What happened, an open id.
        change: String,
    },
}

/// What listeners are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum InboxEventKind {
    /// A message is new.
    #[serde(rename = "message.created")]
    MessageCreated,
    /// A message reached a status.
    #[serde(rename = "message.status")]
    MessageStatus,
    /// A conversation's assignee, labels, state or unread count changed.
    #[serde(rename = "conversation.updated")]
    ConversationUpdated,
    /// The contact came by an ad, a link or the like.
    #[serde(rename = "conversation.referred")]
    ConversationReferred,
    /// A colleague wrote a note.
    #[serde(rename = "note.created")]
    NoteCreated,
    /// A contact was erased with everything that they wrote.
    #[serde(rename = "contact.erased")]
    ContactErased,
    /// Somebody put a sign on a message, or took it back.
    #[serde(rename = "message.reacted")]
    MessageReacted,
    /// Somebody wrote, and the platform hands neither the message nor the person on.
    #[serde(rename = "message.withheld")]
    MessageWithheld,
    /// Somebody wrote a comment, or one changed.
    #[serde(rename = "comment.changed")]
    CommentChanged,
    /// A message that the platform sends by itself was changed or reviewed.
    #[serde(rename = "automatic_message.changed")]
    AutomaticMessageChanged,
    /// The medium of a message is here, or is given up.
    #[serde(rename = "message.media")]
    MessageMedia,
    /// An account was connected.
    #[serde(rename = "account.connected")]
    AccountConnected,
    /// An account needs attention.
    #[serde(rename = "account.needs_attention")]
    AccountNeedsAttention,
    /// The consent of an account's owner ends within 30 days.
    #[serde(rename = "account.consent_ending")]
    AccountConsentEnding,
    /// An account was taken out.
    #[serde(rename = "account.removed")]
    AccountRemoved,
    /// What a platform remembers of an account was read back.
    #[serde(rename = "history.imported")]
    HistoryImported,
    /// A reply window closes soon, and the contact has no answer yet.
    #[serde(rename = "window.closing")]
    WindowClosing,
    /// Sending is held up in a conversation.
    #[serde(rename = "conversation.paused")]
    ConversationPaused,
    /// Sending goes on in a conversation.
    #[serde(rename = "conversation.unpaused")]
    ConversationUnpaused,
    /// Sending is held up for an account.
    #[serde(rename = "account.paused")]
    AccountPaused,
    /// Sending goes on for an account.
    #[serde(rename = "account.unpaused")]
    AccountUnpaused,
    /// Sending is held up for an instance; told for each of its accounts.
    #[serde(rename = "instance.paused")]
    InstancePaused,
    /// Sending goes on for an instance; told for each of its accounts.
    #[serde(rename = "instance.unpaused")]
    InstanceUnpaused,
    /// A webhook endpoint was disabled, because deliveries to it failed.
    #[serde(rename = "webhook.disabled")]
    WebhookDisabled,
}
