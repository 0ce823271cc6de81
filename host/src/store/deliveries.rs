//! From an event to its delivery at an endpoint: nothing is lost between the commit of the one and the other.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::{Cursor, Page, SealedSecrets, StoreError};
use crate::model::{Attempt, Delivery, DeliveryId, DisabledBecause, Endpoint, EndpointId, InboxEvent};

/// Deliveries whose turn it is, and where they go.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The endpoint as it is now.
    pub endpoint: Endpoint,
    /// What signs.
    pub secrets: SealedSecrets,
    /// Oldest event first.
    pub due: Vec<DueDelivery>,
}

/// A delivery whose turn it is.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Its event; `None` where it was forgotten.
    pub event: Option<InboxEvent>,
}

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The endpoint has it.
    Delivered,
    /// It is tried again then.
    Retry(Timestamp),
    /// It is given up.
    Dead,
    /// It is given up, and the endpoint is disabled: it answered that it is gone.
    Gone,
}

/// What became of asking for one more delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replayed {
    /// It is pending.
    Begun(Box<Delivery>),
    /// There is no such delivery.
    Unknown,
    /// Its event was forgotten, or it was a test.
    NoEvent,
}

/// From an event to its delivery at an endpoint.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// Goes on through the events for an enabled endpoint, and leases at most `limit` deliveries whose turn it is
    /// until `leased_until`. `None` where the endpoint is gone or disabled. So many wait at most; then events wait.
    async fn take_deliveries(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Option<Taken>, StoreError>;
    /// When taking is worth while again, not before `now`; `None` where nothing waits.
    async fn next_delivery(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError>;
    /// Writes an attempt down, and what follows. Disables an endpoint that is gone, or that has been failing since
    /// `failing_too_long` or longer, and tells of it; why, where it did.
    async fn record_attempt(
        &self,
        delivery: DeliveryId,
        attempt: Attempt,
        next: Next,
        failing_too_long: Timestamp,
    ) -> Result<Option<DisabledBecause>, StoreError>;
    /// Ends every lease. Called once, before anything is taken.
    async fn release_deliveries(&self) -> Result<(), StoreError>;
    /// An endpoint's deliveries, newest first.
    async fn deliveries(
        &self,
        endpoint: EndpointId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Delivery>, StoreError>;
    /// Delivers once more, from the beginning of its schedule.
    async fn replay_delivery(
        &self,
        endpoint: EndpointId,
        delivery: DeliveryId,
        now: Timestamp,
    ) -> Result<Replayed, StoreError>;
    /// Delivers everything since then once more that is still there. `false` where there is no such endpoint.
    async fn replay_since(&self, endpoint: EndpointId, since: Timestamp) -> Result<bool, StoreError>;
    /// Writes down the one attempt of a test.
    async fn log_test(&self, delivery: Delivery, attempt: Attempt) -> Result<(), StoreError>;
}
