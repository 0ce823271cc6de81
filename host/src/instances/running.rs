//! A started instance, and the right to call it.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use connector_api::CapabilityDocument;
use connector_loader::{Instance, Isolation};
use tokio::sync::Semaphore;
use tokio_util::task::{TaskTracker, task_tracker::TaskTrackerToken};

use super::Rates;

/// Webhook requests of one instance that are verified at once; a hang costs one place.
const RECEIVING_AT_ONCE: usize = 16;
/// Operations of one instance that run at once.
const CALLS_AT_ONCE: usize = 64;
/// So many places for verifications may be lost to hangs before the instance is given up.
const HANGS: usize = RECEIVING_AT_ONCE / 2;

/// A started instance of a connector.
#[derive(Debug)]
pub struct RunningInstance {
    /// Its name in the configuration.
    pub name: String,
    /// The connector.
    pub connector: Arc<Instance>,
    /// What its channel can do.
    pub document: Arc<CapabilityDocument>,
    /// What it may ask of its platform.
    pub rates: Arc<Rates>,
    /// SHA-256 of the library, in hexadecimal.
    pub sha256: String,
    /// Where its code runs.
    pub isolation: Isolation,
    /// How long one call may take.
    pub call_deadline: Duration,
    pub(super) receiving: Arc<Semaphore>,
    pub(super) calling: Arc<Semaphore>,
    /// Verifications that hang.
    hanging: AtomicUsize,
    in_use: TaskTracker,
}

/// The right to call what runs in a slot. Whoever holds one keeps it running when it is replaced.
#[derive(Debug, Clone)]
pub struct Lease {
    instance: Arc<RunningInstance>,
    _in_use: TaskTrackerToken,
}

impl Lease {
    /// The instance, which may be retired from now on.
    pub(super) fn released(self) -> Arc<RunningInstance> {
        self.instance
    }
}

impl Deref for Lease {
    type Target = RunningInstance;

    fn deref(&self) -> &RunningInstance {
        &self.instance
    }
}

impl RunningInstance {
    pub(super) fn new(
        name: &str,
        connector: Instance,
        library: &connector_loader::ConnectorLibrary,
        rates: Arc<Rates>,
        call_deadline: Duration,
    ) -> Self {
        Self {
            name: name.to_owned(),
            connector: Arc::new(connector),
            document: Arc::clone(library.document()),
            rates,
            sha256: library.sha256().to_owned(),
            isolation: library.isolation(),
            call_deadline,
            receiving: Arc::new(Semaphore::new(RECEIVING_AT_ONCE)),
            calling: Arc::new(Semaphore::new(CALLS_AT_ONCE)),
            hanging: AtomicUsize::new(0),
            in_use: TaskTracker::new(),
        }
    }

    pub(super) fn lease(self: &Arc<Self>) -> Lease {
        Lease { instance: Arc::clone(self), _in_use: self.in_use.token() }
    }

    /// Counts a verification that hangs; whether they are too many.
    pub(super) fn one_more_hangs(&self) -> bool {
        self.hanging.fetch_add(1, Ordering::Relaxed) + 1 >= HANGS
    }

    /// One that hung has ended after all.
    pub(super) fn one_less_hangs(&self) {
        self.hanging.fetch_sub(1, Ordering::Relaxed);
    }

    /// Waits until nobody holds a lease any more, then ends it.
    pub(super) async fn retire(&self) {
        self.in_use.close();
        self.in_use.wait().await;
        self.connector.shutdown().await;
    }
}
