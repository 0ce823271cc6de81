//! An instance in this process.

use std::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use connector_abi::{AbiError, ConnectorBox, Reply, error_code};
use connector_api::ConnectorError;
use futures_util::FutureExt;

use crate::{
    backend::Backend,
    faults::{fault, from_abi},
};

/// The boundary's object. A panic in it leaves the instance broken: what it had half done nobody knows.
pub(crate) struct InProcess {
    object: ConnectorBox,
    broken: AtomicBool,
}

impl InProcess {
    pub(crate) fn new(object: ConnectorBox) -> Self {
        Self { object, broken: AtomicBool::new(false) }
    }

    fn checked(&self, result: Result<Reply, AbiError>) -> Result<Reply, ConnectorError> {
        result.map_err(|error| {
            if error.code == error_code::PANICKED {
                self.broken.store(true, Ordering::Relaxed);
            }
            from_abi(&error)
        })
    }
}

#[async_trait]
impl Backend for InProcess {
    fn receive(&self, request: Vec<u8>, body: Vec<u8>, _: Duration) -> Result<Reply, ConnectorError> {
        self.checked(self.object.receive(request.into(), body.into()).into_result())
    }

    async fn call(
        &self,
        operation: &'static str,
        request: Vec<u8>,
        attachment: Vec<u8>,
    ) -> Result<Reply, ConnectorError> {
        let answer = self.object.call(operation.into(), request.into(), attachment.into());
        match AssertUnwindSafe(answer).catch_unwind().await {
            Ok(answer) => self.checked(answer.into_result()),
            Err(_) => {
                self.broken.store(true, Ordering::Relaxed);
                Err(fault("its future panicked"))
            }
        }
    }

    async fn shutdown(&self) {
        let stopped = AssertUnwindSafe(self.object.shutdown()).catch_unwind().await;
        if stopped.is_err() {
            tracing::warn!("Connector panicked while it was shut down");
        }
    }

    fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }
}
