//! What the host remembers, in the design's words.

mod access;
mod accounts;
mod comments;
mod deliveries;
mod events;
mod history;
mod inbox;
mod media;

use connector_api::{
    CardAnswer, ChannelMessage, Content, Timestamp,
    capabilities::{Loss, Reason, WindowLedger},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use self::{
    access::{Actor, ApiKey, AuditEntry, Role, Scope},
    accounts::{Account, AccountStatus, Counted, Withheld},
    comments::{Comment, CommentAnswer, CommentState},
    deliveries::{Attempt, AttemptError, Delivery, DeliveryState, DisabledBecause, Endpoint},
    events::{EventDetail, InboxEvent, InboxEventKind},
    history::{HistoryImport, HistoryState},
    inbox::{
        Contact, ConversationReferral, ConversationState, Found, Handling, Hit, Note, Referred, SnippetPart,
        StateName,
    },
    media::{MediumOrigin, MediumState, MessageMedium, PixelSize, StoredMedium},
};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id; ids made later sort later.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// The host's id of an account.
    AccountId;
    /// The host's id of a contact.
    ContactId;
    /// The host's id of a conversation.
    ConversationId;
    /// The host's id of a message.
    MessageId;
    /// The host's id of a note.
    NoteId;
    /// The host's id of an API key.
    KeyId;
    /// The host's id of a webhook endpoint.
    EndpointId;
    /// The host's id of a delivery to a webhook endpoint.
    DeliveryId;
    /// The host's id of a file.
    MediumId;
    /// The host's id of an entry of the audit log.
    AuditId;
    /// The host's id of a comment.
    CommentId;
}

/// Sending is held up: what is queued waits, and what is being sent comes to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` until a person ends it.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Reason,
    /// The name of the key of whoever asked for it; `None` where the host itself did.
    pub by: Option<String>,
}

/// What can be paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pausable {
    /// One conversation.
    Conversation(ConversationId),
    /// Everything of an account.
    Account(AccountId),
    /// Everything of an instance, by its name.
    Instance(String),
}

/// A conversation with one contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The host's id.
    pub id: ConversationId,
    /// The account that it belongs to.
    pub account: AccountId,
    /// That account's instance.
    pub instance: String,
    /// The platform's id; opaque.
    pub platform_id: String,
    /// The other person.
    pub contact: Contact,
    /// Time of the newest message.
    pub last_message_at: Timestamp,
    /// The reply window.
    pub ledger: WindowLedger,
    /// Messages of the contact since somebody here answered.
    pub unread: u32,
    /// The failed message that holds the line until somebody decides.
    pub held_by: Option<MessageId>,
    /// What colleagues decided about it.
    pub handling: Handling,
    /// How the contact came first.
    pub referral: Option<Referred>,
    /// Why nothing is sent in it at present, where that is about this conversation alone.
    pub paused: Option<Pause>,
}

/// One message, inbound or outbound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The host's id.
    pub id: MessageId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The platform's id, once it has one; opaque.
    pub platform_id: Option<String>,
    /// Who wrote.
    pub direction: Direction,
    /// On which surface.
    pub origin: Origin,
    /// What.
    pub content: Content,
    /// How far it is; an inbound message is `received`.
    pub status: Status,
    /// Why it failed or is uncertain.
    pub reason: Option<Reason>,
    /// When the host learnt of it.
    pub created_at: Timestamp,
    /// The platform's time; until it has one, the host's.
    pub sent_at: Timestamp,
    /// Every status so far.
    pub history: Vec<StatusChange>,
    /// As what kind the verdict accepted it, where the content does not say it.
    pub sent_as: Option<String>,
    /// Its medium, where it has one that is here or can be had.
    pub medium: Option<MessageMedium>,
    /// What was asked of it; nothing where it did not go out through this host.
    pub dispatch: Dispatch,
    /// The message that it quotes.
    pub quotes: Option<Quoted>,
    /// The card that the contact answered with it.
    pub answers: Option<CardAnswer>,
    /// Which automatic message of the platform it is, an open id.
    pub automatic: Option<String>,
    /// What people have put on it.
    pub reactions: Vec<MessageReaction>,
    /// What was lost of what was asked for; of several messages for one request on the first.
    pub losses: Vec<Loss>,
}

impl Message {
    /// A message of which nothing more is known.
    pub(crate) fn new(
        conversation: ConversationId,
        (direction, origin): (Direction, Origin),
        status: Status,
        content: Content,
        created_at: Timestamp,
        sent_at: Timestamp,
    ) -> Self {
        Self {
            id: MessageId::generate(),
            conversation,
            platform_id: None,
            direction,
            origin,
            content,
            status,
            reason: None,
            created_at,
            sent_at,
            history: Vec::new(),
            sent_as: None,
            medium: None,
            dispatch: Dispatch::default(),
            quotes: None,
            answers: None,
            automatic: None,
            reactions: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// With what the channel tells of it.
    pub(crate) fn told_by(self, channel: &ChannelMessage) -> Self {
        let quotes = channel.quotes.clone();
        Self {
            platform_id: Some(channel.id.clone()),
            quotes: quotes.map(|platform_id| Quoted { platform_id, message: None }),
            answers: channel.answers.clone(),
            automatic: channel.automatic.clone(),
            ..self
        }
    }
}

/// The message that another one quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// The platform's id.
    pub platform_id: String,
    /// The host's id, where it knows the message.
    pub message: Option<MessageId>,
}

/// What somebody has put on a message, and not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageReaction {
    /// Who.
    pub contact: ContactId,
    /// The sign, where it is a character.
    pub emoji: Option<String>,
    /// Its picture, where it is one; may expire.
    pub url: Option<String>,
    /// The platform's time.
    pub at: Timestamp,
}

/// What was asked of a message that goes out through this host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dispatch {
    /// Not before.
    pub send_at: Option<Timestamp>,
    /// It fails where it still waits then; the reply window may close sooner.
    pub expires_at: Option<Timestamp>,
    /// The failed message that it sends again.
    pub retry_of: Option<MessageId>,
    /// The message that sends this one again.
    pub retried_as: Option<MessageId>,
    /// The first one of several messages that carry what was asked for at once, where it is another.
    pub part_of: Option<MessageId>,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The contact.
    Inbound,
    /// The business.
    Outbound,
}

/// On which surface a message was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// By the contact.
    Contact,
    /// Through this host.
    Host,
    /// By a colleague in the platform's own app.
    App,
    /// By the platform itself.
    Automatic,
    /// By another program, or not known.
    Other,
}

/// Whether somebody waits for a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Somebody does: it goes before what nobody waits for.
    #[default]
    Interactive,
    /// Nobody does: it goes when there is time, and always has a share of it.
    Bulk,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Inbound.
    Received,
    /// On disk, with its place in window and quota.
    Queued,
    /// The connector is being called.
    Sending,
    /// Nobody can say whether it was sent; never sent again by itself.
    Uncertain,
    /// The platform accepted it.
    Sent,
    /// The platform reported it back.
    Delivered,
    /// The contact read it.
    Read,
    /// It was not sent.
    Failed,
}

impl Status {
    /// Whether a message may go from this status to `next`. Never backwards.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use Status::{Delivered, Failed, Queued, Read, Received, Sending, Sent, Uncertain};
        match self {
            Received | Read | Failed => false,
            // Uncertain in a restored backup: it may have been sent since.
            Queued => matches!(next, Sending | Uncertain | Failed),
            // Back to the queue only where it certainly was not sent.
            Sending => matches!(next, Queued | Uncertain | Sent | Delivered | Read | Failed),
            Uncertain => matches!(next, Sent | Delivered | Read | Failed),
            Sent => matches!(next, Delivered | Read),
            Delivered => next == Read,
        }
    }

    /// Its name, as in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Uncertain => "uncertain",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }

    /// Every status.
    pub const ALL: [Self; 8] = [
        Self::Received,
        Self::Queued,
        Self::Sending,
        Self::Uncertain,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
    ];
}

/// A message reached a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusChange {
    /// Which.
    pub status: Status,
    /// When.
    pub at: Timestamp,
    /// What said so.
    pub signal: Signal,
    /// Why, where it is bad news.
    pub reason: Option<Reason>,
}

/// What said that a message reached a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The host itself.
    Host,
    /// The connector's answer to `send`.
    Response,
    /// The platform reported the message back.
    Echo,
    /// The contact's read receipt.
    ReadReceipt,
    /// The platform told what became of this one message.
    StatusReport,
    /// The host found the message in flight when it started.
    Restart,
    /// The host found the message in a restored backup.
    Restore,
    /// A person decided.
    Person,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_status_leads_back_to_one_that_came_before_it() {
        // The one way back is from sending to the queue, where it certainly was not sent.
        for from in Status::ALL {
            for to in Status::ALL {
                let back = from == Status::Sending && to == Status::Queued;
                assert!(!from.may_become(to) || to > from || back, "{from:?} -> {to:?}");
            }
        }
    }

    #[test]
    fn the_name_of_a_status_is_the_one_in_json() {
        for status in Status::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }

    #[test]
    fn what_is_settled_stays_settled() {
        for settled in [Status::Received, Status::Read, Status::Failed] {
            assert!(Status::ALL.iter().all(|next| !settled.may_become(*next)), "{settled:?}");
        }
    }
}
