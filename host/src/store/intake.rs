//! Counts that must agree, and what has not been processed yet.

use async_trait::async_trait;
use connector_api::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::StoreError;

/// What was settled at the door since it was counted last: webhook requests that proved authentic, and pages of polls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtTheDoor {
    /// Settled: kept, or answered with an error.
    pub received: i64,
    /// Of those, answered with an error.
    pub failed: i64,
}

/// What arrived for an instance, since its first start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Intake {
    /// The instance.
    pub instance: String,
    /// Counted at the door, once settled.
    pub received: i64,
    /// Of those, answered with an error, so that the platform delivers them again.
    pub failed: i64,
    /// Counted by the store where it keeps an arrival or knows it.
    pub kept: i64,
    /// Events that were applied.
    pub processed: i64,
    /// Events that had arrived before.
    pub duplicates: i64,
    /// Events of accounts that are not connected here.
    pub unrouted: i64,
}

impl Intake {
    /// Arrivals that were taken as kept and are not.
    #[must_use]
    pub fn disagreement(&self) -> i64 {
        (self.received - self.failed - self.kept).max(0)
    }
}

/// Something that waits: how much, and since when the oldest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many.
    pub count: u32,
    /// The oldest one's time.
    pub oldest: Option<Timestamp>,
}

/// What has not been processed yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unprocessed {
    /// Raw bodies with events of accounts that are not connected here.
    pub unrouted: Waiting,
    /// Deliveries to enabled endpoints that are pending, and as one each the events that an endpoint has not come to.
    pub undelivered: Waiting,
    /// Messages in line.
    pub queued: Waiting,
    /// Messages and answers to comments whose connector is being called.
    pub sending: Waiting,
    /// Messages and answers to comments of which nobody can say whether they were sent.
    pub uncertain: Waiting,
}

/// Counts that must agree, and what has not been processed yet.
#[async_trait]
pub trait IntakeCounts: Send + Sync {
    /// Adds what was settled at the door and compares: the counts of the instance in one transaction.
    async fn count_intake(&self, instance: &str, door: AtTheDoor) -> Result<Intake, StoreError>;
    /// The counts of every instance that anything has arrived for.
    async fn intake(&self) -> Result<Vec<Intake>, StoreError>;
    /// What the door had not told before the host was killed is taken from what was kept. Called once, at the start.
    async fn settle_intake(&self) -> Result<(), StoreError>;
    /// What has not been processed yet.
    async fn unprocessed(&self) -> Result<Unprocessed, StoreError>;
}
