//! What arrives from channels.

use async_trait::async_trait;
use connector_api::{Event, Timestamp};
use serde::Serialize;

use super::{AuthorizedAccount, Store, StoreError};

/// One authentic webhook request, or one page of a poll, and what its connector made of it.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The instance that it arrived for.
    pub instance: String,
    /// When.
    pub received_at: Timestamp,
    /// The raw body.
    pub body: Vec<u8>,
    /// Signed longer ago than the tolerance.
    pub stale: bool,
    /// What it says. Empty where it was not understood; it is kept all the same.
    pub events: Vec<Event>,
    /// Accounts to connect where they are not known yet: on channels that need no consent.
    pub accounts: Vec<AuthorizedAccount>,
    /// Where the next poll begins, where a poll brought this.
    pub polled: Option<Polled>,
}

/// Where the next poll begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// The platform's id of the account that was polled; empty where the instance was.
    pub account: String,
    /// The channel's cursor; opaque.
    pub cursor: String,
}

/// So many events are taken in by one write: the writer has others to serve between two.
const EVENTS_AT_ONCE: usize = 250;

/// Takes an arrival in, a part at a time where it is large. Where a later part fails, the whole comes again, and what was
/// taken in already is told by its keys.
///
/// # Errors
/// Where a part cannot be taken in.
pub async fn ingest(store: &dyn Store, mut arrival: Arrival) -> Result<Ingested, StoreError> {
    let mut all = Ingested::default();
    while arrival.events.len() > EVENTS_AT_ONCE {
        let rest = arrival.events.split_off(EVENTS_AT_ONCE);
        let events = std::mem::replace(&mut arrival.events, rest);
        // The body and the cursor stand for the whole, and come with the last part.
        let part = Arrival { events, body: Vec::new(), polled: None, ..arrival.clone() };
        all.add(store.ingest(part).await?);
    }
    all.add(store.ingest(arrival).await?);
    Ok(all)
}

/// What became of an [`Arrival`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Ingested {
    /// Events that are new.
    pub new: u32,
    /// Events that had arrived before.
    pub duplicates: u32,
    /// Events of accounts that are not connected here; kept raw.
    pub unrouted: u32,
}

impl Ingested {
    fn add(&mut self, part: Self) {
        self.new += part.new;
        self.duplicates += part.duplicates;
        self.unrouted += part.unrouted;
    }
}

/// What arrives from channels.
#[async_trait]
pub trait Inbound: Send + Sync {
    /// Takes one arrival in, in one committed write: raw body, events, de-duplication keys, windows.
    async fn ingest(&self, arrival: Arrival) -> Result<Ingested, StoreError>;
    /// Where the next poll of an account, or of an instance (`account` is empty), begins.
    async fn poll_cursor(&self, instance: &str, account: &str) -> Result<Option<String>, StoreError>;
}
