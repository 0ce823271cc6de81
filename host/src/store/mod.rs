//! What the host needs of a store, one trait for each area. One test-suite holds for every implementation.
//!
//! Every method that changes something returns only when the change is on disk. Nothing outside the store decides
//! correctness: uniqueness, the reply window and the order of sends are settled inside its transactions.

mod accounts;
mod answers;
mod audit;
mod comments;
mod contacts;
mod conversations;
mod deadlines;
mod deliveries;
mod endpoints;
mod errands;
mod events;
mod export;
mod history;
mod inbound;
mod inbox;
mod intake;
mod keys;
mod layers;
mod line;
mod media;
mod media_fetches;
mod outbox;
mod pauses;
mod search;
mod sessions;
pub mod sqlite;
mod upkeep;
mod withheld;

use connector_api::Timestamp;

pub(crate) use self::outbox::medium_gone;
use self::outbox::{not_quotable, over};
pub use self::{
    accounts::{Accounts, AuthorizedAccount, PendingAuthorization, SealedCredentials, StoredCredentials},
    answers::{AnswerBegun, AnswerCheck, AnswerOutcome, Answers, NewAnswer},
    audit::{Audit, AuditFilter},
    comments::Comments,
    contacts::{Contacts, Erased, Erasure},
    conversations::{ConversationFilter, Conversations},
    deadlines::{Deadlines, Due, WindowFilter},
    deliveries::{Deliveries, DueDelivery, Next, Replayed, Taken},
    endpoints::{EndpointChange, Endpoints, NewEndpoint, SealedSecrets},
    errands::{DueAccount, DueContact, DueReadMark, Errands},
    events::Events,
    export::{Export, ExportFilter, Record, Records},
    history::{Histories, HistoryBounds, HistoryStep},
    inbound::{Arrival, Inbound, Ingested, KeptPayload, KeptRequest, Polled, Redecoded},
    inbox::{Handled, HandlingChange, Inbox},
    intake::{AtTheDoor, Intake, IntakeCounts, Unprocessed, Waiting},
    keys::Keys,
    layers::{Layers, Narrowing},
    line::{Claimed, Line},
    media::{Media, MediaPast},
    media_fetches::{FetchOutcome, MediaFetch, MediaFetches},
    outbox::{
        Check, Decision, Enqueued, NewMessage, Outbox, Outcome, Plan, PlannedMessage, Planner, Retried,
        Sought,
    },
    pauses::Pauses,
    search::{Hits, Search, SearchQuery},
    sessions::{Session, Sessions},
    upkeep::{Past, Upkeep},
    withheld::{DueWithheld, WithheldMessages},
};

/// Why the store has no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It cannot write now: the disk is full, or too much is waiting. The caller may try again later.
    #[error("the store cannot write now: {0}")]
    Unavailable(String),
    /// It failed otherwise.
    #[error("the store failed: {0}")]
    Failed(String),
}

/// A page of a list, newest first, and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Hand it back for the next page; `None` at the end.
    pub next: Option<Cursor>,
}

/// A place in a list: a time, and an id for rows of the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The row's time.
    pub at: Timestamp,
    /// The row's id.
    pub id: uuid::Uuid,
}

macro_rules! store {
    ($($area:ident)*) => {
        /// Everything that the host needs of a store.
        pub trait Store: $($area +)* {}

        impl<T: $($area +)*> Store for T {}
    };
}

store! {
    Accounts Answers Audit Comments Contacts Conversations Deadlines Deliveries Endpoints Errands Events Export Histories Inbound
    Inbox IntakeCounts Keys Layers Line Media MediaFetches Outbox Pauses Search Sessions Upkeep WithheldMessages
}
