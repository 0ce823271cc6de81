//! The store itself: whether it works, what it forgets, how it ends.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::StoreError;

/// What is past: rows from before these moments are forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Raw bodies.
    pub payloads: Timestamp,
    /// Events.
    pub events: Timestamp,
    /// Of those, the ones that an enabled webhook endpoint has yet to get; no later than `events`.
    pub undelivered: Timestamp,
    /// Deliveries to webhook endpoints and their attempts.
    pub deliveries: Timestamp,
    /// De-duplication keys.
    pub seen: Timestamp,
    /// Consents that nobody completed, by their ends.
    pub authorizations: Timestamp,
    /// Keys that make repeating a request safe; the messages stay.
    pub idempotency_keys: Timestamp,
}

/// The store itself: whether it works, what it forgets, how it ends.
#[async_trait]
pub trait Upkeep: Send + Sync {
    /// Whether it can be read, and the newest write was kept or another one is now.
    async fn check(&self) -> Result<(), StoreError>;
    /// Forgets some of what is past; how many rows that were. Nothing is left once it answers 0.
    async fn forget(&self, past: Past) -> Result<u32, StoreError>;
    /// Brings everything into one place, as far as readers allow, before the host ends.
    async fn settle(&self) -> Result<(), StoreError>;
}
