//! What is looked at: one library file, loaded as a host loads it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use connector_api::{
    CapabilityDocument, ConnectorError, WebhookOutcome, WebhookRequest, capabilities::document::DeliveryWay,
};
use connector_loader::{ConnectorLibrary, Instance, Isolation, LoadError, LoadPolicy, StartOptions, inspect};
use serde_json::{Map, Value};
use tokio::{net::TcpListener, sync::OnceCell};

use crate::{
    Outcome, Samples, SamplesSource,
    claims::Claims,
    exercise::{Called, Received},
    platform::FakePlatform,
    records::Records,
};

/// How long a request may take to be read, and an operation to be performed.
pub(crate) const WITHIN: Duration = Duration::from_secs(2);
const ENDS_WITHIN: Duration = Duration::from_millis(500);
/// Why nothing that needs an instance can be looked at.
pub(crate) const NO_SAMPLES: &str =
    "no samples were found, and without settings no instance starts; name a file with --samples FILE";
/// Nobody listens there.
const NOBODY: &str = "http://127.0.0.1:1";

/// What is to be looked at, and how far.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The library file.
    pub file: PathBuf,
    /// Its samples; `None`: beside the file.
    pub samples: Option<PathBuf>,
    /// The program `connector-worker`; `None`: beside the running program.
    pub worker: Option<PathBuf>,
    /// Checks above it are left out.
    pub level: u8,
    /// Only these checks, whatever their level; all where there is none.
    pub only: Vec<String>,
    /// Decides what is drawn.
    pub seed: u64,
    /// Checks that do not count, and why.
    pub exclude: BTreeMap<String, String>,
    /// A command that starts a fake platform, word by word.
    pub platform: Vec<String>,
}

impl Options {
    /// Of this file, as far as it goes without a fake platform.
    #[must_use]
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self {
            file: file.into(),
            samples: None,
            worker: None,
            level: 3,
            only: Vec::new(),
            seed: 1,
            exclude: BTreeMap::new(),
            platform: Vec::new(),
        }
    }
}

/// Why the kit cannot say anything.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KitError {
    /// The library file is not there, or cannot be opened.
    #[error("{}: {}", .0.display(), .1)]
    File(PathBuf, std::io::Error),
    /// The samples cannot be read.
    #[error("the samples {}: {}", .0.display(), .1)]
    Samples(PathBuf, String),
    /// What is to be left out, or to be made alone, is no check.
    #[error("no check has the id {0:?}; --list shows them")]
    NoSuchCheck(String),
    /// Without this check a file that is no library would do.
    #[error("{0} cannot be left out: nothing holds of a file that does not load")]
    Indispensable(String),
    /// The machine refuses something.
    #[error("{0}")]
    System(#[from] std::io::Error),
    /// Nothing can be seen of the library, for this reason.
    #[error("{0}")]
    DoesNotStart(String),
    /// The program for trials and workers does not work.
    #[error("{0}")]
    Worker(LoadError),
}

/// One library, and what was seen of it so far.
pub(crate) struct Subject {
    pub(crate) options: Options,
    pub(crate) samples: Samples,
    pub(crate) source: SamplesSource,
    pub(crate) loaded: Result<ConnectorLibrary, LoadError>,
    /// The document as it stands in the file; `Null` where there is none.
    pub(crate) json: Value,
    pub(crate) records: Records,
    pub(crate) received: OnceCell<Received>,
    pub(crate) called: OnceCell<Called>,
    pub(crate) platform: OnceCell<Result<FakePlatform, String>>,
    /// Another one, whose clock stands still.
    pub(crate) still: OnceCell<Result<FakePlatform, String>>,
    pub(crate) claims: Claims,
    tarpit: OnceLock<String>,
}

impl Subject {
    pub(crate) async fn of(options: Options, records: Records) -> Result<Self, KitError> {
        if let Err(error) = std::fs::File::open(&options.file) {
            return Err(KitError::File(options.file, error));
        }
        let source = SamplesSource::of(options.samples.as_deref(), &options.file);
        let none = || serde_json::from_value(Value::Object(Map::new()));
        let samples = match &source {
            SamplesSource::File(path) => Samples::read(path)?,
            SamplesSource::NotFound(_) => {
                none().map_err(|error| KitError::Samples(PathBuf::new(), error.to_string()))?
            }
        };
        let json = inspect(&options.file).ok();
        let json = json.and_then(|found| serde_json::from_slice(&found.document_bytes).ok());
        let loaded = ConnectorLibrary::load(&options.file, &policy(&options)).await;
        if let Err(error) = &loaded
            && error.code == connector_loader::TRIAL_NOT_MADE
        {
            return Err(KitError::Worker(error.clone()));
        }
        Ok(Self {
            options,
            samples,
            source,
            loaded,
            json: json.unwrap_or_default(),
            records,
            received: OnceCell::new(),
            called: OnceCell::new(),
            platform: OnceCell::new(),
            still: OnceCell::new(),
            claims: Claims::default(),
            tarpit: OnceLock::new(),
        })
    }

    /// The document; nothing is asked about it before it is known to load.
    pub(crate) fn document(&self) -> Option<Arc<CapabilityDocument>> {
        self.loaded.as_ref().ok().map(|library| Arc::clone(library.document()))
    }

    /// An instance whose platform nobody reaches.
    pub(crate) async fn start(&self) -> Result<Arc<Instance>, ConnectorError> {
        self.start_with(self.samples.settings_with(NOBODY).into(), WITHIN).await
    }

    /// An instance whose platform never answers.
    pub(crate) async fn start_in_a_tarpit(&self) -> Result<Arc<Instance>, ConnectorError> {
        let address = match self.tarpit.get() {
            Some(address) => address.clone(),
            None => {
                let address = tarpit().await.unwrap_or_else(|_| NOBODY.to_owned());
                self.tarpit.get_or_init(|| address).clone()
            }
        };
        self.start_with(self.samples.settings_with(&address).into(), WITHIN * 5).await
    }

    /// An instance with these settings.
    pub(crate) async fn start_with(
        &self,
        settings: Value,
        deadline: Duration,
    ) -> Result<Arc<Instance>, ConnectorError> {
        let Ok(library) = &self.loaded else {
            return Err(ConnectorError::settings("the file does not load"));
        };
        let mut options = StartOptions::new("conformance", settings);
        options.deadline = deadline;
        library.start(options).await.map(Arc::new)
    }
}

/// Ends an instance; one that does not end is left to its end with this process.
pub(crate) async fn end(instance: &Instance) {
    // How long it takes is looked at elsewhere.
    let _ended = tokio::time::timeout(ENDS_WITHIN, instance.shutdown()).await;
}

/// Has a request read where a hang costs a thread and nothing else.
pub(crate) async fn receive(
    instance: &Arc<Instance>,
    request: WebhookRequest,
) -> Result<WebhookOutcome, ConnectorError> {
    let instance = Arc::clone(instance);
    let read = tokio::task::spawn_blocking(move || instance.try_receive(&request)).await;
    read.unwrap_or_else(|_| Err(ConnectorError::uncertain("the thread stopped")))
}

fn policy(options: &Options) -> LoadPolicy {
    let beside = || std::env::current_exe().map(|own| own.with_file_name("connector-worker"));
    let worker = options.worker.clone().or_else(|| beside().ok());
    let mut policy = LoadPolicy::new(worker.unwrap_or_else(|| Path::new("connector-worker").to_owned()));
    policy.isolation = Some(Isolation::Process);
    policy
}

/// An address where connections are taken and nobody says anything.
async fn tarpit() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            held.push(connection);
        }
    });
    Ok(address)
}

impl Subject {
    /// Why no instance started: without samples that is not the connector's fault.
    pub(crate) fn why_not_started(&self, error: &ConnectorError) -> String {
        match self.source {
            SamplesSource::File(_) => format!("no instance starts: {error}"),
            SamplesSource::NotFound(_) => NO_SAMPLES.to_owned(),
        }
    }

    /// Why webhooks cannot be looked at; `None` where there are samples of them.
    pub(crate) fn without_webhooks(&self) -> Option<Outcome> {
        let why = match self.source {
            _ if !self.samples.webhooks.is_empty() => return None,
            _ if self.polls() => {
                return Some(Outcome::NotApplicable("the channel is polled, and posts nothing".to_owned()));
            }
            SamplesSource::File(_) => "conformance.json has no \"webhooks\"",
            SamplesSource::NotFound(_) => NO_SAMPLES,
        };
        Some(Outcome::Skipped(why.to_owned()))
    }

    /// Why there is no fake platform to ask; `None` where there is one.
    pub(crate) fn without_platform(&self) -> Option<Outcome> {
        let why = if self.options.platform.is_empty() {
            "there is no fake platform; give one with --platform"
        } else if self.polls() {
            "the channel is polled, and the kit takes what a fake platform tells by webhooks only"
        } else {
            return None;
        };
        Some(Outcome::Skipped(why.to_owned()))
    }

    /// Whether the host asks for what is new.
    pub(crate) fn polls(&self) -> bool {
        self.document().is_some_and(|document| document.delivery.by == DeliveryWay::Poll)
    }
}
