//! A running simulator: starting, addressing and stopping it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::config::SimulatorConfig;
use crate::error::SimulatorError;
use crate::people::{BusinessHandle, CustomerHandle};
use crate::shared::Shared;
use crate::signature::signature_header;
use crate::{api, control, media};

const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(2);

/// A simulator that serves until it is shut down or dropped.
#[derive(Debug)]
pub struct Simulator {
    pub(crate) shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts serving. Must be called inside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address is not loopback or cannot be listened on, if there is no account,
    /// or if the callback URL is unusable.
    pub async fn start(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        check(&config)?;
        let listener =
            TcpListener::bind(config.listen).await.map_err(|source| listen_error(config.listen, source))?;
        let address = listener.local_addr().map_err(|source| listen_error(config.listen, source))?;
        let shared = Shared::new(&config, address)?;
        let router = api::router(&shared).merge(control::router(&shared)).merge(media::router(&shared));
        let (stop, mut stopped) = watch::channel(false);
        let signal = async move {
            stopped.wait_for(|stop| *stop).await.ok();
        };
        let server = tokio::spawn(async move {
            axum::serve(listener, router).with_graceful_shutdown(signal).await.ok();
        });
        Ok(Self { shared, stop, server: Some(server) })
    }

    /// `http://127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// What the client uses instead of `https://business-api.tiktok.com/open_api/v1.3`.
    #[must_use]
    pub fn api_base(&self) -> String {
        format!("{}{}", self.url(), api::PREFIX)
    }

    /// What the client uses instead of `https://www.tiktok.com/v2/auth/authorize`.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        format!("{}{}", self.url(), api::AUTHORIZE)
    }

    /// The app id.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.shared.app_id
    }

    /// The app secret.
    #[must_use]
    pub fn app_secret(&self) -> &str {
        &self.shared.app_secret
    }

    /// The value of a `TikTok-Signature` header, for requests that tests forge.
    #[must_use]
    pub fn sign(&self, body: &[u8], t: i64) -> String {
        signature_header(&self.shared.app_secret, body, t)
    }

    /// A customer, who exists from the first use of the name.
    #[must_use]
    pub fn customer(&self, name: &str) -> CustomerHandle {
        CustomerHandle::new(Arc::clone(&self.shared), name)
    }

    /// The first business account.
    #[must_use]
    pub fn business(&self) -> BusinessHandle {
        BusinessHandle::new(Arc::clone(&self.shared), None)
    }

    /// The business account with this id.
    #[must_use]
    pub fn business_with_id(&self, business_id: &str) -> BusinessHandle {
        BusinessHandle::new(Arc::clone(&self.shared), Some(business_id))
    }

    /// Stops serving, and returns once open calls have ended or a bounded time has passed.
    pub async fn shutdown(mut self) {
        self.begin_stop();
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(SHUTDOWN_PATIENCE, &mut server).await.is_err()
        {
            server.abort();
        }
    }

    fn begin_stop(&self) {
        self.stop.send_replace(true);
        self.shared.stop_tasks();
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.begin_stop();
    }
}

fn check(config: &SimulatorConfig) -> Result<(), SimulatorError> {
    if !config.listen.ip().is_loopback() {
        return Err(SimulatorError::NotLoopback(config.listen));
    }
    if config.accounts.is_empty() {
        return Err(SimulatorError::NoAccount);
    }
    if let Some(url) = &config.webhook_url {
        crate::webhook::check_callback_url(url)?;
    }
    Ok(())
}

fn listen_error(address: SocketAddr, source: std::io::Error) -> SimulatorError {
    SimulatorError::Listen { address, source }
}
