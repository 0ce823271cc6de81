//! A checked and tried connector library, and starting instances of it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use connector_abi::ConnectorMod_Ref;
use connector_api::{CapabilityDocument, ConnectorError, boundary::StartRequest};
use serde_json::Value;

use crate::{
    Inspected, Instance, LoadError, LoadPolicy, Manifest, Step, Voucher,
    copies::{Copies, no_image},
    error::Failed,
    faults::{fault, from_abi, not_reached},
    file, host_api,
    image::Image,
    in_process::InProcess,
    open,
    quarantine::Quarantine,
    trial::{TrialFailed, trial},
    worker::{Launch, Remote},
};

/// A connector library that can be started. Cloning shares it; dropping does not unload it.
#[derive(Clone)]
pub struct ConnectorLibrary {
    path: PathBuf,
    manifest: Manifest,
    document: Arc<CapabilityDocument>,
    sha256: String,
    voucher: Voucher,
    home: Home,
}

/// Where the library's code runs.
#[derive(Clone)]
enum Home {
    ThisProcess(Arc<Copies>),
    Workers(Launch),
}

/// Where a library's code runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// In the host's process: a crash of the connector is the host's.
    InProcess,
    /// In a process of its own for each instance.
    Process,
}

/// How to start an instance.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StartOptions {
    /// The instance's name in the host's configuration.
    pub instance: String,
    /// The instance's settings, secrets included.
    pub settings: Value,
    /// How long one operation may take.
    pub deadline: Duration,
    /// Threads of the library's runtime; the first instance of a library decides.
    pub worker_threads: usize,
}

impl StartOptions {
    /// With a deadline of 30 seconds and one thread.
    #[must_use]
    pub fn new(instance: impl Into<String>, settings: Value) -> Self {
        Self { instance: instance.into(), settings, deadline: Duration::from_secs(30), worker_threads: 1 }
    }
}

impl ConnectorLibrary {
    /// Takes the file at `path` through every step of the policy.
    ///
    /// # Errors
    /// The first step that fails.
    pub async fn load(path: &Path, policy: &LoadPolicy) -> Result<Self, LoadError> {
        Self::load_again(path, policy, &[]).await
    }

    /// As [`load`](Self::load); where the file holds the same bytes as one of `known`, that one serves again, tried and
    /// opened as it is: a library is never unloaded, so that each opening would stay for ever.
    ///
    /// # Errors
    /// As there.
    pub async fn load_again(path: &Path, policy: &LoadPolicy, known: &[Self]) -> Result<Self, LoadError> {
        load(path, policy, known).await.map_err(|failed| failed.of(path))
    }

    /// Starts an instance.
    ///
    /// # Errors
    /// What the connector says against its settings, or that it failed.
    pub async fn start(&self, options: StartOptions) -> Result<Instance, ConnectorError> {
        let StartOptions { instance, settings, deadline, worker_threads } = options;
        let request = StartRequest { instance, settings, worker_threads: Some(worker_threads) };
        let request = serde_json::to_vec(&request).map_err(|error| {
            ConnectorError::settings(format!("the settings cannot be serialised: {error}"))
        })?;
        let document = Arc::clone(&self.document);
        match &self.home {
            Home::ThisProcess(copies) => {
                let copy = copies.newest();
                let new = copy.module.new();
                let work = move || new(request.into(), host_api::functions()).into_result();
                let started = tokio::time::timeout(deadline, tokio::task::spawn_blocking(work)).await;
                let started = started.map_err(|_| fault("it did not start in time"))?;
                let object = started.map_err(|_| fault("its thread stopped"))?.map_err(|e| from_abi(&e))?;
                let suspected = Arc::clone(&copy.suspected);
                Ok(Instance::new(InProcess::new(object, copy), document, deadline, suspected))
            }
            Home::Workers(launch) => {
                let remote = Remote::start(launch.clone(), request).await?;
                Ok(Instance::new(remote, document, deadline, Arc::default()))
            }
        }
    }

    /// Loads the library once more from the same bytes where the copy that is loaded [hangs](crate::Trouble::Hangs);
    /// instances are started in the newest copy from then on. Does nothing for a library that runs in workers.
    ///
    /// # Errors
    /// Where it does not load, or has been loaded too often: then only a restart of the host helps.
    pub async fn refresh(&self) -> Result<(), ConnectorError> {
        match &self.home {
            Home::ThisProcess(copies) => copies
                .refresh(&self.path)
                .await
                .map_err(|failed| not_reached(failed.of(&self.path).to_string())),
            Home::Workers(_) => Ok(()),
        }
    }

    /// Where the file was.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Who built it.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What its channel can do.
    #[must_use]
    pub fn document(&self) -> &Arc<CapabilityDocument> {
        &self.document
    }

    /// SHA-256 of the loaded bytes, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Who vouches for the bytes.
    #[must_use]
    pub fn voucher(&self) -> Voucher {
        self.voucher
    }

    /// Where its code runs.
    #[must_use]
    pub fn isolation(&self) -> Isolation {
        match self.home {
            Home::ThisProcess(_) => Isolation::InProcess,
            Home::Workers(_) => Isolation::Process,
        }
    }
}

async fn load(
    path: &Path,
    policy: &LoadPolicy,
    known: &[ConnectorLibrary],
) -> Result<ConnectorLibrary, Failed> {
    let (inspected, voucher) = file::blocking(path, {
        let (path, trust) = (path.to_owned(), policy.trust.clone());
        move || {
            let inspected = file::read_and_inspect(&path)?;
            let voucher = trust.vouch(&inspected, file::signature(&path))?;
            Ok((inspected, voucher))
        }
    })
    .await?;
    let isolation = policy.isolation_for(voucher);
    let same =
        |library: &&ConnectorLibrary| library.sha256 == inspected.sha256 && library.isolation() == isolation;
    if let Some(known) = known.iter().find(same) {
        return Ok(ConnectorLibrary { path: path.to_owned(), voucher, ..known.clone() });
    }
    let quarantine = Quarantine::beside(path);
    quarantine.check(&inspected.sha256)?;
    let image = Image::sealed(&inspected.bytes).map_err(no_image)?;
    let launch =
        Launch { program: policy.worker.clone(), image: image.clone(), memory_bytes: policy.memory_bytes };
    match trial(&launch, &inspected.document_bytes, policy.trial_deadline).await {
        Ok(()) => {}
        Err(TrialFailed::Refused(failed) | TrialFailed::NotMade(failed)) => return Err(failed),
        Err(TrialFailed::Crashed(ended)) => return Err(quarantine.put(path, &inspected.sha256, &ended)),
    }
    let home = match isolation {
        Isolation::Process => Home::Workers(launch),
        Isolation::InProcess => {
            let module = open_here(&image, &inspected)?;
            Home::ThisProcess(Arc::new(Copies::of(image, module)))
        }
    };
    Ok(ConnectorLibrary {
        path: path.to_owned(),
        manifest: inspected.manifest,
        document: Arc::new(inspected.document),
        sha256: inspected.sha256,
        voucher,
        home,
    })
}

fn open_here(image: &Image, inspected: &Inspected) -> Result<ConnectorMod_Ref, Failed> {
    let module = open::root_module(&image.keep())?;
    if module.describe()().as_slice() == inspected.document_bytes {
        return Ok(module);
    }
    let fix = "Tell the connector's author: the library contradicts its own file.";
    let expected = "the document that is embedded in the file";
    Err(Failed::new((Step::Document, "document.disagrees"), expected, "another document", fix))
}

impl std::fmt::Debug for ConnectorLibrary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectorLibrary")
            .field("path", &self.path)
            .field("sha256", &self.sha256)
            .field("isolation", &self.isolation())
            .finish_non_exhaustive()
    }
}
