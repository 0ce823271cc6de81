//! Where a connector's code runs: in this process, or in one of its own. Both speak the same bytes.

use std::time::Duration;

use async_trait::async_trait;
use connector_abi::Reply;
use connector_api::ConnectorError;

/// A started instance, called with bytes. Whoever calls an operation drops it at its deadline.
#[async_trait]
pub(crate) trait Backend: Send + Sync {
    /// Verifies and normalises a webhook request. Blocks the calling thread; a backend that can, stops waiting at the
    /// deadline.
    fn receive(&self, request: Vec<u8>, body: Vec<u8>, deadline: Duration) -> Result<Reply, ConnectorError>;

    /// Runs an operation. Dropping the future cancels it.
    async fn call(
        &self,
        operation: &'static str,
        request: Vec<u8>,
        attachment: Vec<u8>,
    ) -> Result<Reply, ConnectorError>;

    /// Takes note that a call had no answer at its deadline.
    fn overdue(&self) {}

    /// Cancels what runs and releases what the instance holds.
    async fn shutdown(&self);

    /// Whether the instance has failed in a way that only a new one mends.
    fn is_broken(&self) -> bool;
}
