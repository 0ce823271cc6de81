//! An instance in this process.

use std::{panic::AssertUnwindSafe, time::Duration};

use async_trait::async_trait;
use connector_abi::{AbiError, ConnectorBox, Reply, error_code};
use connector_api::ConnectorError;
use futures_util::FutureExt;
use tokio::sync::watch;

use crate::{
    backend::{Backend, Trouble},
    faults::{fault, from_abi},
};

/// The boundary's object.
pub(crate) struct InProcess {
    object: ConnectorBox,
    trouble: watch::Sender<Option<Trouble>>,
}

impl InProcess {
    pub(crate) fn new(object: ConnectorBox) -> Self {
        Self { object, trouble: watch::Sender::new(None) }
    }

    fn fail(&self, trouble: Trouble) {
        self.trouble.send_replace(Some(trouble));
    }

    fn checked(&self, result: Result<Reply, AbiError>) -> Result<Reply, ConnectorError> {
        result.map_err(|error| {
            if error.code == error_code::PANICKED {
                self.fail(Trouble::Panicked);
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
                self.fail(Trouble::Panicked);
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

    fn hangs(&self) {
        self.fail(Trouble::Hangs);
    }

    async fn in_trouble(&self) -> Trouble {
        let mut trouble = self.trouble.subscribe();
        let failed = trouble.wait_for(Option::is_some).await.ok().and_then(|trouble| *trouble);
        // Nobody is left who could tell.
        failed.unwrap_or(Trouble::Panicked)
    }
}
