//! What listeners are told, in the order of its commits.

use async_trait::async_trait;
use tokio::sync::watch;

use super::StoreError;
use crate::model::InboxEvent;

/// What listeners are told, in the order of its commits.
#[async_trait]
pub trait Events: Send + Sync {
    /// Events after `sequence`, oldest first.
    async fn events_after(&self, sequence: i64, limit: u32) -> Result<Vec<InboxEvent>, StoreError>;
    /// The oldest sequence that is still there; `None` where there is none.
    async fn oldest_event(&self) -> Result<Option<i64>, StoreError>;
    /// The newest sequence, and a notice whenever it grows.
    fn latest_event(&self) -> watch::Receiver<i64>;
}
