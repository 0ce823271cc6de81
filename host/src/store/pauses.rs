//! Holding sending up, and letting it go on.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::StoreError;
use crate::model::{Pausable, Pause};

/// Holding sending up, and letting it go on. What is being sent comes to its end.
#[async_trait]
pub trait Pauses: Send + Sync {
    /// Holds sending up. A person's pause replaces one that stands. `false` where there is no such conversation or
    /// account; an instance needs to be known to nobody.
    async fn pause(&self, what: Pausable, pause: Pause) -> Result<bool, StoreError>;
    /// Lets sending go on. `false` where it was not paused.
    async fn unpause(&self, what: Pausable, now: Timestamp) -> Result<bool, StoreError>;
    /// Why nothing is sent for an instance; `None` where it is not paused.
    async fn instance_pause(&self, instance: &str) -> Result<Option<Pause>, StoreError>;
}
