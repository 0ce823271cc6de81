//! An instance in this process.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use async_trait::async_trait;
use connector_abi::{AbiError, ConnectorBox, Reply, error_code};
use connector_api::{ConnectorError, ReasonCode};
use futures_util::FutureExt;
use tokio::sync::watch;

use crate::{
    backend::{Backend, Trouble},
    copies::Copy,
    faults::{fault_of, from_abi},
};

/// The boundary's object.
pub(crate) struct InProcess {
    object: ConnectorBox,
    /// What it was made in.
    copy: Arc<Copy>,
    panicked: watch::Sender<bool>,
}

impl InProcess {
    pub(crate) fn new(object: ConnectorBox, copy: Arc<Copy>) -> Self {
        Self { object, copy, panicked: watch::Sender::new(false) }
    }

    fn has_panicked(&self) {
        self.panicked.send_replace(true);
    }

    fn checked(&self, result: Result<Reply, AbiError>) -> Result<Reply, ConnectorError> {
        result.map_err(|error| {
            if error.code == error_code::PANICKED {
                self.has_panicked();
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
                self.has_panicked();
                Err(fault_of(ReasonCode::CONNECTOR_PANICKED, "its future panicked"))
            }
        }
    }

    async fn shutdown(&self) {
        let stopped = AssertUnwindSafe(self.object.shutdown()).catch_unwind().await;
        if stopped.is_err() {
            tracing::warn!("Connector panicked while it was shut down");
        }
    }

    fn hangs(&self) {
        self.copy.hangs();
    }

    async fn in_trouble(&self) -> Trouble {
        let mut panicked = self.panicked.subscribe();
        tokio::select! {
            // The sender is ours, so that it never closes.
            _ = panicked.wait_for(|panicked| *panicked) => Trouble::Panicked,
            () = self.copy.hung() => Trouble::Hangs,
        }
    }
}
