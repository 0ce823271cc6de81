//! The instances of the configuration, each with its connector from the folder.
//!
//! A file that cannot be loaded, or an instance that cannot start, costs only itself: it is reported, and the host
//! runs on. A [`Slot`] is an instance's place for the life of the host; what runs in it can be replaced.

mod faults;
mod folder;
mod keeper;
mod rates;
mod running;
pub mod settings;
mod slot;
mod watch;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use connector_api::{CapabilityDocument, ConnectorError, ErrorClass, ReasonCode};
use futures_util::future::join_all;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) use self::slot::not_verified;
use self::{folder::Folder, keeper::Keeper};
pub use self::{
    folder::{FileReport, FileState, list},
    rates::Rates,
    running::{Lease, RunningInstance},
    slot::{InstanceState, Slot},
};
use crate::{config::Config, metrics::Metrics};

/// How long the host waits for instances before it serves without them.
const START_WITHIN: Duration = Duration::from_secs(15);

/// Every configured instance, and every file of the connector folder.
#[derive(Debug)]
pub struct Instances {
    slots: BTreeMap<String, Arc<Slot>>,
    folder: RwLock<Folder>,
    /// What lay in the folder before it was loaded.
    seen: watch::Seen,
    /// Ends the slots' keepers.
    stopping: CancellationToken,
}

impl Instances {
    /// Loads the folder's files and starts every instance that can be started. What takes too long goes on starting
    /// while the host serves.
    pub(crate) async fn start(config: &Config, running: &TaskTracker, metrics: &Arc<Metrics>) -> Self {
        let seen = watch::look(&config.connectors.dir);
        let folder = Folder::load(&config.connectors.dir, &config.connectors.policy(), &[], &[]).await;
        let stopping = CancellationToken::new();
        let mut slots = BTreeMap::new();
        let mut tries = Vec::new();
        for (name, instance) in &config.instances {
            let slot = Arc::new(Slot::new(
                name,
                instance.clone(),
                config.limits.clone(),
                running.clone(),
                Arc::clone(metrics),
            ));
            slot.want(folder.library(&instance.connector));
            let (tried, mut first) = tokio::sync::watch::channel(false);
            tokio::spawn(Keeper::of(Arc::clone(&slot)).keep(tried, stopping.clone()));
            tries.push(async move {
                // Where the keeper is gone, nothing more is tried.
                let _tried = first.wait_for(|tried| *tried).await;
            });
            slots.insert(name.clone(), slot);
        }
        if tokio::time::timeout(START_WITHIN, join_all(tries)).await.is_err() {
            tracing::warn!("Some instances take long to start; the host serves the others meanwhile");
        }
        Self { slots, folder: RwLock::new(folder), seen, stopping }
    }

    /// Notices new and replaced files until the host stops.
    pub(crate) async fn watch(&self, config: &Config, stopping: &CancellationToken) {
        watch::watch(self, config, stopping).await;
    }

    /// Every file of the folder and what became of it.
    #[must_use]
    pub fn files(&self) -> Vec<FileReport> {
        self.folder.read().unwrap_or_else(PoisonError::into_inner).files.clone()
    }

    /// Every configured instance, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Slot>> {
        self.slots.values()
    }

    /// The instance of that name; `None` where none is configured.
    #[must_use]
    pub fn slot(&self, name: &str) -> Option<&Arc<Slot>> {
        self.slots.get(name)
    }

    /// What the channel of the instance of that name can do.
    ///
    /// # Errors
    /// [`ReasonCode::CONNECTOR_UNAVAILABLE`] where nothing runs in it.
    pub fn document(&self, name: &str) -> Result<Arc<CapabilityDocument>, ConnectorError> {
        self.slot(name).ok_or_else(|| not_configured(name))?.document()
    }

    /// What runs in the instance of that name.
    ///
    /// # Errors
    /// [`ReasonCode::CONNECTOR_UNAVAILABLE`] where nothing does.
    pub fn lease(&self, name: &str) -> Result<Lease, ConnectorError> {
        self.slot(name).ok_or_else(|| not_configured(name))?.lease()
    }

    /// Ends every instance, all at once: one that does not end holds up nobody else.
    pub(crate) async fn stop(&self) {
        self.stopping.cancel();
        join_all(self.slots.values().map(|slot| slot.stop())).await;
    }
}

fn not_configured(name: &str) -> ConnectorError {
    unavailable(format!("No instance is named {name}."))
}

fn unavailable(message: String) -> ConnectorError {
    ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_UNAVAILABLE, message)
}
