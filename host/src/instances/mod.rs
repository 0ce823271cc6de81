//! The instances of the configuration, each with its connector loaded from the folder.
//!
//! A file that cannot be loaded, or an instance that cannot start, costs only itself: it is reported, and the host
//! runs on.

mod folder;
mod rates;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connector_api::{
    CapabilityDocument, ConnectorError, ErrorClass, ReasonCode, WebhookOutcome, WebhookRequest,
};
use connector_loader::{ConnectorLibrary, Instance, StartOptions};
use tokio::sync::Semaphore;

pub use self::{
    folder::{FileReport, FileState},
    rates::Rates,
};
use crate::config::{Config, InstanceConfig};

/// Webhook requests of one instance that are verified at once; a hang costs one place.
const RECEIVING_AT_ONCE: usize = 16;

/// Every configured instance, and every file of the connector folder.
#[derive(Debug)]
pub struct Instances {
    by_name: BTreeMap<String, InstanceState>,
    files: Vec<FileReport>,
}

/// Whether an instance runs.
#[derive(Debug, Clone)]
pub enum InstanceState {
    /// It does.
    Running(Arc<RunningInstance>),
    /// It could not start.
    Failed {
        /// The connector that it is to run.
        connector: String,
        /// Why.
        error: ConnectorError,
    },
}

impl Instances {
    /// Loads the folder's files and starts every instance that can be started. Blocks.
    #[must_use]
    pub fn start(config: &Config) -> Self {
        let folder = folder::load(&config.connectors.dir);
        let start = |(name, instance): (&String, &InstanceConfig)| {
            let started = folder
                .library(&instance.connector)
                .and_then(|library| RunningInstance::start(name, instance, library, config));
            let state = match started {
                Ok(running) => InstanceState::Running(Arc::new(running)),
                Err(error) => {
                    tracing::error!(instance = %name, code = %error.reason, %error, "Instance did not start");
                    InstanceState::Failed { connector: instance.connector.clone(), error }
                }
            };
            (name.clone(), state)
        };
        let by_name = config.instances.iter().map(start).collect();
        Self { by_name, files: folder.files }
    }

    /// Every file of the folder.
    #[must_use]
    pub fn files(&self) -> &[FileReport] {
        &self.files
    }

    /// Every configured instance by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &InstanceState)> {
        self.by_name.iter().map(|(name, state)| (name.as_str(), state))
    }

    /// The running instances.
    pub fn running(&self) -> impl Iterator<Item = &Arc<RunningInstance>> {
        self.by_name.values().filter_map(|state| match state {
            InstanceState::Running(running) => Some(running),
            InstanceState::Failed { .. } => None,
        })
    }

    /// The instance of that name; `None` where none is configured.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&InstanceState> {
        self.by_name.get(name)
    }

    /// The running instance of that name.
    ///
    /// # Errors
    /// [`ReasonCode::CONNECTOR_UNAVAILABLE`] where it does not run.
    pub fn get(&self, name: &str) -> Result<&Arc<RunningInstance>, ConnectorError> {
        match self.by_name.get(name) {
            Some(InstanceState::Running(running)) => Ok(running),
            Some(InstanceState::Failed { error, .. }) => {
                Err(unavailable(format!("The instance {name} does not run: {error}")))
            }
            None => Err(unavailable(format!("No instance is named {name}."))),
        }
    }
}

fn unavailable(message: String) -> ConnectorError {
    ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_UNAVAILABLE, message)
}

/// One instance with its connector.
#[derive(Debug)]
pub struct RunningInstance {
    /// Its name in the configuration.
    pub name: String,
    /// The connector.
    pub connector: Arc<Instance>,
    /// What its channel can do.
    pub document: Arc<CapabilityDocument>,
    /// What it may ask of its platform.
    pub rates: Rates,
    receiving: Arc<Semaphore>,
    receive_deadline: Duration,
}

impl RunningInstance {
    fn start(
        name: &str,
        instance: &InstanceConfig,
        library: &ConnectorLibrary,
        config: &Config,
    ) -> Result<Self, ConnectorError> {
        let mut options = StartOptions::new(name, instance.connector_settings());
        options.deadline = config.limits.call_deadline;
        let connector = Arc::new(library.start(options)?);
        let document = Arc::clone(library.document());
        Ok(Self {
            name: name.to_owned(),
            connector,
            rates: Rates::new(&document.rates),
            document,
            receiving: Arc::new(Semaphore::new(RECEIVING_AT_ONCE)),
            receive_deadline: config.limits.receive_deadline,
        })
    }

    /// Has the connector verify and normalise a webhook request, where a hang costs one thread and one place.
    ///
    /// # Errors
    /// Where the connector fails, or is not done in time, or too many requests wait for it.
    pub async fn receive(&self, request: WebhookRequest) -> Result<WebhookOutcome, ConnectorError> {
        let late = || {
            let message =
                format!("The connector did not verify the request within {:?}.", self.receive_deadline);
            ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_FAULT, message)
        };
        let verify = async {
            let place = Arc::clone(&self.receiving).acquire_owned().await.map_err(|_| late())?;
            let connector = Arc::clone(&self.connector);
            let work = move || {
                let outcome = connector.try_receive(&request);
                drop(place);
                outcome
            };
            tokio::task::spawn_blocking(work).await.map_err(|_| late())?
        };
        tokio::time::timeout(self.receive_deadline, verify).await.map_err(|_| late())?
    }
}
