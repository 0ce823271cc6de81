//! Where a connector's code runs: in this process, or in one of its own. Both speak the same bytes.

use std::time::Duration;

use async_trait::async_trait;
use connector_abi::Reply;
use connector_api::ConnectorError;

use crate::worker::WorkerState;

/// A failure of an instance that only a new one mends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Trouble {
    /// It panicked; what it had half done nobody knows.
    Panicked,
    /// It answers nothing any more, and neither would another instance of the same loaded library.
    Hangs,
}

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

    /// The process that it runs in, where that is not this one.
    fn worker(&self) -> Option<WorkerState> {
        None
    }

    /// Takes note that it answers nothing any more.
    fn hangs(&self);

    /// Cancels what runs and releases what the instance holds.
    async fn shutdown(&self);

    /// Returns once the instance has failed in a way that only a new one mends.
    async fn in_trouble(&self) -> Trouble;
}
