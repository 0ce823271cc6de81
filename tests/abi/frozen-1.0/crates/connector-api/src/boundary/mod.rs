//! The connector's side of the binary boundary: what [`export_connector!`](crate::export_connector) calls.
//!
//! Bytes come in, the author's trait is called on the connector's own runtime, bytes go out. A panic, wherever it
//! happens, becomes an error.

mod dispatch;
mod log;
mod panic;
mod runtime;

use std::sync::Arc;

use connector_abi::{
    AbiError, Connector, Connector_TO, ConnectorBox, HostApi_Ref, Reply, ReplyFuture,
    abi_stable::{
        erased_types::TD_Opaque,
        std_types::{RResult, RString, RVec},
    },
    async_ffi::{FfiFuture, FutureExt},
    error_code,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument, Span, info_span};

use crate::{
    CapabilityDocument, ChannelConnector, ConnectorError, StartConnector, StartContext, WebhookRequest,
};

/// What the host says when it starts an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StartRequest {
    /// The instance's name in the host's configuration.
    pub instance: String,
    /// The instance's settings, secrets included.
    pub settings: Value,
    /// Threads of the connector's runtime; the first instance of a library decides.
    #[serde(default)]
    pub worker_threads: Option<usize>,
}

/// Starts an instance of `C`.
pub fn start<C: StartConnector>(
    request: &[u8],
    document: &str,
    host: HostApi_Ref,
) -> RResult<ConnectorBox, AbiError> {
    panic::guard(|| {
        log::forward_to(host);
        let request: StartRequest = serde_json::from_slice(request).map_err(bad_request)?;
        let document: CapabilityDocument = serde_json::from_str(document)
            .map_err(|e| connector(&ConnectorError::settings(format!("capabilities.json: {e}"))))?;
        let settings = settings_as(request.settings)?;
        let context = StartContext { instance: request.instance, document: Arc::new(document) };
        let span = info_span!("instance", id = %context.instance);
        let runtime = runtime::handle(request.worker_threads).map_err(|e| failed(e.to_string()))?;
        let connector = {
            let _inside = (runtime.enter(), span.enter());
            C::start(context, settings).map_err(|e| self::connector(&e))?
        };
        let exported = Exported {
            connector: Arc::new(connector),
            runtime,
            span,
            stopping: CancellationToken::new(),
            running: TaskTracker::new(),
        };
        Ok(Connector_TO::from_value(exported, TD_Opaque))
    })
}

/// The settings as the connector's type; an error names the setting.
fn settings_as<T: serde::de::DeserializeOwned>(settings: Value) -> Result<T, AbiError> {
    serde_path_to_error::deserialize(settings).map_err(|e| {
        let path = e.path().to_string();
        let key = if path == "." { "settings".to_owned() } else { format!("settings.{path}") };
        connector(&ConnectorError::settings(format!("{key}: {}", e.inner())))
    })
}

/// One instance, as the host holds it.
struct Exported<C> {
    connector: Arc<C>,
    runtime: Handle,
    span: Span,
    stopping: CancellationToken,
    running: TaskTracker,
}

impl<C: ChannelConnector> Connector for Exported<C> {
    fn receive(&self, request: RVec<u8>, body: RVec<u8>) -> RResult<Reply, AbiError> {
        panic::guard(|| {
            if self.stopping.is_cancelled() {
                return Err(cancelled());
            }
            let _inside = (self.runtime.enter(), self.span.enter());
            let mut request: WebhookRequest = serde_json::from_slice(&request).map_err(bad_request)?;
            request.body = body.into();
            reply(&self.connector.receive(&request), Vec::new())
        })
    }

    fn call(&self, operation: RString, request: RVec<u8>, attachment: RVec<u8>) -> ReplyFuture {
        let work = panic::guarded(dispatch::dispatch(
            Arc::clone(&self.connector),
            operation.into(),
            request.into(),
            attachment.into(),
        ));
        let stopping = self.stopping.clone();
        let work =
            async move { stopping.run_until_cancelled(work).await.unwrap_or_else(|| Err(cancelled())) };
        let work = self.running.track_future(work.instrument(self.span.clone()));
        runtime::bridge(self.runtime.clone(), work).into_ffi()
    }

    fn shutdown(&self) -> FfiFuture<()> {
        self.stopping.cancel();
        self.running.close();
        let running = self.running.clone();
        async move { running.wait().await }.into_ffi()
    }
}

fn reply<T: Serialize>(value: &T, attachment: Vec<u8>) -> Result<Reply, AbiError> {
    let json =
        serde_json::to_vec(value).map_err(|e| failed(format!("the reply cannot be serialised: {e}")))?;
    Ok(Reply { json: json.into(), attachment: attachment.into() })
}

fn abi_error(code: u32, message: impl Into<String>) -> AbiError {
    AbiError { code, message: message.into().into(), details_json: RVec::new() }
}

#[allow(clippy::needless_pass_by_value, reason = "used as a function of map_err")]
fn bad_request(error: serde_json::Error) -> AbiError {
    abi_error(error_code::BAD_REQUEST, error.to_string())
}

fn cancelled() -> AbiError {
    abi_error(error_code::CANCELLED, "the call was cancelled")
}

fn failed(message: impl Into<String>) -> AbiError {
    abi_error(error_code::PANICKED, message)
}

fn connector(error: &ConnectorError) -> AbiError {
    let details_json = serde_json::to_vec(error).unwrap_or_default().into();
    AbiError { details_json, ..abi_error(error_code::CONNECTOR, error.to_string()) }
}
