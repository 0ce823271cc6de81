//! An instance's place for the life of the host: what runs in it, and how it has fared.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Instant,
};

use connector_api::{
    CapabilityDocument, ConnectorError, ErrorClass, ReasonCode, WebhookOutcome, WebhookRequest,
    capabilities::document::{RateLimit, RateScope},
};
use connector_loader::{ConnectorLibrary, StartOptions};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::task::TaskTracker;

use super::{Lease, Rates, RunningInstance, faults::Faults, settings, unavailable};
use crate::{
    config::{InstanceConfig, Limits},
    metrics::Metrics,
};

/// A verification that takes so many deadlines more hangs, and is not only late.
const LATE_IS_HUNG: u32 = 2;

type Verified = Result<WebhookOutcome, ConnectorError>;

/// An instance's place for the life of the host.
#[derive(Debug)]
pub struct Slot {
    name: String,
    config: InstanceConfig,
    limits: Limits,
    state: RwLock<InstanceState>,
    /// What it is to run.
    wanted: watch::Sender<Option<Wanted>>,
    faults: Mutex<Faults>,
    /// Retired instances that are still in use.
    retiring: TaskTracker,
    metrics: Arc<Metrics>,
}

/// The library that an instance is to run, or why there is none.
pub(super) type Wanted = Result<ConnectorLibrary, ConnectorError>;

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
        Self {
            name: name.to_owned(),
            config,
            limits,
            state: RwLock::new(state),
            wanted: watch::Sender::new(None),
            faults: Mutex::default(),
            retiring,
            metrics,
        }
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

    /// SHA-256 of what the configuration says of it, without the secrets.
    pub(crate) fn configuration_sha256(&self) -> String {
        self.config.digest()
    }

    /// What the operator set in place of the declared rate of the app.
    pub(crate) fn app_rate(&self) -> Option<u32> {
        self.config.app_rate
    }

    /// Whether it runs.
    #[must_use]
    pub fn state(&self) -> InstanceState {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it is left alone for a while, because it failed repeatedly.
    #[must_use]
    pub fn is_circuit_open(&self) -> bool {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).is_open(Instant::now())
    }

    /// What the channel of what runs in it can do, also while that is left alone.
    ///
    /// # Errors
    /// [`ReasonCode::CONNECTOR_UNAVAILABLE`] where nothing runs.
    pub fn document(&self) -> Result<Arc<CapabilityDocument>, ConnectorError> {
        match self.state() {
            InstanceState::Running(running) => Ok(Arc::clone(&running.document)),
            InstanceState::Failed(error) => Err(self.does_not_run(&error)),
        }
    }

    fn does_not_run(&self, error: &ConnectorError) -> ConnectorError {
        unavailable(format!("The instance {} does not run: {error}", self.name))
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
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            InstanceState::Running(running) => Ok(running.lease()),
            InstanceState::Failed(error) => Err(self.does_not_run(error)),
        }
    }

    /// What it is to run from now on; its keeper sees to it.
    pub(super) fn want(&self, wanted: Wanted) {
        self.wanted.send_if_modified(|now| {
            let same = match (&now, &wanted) {
                (Some(Ok(now)), Ok(wanted)) => {
                    now.sha256() == wanted.sha256() && now.isolation() == wanted.isolation()
                }
                _ => false,
            };
            *now = Some(wanted);
            !same
        });
    }

    pub(super) fn wanted(&self) -> watch::Receiver<Option<Wanted>> {
        self.wanted.subscribe()
    }

    /// A new instance of the library, which serves nobody yet.
    pub(super) async fn start(&self, library: &ConnectorLibrary) -> Result<RunningInstance, ConnectorError> {
        let rates = self.rates(library)?;
        let settings = settings::for_connector(library.document(), &self.config)?;
        let mut options = StartOptions::new(&self.name, settings.into());
        options.deadline = self.limits.call_deadline;
        let connector = library.start(options).await?;
        Ok(RunningInstance::new(&self.name, connector, library, rates, self.limits.call_deadline))
    }

    /// The limiters of what runs, where the declaration is the same: a replacement must not double the rate.
    fn rates(&self, library: &ConnectorLibrary) -> Result<Arc<Rates>, ConnectorError> {
        let declared = &library.document().rates;
        match self.state() {
            InstanceState::Running(running) if running.document.rates == *declared => {
                Ok(Arc::clone(&running.rates))
            }
            _ => Ok(Arc::new(Rates::new(&with_app_rate(declared, self.config.app_rate)?))),
        }
    }

    /// Puts an instance, or why there is none, into the slot and retires the one before.
    pub(super) fn put(&self, state: InstanceState) {
        if let InstanceState::Running(running) = &state {
            tracing::info!(instance = %self.name, sha256 = %running.sha256, "Instance started");
            self.metrics.start(&self.name);
        }
        let before =
            std::mem::replace(&mut *self.state.write().unwrap_or_else(PoisonError::into_inner), state);
        if let InstanceState::Running(old) = before {
            self.retiring.spawn(async move { old.retire().await });
        }
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
                self.judge(&outcome);
                outcome.map_err(not_verified)
            }
            Err(_) => {
                tokio::spawn(Arc::clone(self).watch_late(lease, work));
                Err(late("did not verify the request"))
            }
        }
    }

    /// A verification is late. Where it ends after all, the machine was busy; where it does not, the connector hangs,
    /// and is given up when too many of its places hang.
    async fn watch_late(self: Arc<Self>, lease: Lease, mut work: JoinHandle<Verified>) {
        let patience = self.limits.receive_deadline * LATE_IS_HUNG;
        lease.connector.suspect();
        if let Ok(Ok(outcome)) = tokio::time::timeout(patience, &mut work).await {
            return self.judge(&outcome);
        }
        let text = "The connector hangs while it verifies a request.";
        let error = ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_FAULT, text);
        self.judge::<()>(&Err(error));
        if lease.one_more_hangs() {
            lease.connector.give_up();
        }
        let running = lease.released();
        // Where a worker was ended, for one, it comes back.
        if work.await.is_ok() {
            running.one_less_hangs();
        }
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

    /// Makes a call once there is a place for it, here and in the rate that all requests share; takes note of how it went.
    ///
    /// # Errors
    /// As of the call.
    pub(crate) async fn placed<T>(
        &self,
        lease: &Lease,
        call: impl Future<Output = Result<T, ConnectorError>>,
    ) -> Result<T, ConnectorError> {
        self.placed_after(lease, lease.rates.instance(), call).await
    }

    /// The same, where its turn in the rates comes otherwise.
    ///
    /// # Errors
    /// As of the call.
    pub(crate) async fn placed_after<T>(
        &self,
        lease: &Lease,
        turn: impl Future<Output = ()>,
        call: impl Future<Output = Result<T, ConnectorError>>,
    ) -> Result<T, ConnectorError> {
        let _place = self.place(lease).await?;
        turn.await;
        let answer = call.await;
        self.judge(&answer);
        answer
    }

    /// Takes note of how a call went: repeated faults open the circuit.
    pub(crate) fn judge<T>(&self, result: &Result<T, ConnectorError>) {
        let reason = result.as_ref().err().map(|error| &error.reason);
        if reason == Some(&ReasonCode::CONNECTOR_LATE) {
            // Its platform may be slow; that says nothing of the connector, neither good nor bad.
            return;
        }
        let faulty = reason.is_some_and(ReasonCode::is_connector_fault);
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
    }

    /// Ends what runs.
    pub(super) async fn stop(&self) {
        if let InstanceState::Running(running) = self.state() {
            running.connector.shutdown().await;
        }
    }
}

/// What is declared, with what the operator set in place of the app's rate.
fn with_app_rate(declared: &[RateLimit], max: Option<u32>) -> Result<Vec<RateLimit>, ConnectorError> {
    let mut rates = declared.to_vec();
    let Some(max) = max else { return Ok(rates) };
    let of_app = rates.iter_mut().find(|rate| rate.scope == RateScope::App && rate.configurable);
    let fixed =
        "app_rate is set, but the connector declares no rate of the app that can be configured; remove it.";
    of_app.ok_or_else(|| ConnectorError::settings(fixed))?.max = max;
    Ok(rates)
}

/// Whatever became of it in the connector, nothing was taken over: the platform may deliver it again.
pub(crate) fn not_verified(mut error: ConnectorError) -> ConnectorError {
    error.class = ErrorClass::Unavailable;
    error
}
