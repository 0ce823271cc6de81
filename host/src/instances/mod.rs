//! The instances of the configuration, each with its connector from the folder.
//!
//! A file that cannot be loaded, or an instance that cannot start, costs only itself: it is reported, and the host
//! runs on. A [`Slot`] is an instance's place for the life of the host; what runs in it can be replaced.

mod faults;
mod folder;
mod rates;
mod running;
mod slot;
mod watch;

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use connector_api::{CapabilityDocument, ConnectorError, ErrorClass, ReasonCode};
use futures_util::future::join_all;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::folder::Folder;
pub use self::{
    folder::{FileReport, FileState, list},
    rates::Rates,
    running::{Lease, RunningInstance},
    slot::{InstanceState, Slot},
};
use crate::{config::Config, metrics::Metrics};

/// Every configured instance, and every file of the connector folder.
#[derive(Debug)]
pub struct Instances {
    slots: BTreeMap<String, Arc<Slot>>,
    folder: RwLock<Folder>,
}

impl Instances {
    /// Loads the folder's files and starts every instance that can be started.
    pub(crate) async fn start(config: &Config, running: &TaskTracker, metrics: &Arc<Metrics>) -> Self {
        let folder = Folder::load(&config.connectors.dir, &config.connectors.policy(), &[]).await;
        let mut slots = BTreeMap::new();
        for (name, instance) in &config.instances {
            let slot = Arc::new(Slot::new(
                name,
                instance.clone(),
                config.limits.clone(),
                running.clone(),
                Arc::clone(metrics),
            ));
            slot.start(folder.library(&instance.connector)).await;
            slots.insert(name.clone(), slot);
        }
        Self { slots, folder: RwLock::new(folder) }
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
        join_all(self.slots.values().map(|slot| slot.stop())).await;
    }
}

fn not_configured(name: &str) -> ConnectorError {
    unavailable(format!("No instance is named {name}."))
}

fn unavailable(message: String) -> ConnectorError {
    ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_UNAVAILABLE, message)
}
