//! What arrives from channels.

use async_trait::async_trait;
use connector_api::{Event, Timestamp};
use serde::Serialize;

use super::{AuthorizedAccount, StoreError};

/// One authentic webhook request, or one page of a poll, and what its connector made of it.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// The instance that it arrived for.
    pub instance: String,
    /// When.
    pub received_at: Timestamp,
    /// The raw body.
    pub body: Vec<u8>,
    /// What else of the request is needed to verify it again, where a request brought this.
    pub request: Option<KeptRequest>,
    /// Signed longer ago than the tolerance.
    pub stale: bool,
    /// What it says. Empty where it was not understood; it is kept all the same.
    pub events: Vec<Event>,
    /// Accounts to connect where they are not known yet: on channels that need no consent.
    pub accounts: Vec<AuthorizedAccount>,
    /// Where the next poll begins, where a poll brought this.
    pub polled: Option<Polled>,
}

/// A webhook request without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptRequest {
    /// The HTTP method.
    pub method: String,
    /// The raw query string.
    pub query: String,
    /// The header fields in order, sealed.
    pub headers: Vec<u8>,
}

/// Where the next poll begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    /// The platform's id of the account that was polled; empty where the instance was.
    pub account: String,
    /// The channel's cursor; opaque.
    pub cursor: String,
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

/// A raw body, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPayload {
    /// Its place among the others.
    pub id: i64,
    /// The instance that it arrived for.
    pub instance: String,
    /// When.
    pub received_at: Timestamp,
    /// The raw body.
    pub body: Vec<u8>,
    /// The rest of the request, where one brought it and it is kept.
    pub request: Option<KeptRequest>,
}

/// What became of events that were decoded again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Redecoded {
    /// Events that changed something.
    pub applied: u32,
    /// Events that were known already.
    pub known: u32,
    /// Events of accounts that are not connected here.
    pub unrouted: u32,
}

/// What arrives from channels.
#[async_trait]
pub trait Inbound: Send + Sync {
    /// Takes one arrival in: raw body, events, de-duplication keys, windows. It is one committed write, or several where it
    /// is large, because others have writes, too; where a later one fails, the whole comes again, and what was taken in
    /// already is told by its keys. The raw body is kept with the first that brings something new.
    async fn ingest(&self, arrival: Arrival) -> Result<Ingested, StoreError>;
    /// Raw bodies that were kept since then, for one instance or for all, in the order of their arrival, after the one of
    /// that id.
    async fn payloads(
        &self,
        since: Timestamp,
        instance: Option<String>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<KeptPayload>, StoreError>;
    /// Takes in what a kept body says by today's connector. What is known is not told again, whatever its key; accounts
    /// are left as they are by what arrived before.
    async fn replay(&self, arrival: Arrival) -> Result<Redecoded, StoreError>;
    /// Where the next poll of an account, or of an instance (`account` is empty), begins.
    async fn poll_cursor(&self, instance: &str, account: &str) -> Result<Option<String>, StoreError>;
}
