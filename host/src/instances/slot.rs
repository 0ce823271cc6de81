//! An instance's place for the life of the host: what runs in it, and how it has fared.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use connector_api::{ConnectorError, ErrorClass, ReasonCode, WebhookOutcome, WebhookRequest};
use connector_loader::{ConnectorLibrary, StartOptions};
use tokio_util::task::TaskTracker;

use super::{Lease, Rates, RunningInstance, faults::Faults, unavailable};
use crate::{
    config::{InstanceConfig, Limits},
    metrics::Metrics,
};

/// The pause between two tries at making a broken instance anew.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// A verification that takes so many deadlines more hangs, and is not only late.
const LATE_IS_HUNG: u32 = 2;

/// An instance's place for the life of the host.
#[derive(Debug)]
pub struct Slot {
    name: String,
    config: InstanceConfig,
    limits: Limits,
    current: RwLock<Current>,
    faults: Mutex<Faults>,
    /// Retired instances that are still in use.
    retiring: TaskTracker,
    metrics: Arc<Metrics>,
}

#[derive(Debug)]
struct Current {
    state: InstanceState,
    /// What the running instance was started from.
    library: Option<ConnectorLibrary>,
    /// Whether it is being made anew.
    restarting: bool,
}

/// Whether an instance runs.
#[derive(Debug, Clone)]
pub enum InstanceState {
    /// It does.
    Running(Arc<RunningInstance>),
    /// It could not start.
    Failed(ConnectorError),
}

impl Slot {
    pub(super) fn new(
        name: &str,
        config: InstanceConfig,
        limits: Limits,
        retiring: TaskTracker,
        metrics: Arc<Metrics>,
    ) -> Self {
        let state = InstanceState::Failed(unavailable(format!("The instance {name} has not started yet.")));
        let current = RwLock::new(Current { state, library: None, restarting: false });
        Self { name: name.to_owned(), config, limits, current, faults: Mutex::default(), retiring, metrics }
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of the connector that it is to run.
    #[must_use]
    pub fn connector(&self) -> &str {
        &self.config.connector
    }

    /// Whether it runs.
    #[must_use]
    pub fn state(&self) -> InstanceState {
        self.current.read().unwrap_or_else(PoisonError::into_inner).state.clone()
    }

    /// Whether it is left alone for a while, because it failed repeatedly.
    #[must_use]
    pub fn is_circuit_open(&self) -> bool {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).is_open(Instant::now())
    }

    /// What runs in it.
    ///
    /// # Errors
    /// [`ReasonCode::CONNECTOR_UNAVAILABLE`] where nothing does, or where it is left alone for a while.
    pub fn lease(&self) -> Result<Lease, ConnectorError> {
        if self.is_circuit_open() {
            let text =
                format!("The connector of {} failed repeatedly and is left alone for a while.", self.name);
            return Err(unavailable(text));
        }
        // The lease is taken under the lock, so that a replacement waits for it.
        match &self.current.read().unwrap_or_else(PoisonError::into_inner).state {
            InstanceState::Running(running) => Ok(running.lease()),
            InstanceState::Failed(error) => {
                Err(unavailable(format!("The instance {} does not run: {error}", self.name)))
            }
        }
    }

    /// Starts the library in this slot. What ran before goes on serving where that fails, and is retired where it does
    /// not.
    pub(super) async fn start(&self, library: Result<ConnectorLibrary, ConnectorError>) {
        let started = match library {
            Ok(library) => self.start_library(&library).await.map(|running| (running, library)),
            Err(error) => Err(error),
        };
        match started {
            Ok((running, library)) => self.replace(running, library),
            Err(error) => {
                tracing::error!(instance = %self.name, code = %error.reason, %error, "Instance did not start");
                let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
                if let InstanceState::Failed(_) = current.state {
                    current.state = InstanceState::Failed(error);
                }
            }
        }
    }

    async fn start_library(&self, library: &ConnectorLibrary) -> Result<RunningInstance, ConnectorError> {
        let mut options = StartOptions::new(&self.name, self.config.connector_settings());
        options.deadline = self.limits.call_deadline;
        let connector = library.start(options).await?;
        Ok(RunningInstance::new(&self.name, connector, library, self.rates(library)))
    }

    /// The limiters of what runs, where the declaration is the same: a replacement must not double the rate.
    fn rates(&self, library: &ConnectorLibrary) -> Arc<Rates> {
        let declared = &library.document().rates;
        match self.state() {
            InstanceState::Running(running) if running.document.rates == *declared => {
                Arc::clone(&running.rates)
            }
            _ => Arc::new(Rates::new(declared)),
        }
    }

    fn replace(&self, running: RunningInstance, library: ConnectorLibrary) {
        let sha256 = running.sha256.clone();
        let next = Current {
            state: InstanceState::Running(Arc::new(running)),
            library: Some(library),
            restarting: false,
        };
        let before =
            std::mem::replace(&mut *self.current.write().unwrap_or_else(PoisonError::into_inner), next);
        tracing::info!(instance = %self.name, %sha256, "Instance started");
        self.metrics.start(&self.name);
        if let InstanceState::Running(old) = before.state {
            self.retiring.spawn(async move { old.retire().await });
        }
    }

    /// Whether what runs was started from these bytes.
    pub(super) fn runs(&self, sha256: &str) -> bool {
        matches!(self.state(), InstanceState::Running(running) if running.sha256 == sha256)
    }

    /// Has the connector verify and normalise a webhook request, where a hang costs one thread and one place.
    ///
    /// # Errors
    /// Where the connector fails, or is not done in time, or too many requests wait for it.
    pub async fn receive(
        self: &Arc<Self>,
        request: WebhookRequest,
    ) -> Result<WebhookOutcome, ConnectorError> {
        let lease = self.lease()?;
        let deadline = self.limits.receive_deadline;
        let late = |what: &str| {
            let message = format!("The connector {what} within {deadline:?}.");
            ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_FAULT, message)
        };
        let place = tokio::time::timeout(deadline, Arc::clone(&lease.receiving).acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(unavailable(format!("Too many requests wait for the connector of {}.", self.name)));
        };
        let connector = Arc::clone(&lease.connector);
        let mut work = tokio::task::spawn_blocking(move || {
            let outcome = connector.try_receive(&request);
            drop(place);
            outcome
        });
        match tokio::time::timeout(deadline, &mut work).await {
            Ok(outcome) => {
                let outcome = outcome.unwrap_or_else(|_| Err(late("stopped")));
                self.judge(&lease, &outcome);
                outcome.map_err(not_verified)
            }
            Err(_) => {
                self.watch_late(lease, work);
                Err(late("did not verify the request"))
            }
        }
    }

    /// A verification is late. Where it ends after all, the machine was busy; where it does not, the connector hangs.
    fn watch_late(
        self: &Arc<Self>,
        lease: Lease,
        work: tokio::task::JoinHandle<Result<WebhookOutcome, ConnectorError>>,
    ) {
        let slot = Arc::clone(self);
        let patience = self.limits.receive_deadline * LATE_IS_HUNG;
        tokio::spawn(async move {
            let result = match tokio::time::timeout(patience, work).await {
                Ok(Ok(outcome)) => outcome.map(drop),
                _ => Err(ConnectorError::new(
                    ErrorClass::Unavailable,
                    ReasonCode::CONNECTOR_FAULT,
                    "The connector hangs while it verifies a request.",
                )),
            };
            slot.judge(&lease, &result);
        });
    }

    /// Waits for one of the places for operations.
    ///
    /// # Errors
    /// Never while the host runs.
    pub(crate) async fn place(
        &self,
        lease: &Lease,
    ) -> Result<tokio::sync::OwnedSemaphorePermit, ConnectorError> {
        let place = Arc::clone(&lease.calling).acquire_owned().await;
        place.map_err(|_| unavailable("The host stops.".to_owned()))
    }

    /// Takes note of how a call went: repeated faults open the circuit, and a broken instance is made anew.
    pub(crate) fn judge<T>(self: &Arc<Self>, lease: &Lease, result: &Result<T, ConnectorError>) {
        let faulty = matches!(result, Err(error) if error.reason == ReasonCode::CONNECTOR_FAULT);
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        if faulty {
            self.metrics.fault(&self.name);
            if let Some(pause) = faults.fault(Instant::now()) {
                tracing::error!(instance = %self.name, ?pause, "Connector failed repeatedly; circuit opened");
                self.metrics.circuit(&self.name, true);
            }
        } else if faults.success(Instant::now()) {
            tracing::info!(instance = %self.name, "Connector works again; circuit closed");
            self.metrics.circuit(&self.name, false);
        }
        drop(faults);
        if lease.connector.is_broken() && self.begin_restart(lease) {
            let slot = Arc::clone(self);
            self.retiring.spawn(async move { slot.restart().await });
        }
    }

    /// Whether it falls to the caller to make the instance of `lease` anew.
    fn begin_restart(&self, lease: &Lease) -> bool {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let InstanceState::Running(running) = &current.state else {
            return false;
        };
        let ours = Arc::ptr_eq(&running.connector, &lease.connector) && !current.restarting;
        current.restarting |= ours;
        ours
    }

    async fn restart(&self) {
        let library = self.current.read().unwrap_or_else(PoisonError::into_inner).library.clone();
        let Some(library) = library else { return };
        tracing::warn!(instance = %self.name, "Connector panicked; the instance is made anew");
        match self.start_library(&library).await {
            Ok(running) => self.replace(running, library),
            Err(error) => {
                tracing::error!(instance = %self.name, %error, "Instance cannot be made anew");
                tokio::time::sleep(RESTART_PAUSE).await;
                self.current.write().unwrap_or_else(PoisonError::into_inner).restarting = false;
            }
        }
    }

    /// Ends what runs.
    pub(super) async fn stop(&self) {
        if let InstanceState::Running(running) = self.state() {
            running.connector.shutdown().await;
        }
    }
}

/// Whatever became of it in the connector, nothing was taken over: the platform may deliver it again.
fn not_verified(mut error: ConnectorError) -> ConnectorError {
    error.class = ErrorClass::Unavailable;
    error
}
