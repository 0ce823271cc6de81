//! A checked and tried connector library, and starting instances of it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use connector_abi::ConnectorMod_Ref;
use connector_api::{CapabilityDocument, ConnectorError, boundary::StartRequest};
use serde_json::Value;

use crate::{
    Inspected, Instance, LoadError, LoadPolicy, Manifest, Step, Voucher,
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

/// So often a library is loaded once more because it hangs: each copy stays in memory, with its hung threads.
const MAX_COPIES: u32 = 8;

/// Where the library's code runs.
#[derive(Clone)]
enum Home {
    ThisProcess(Opened),
    Workers(Launch),
}

/// A library in this process.
#[derive(Clone)]
struct Opened {
    module: ConnectorMod_Ref,
    image: Image,
    copies: Arc<AtomicU32>,
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
        load(path, policy).await.map_err(|failed| failed.of(path))
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
            Home::ThisProcess(opened) => {
                let new = opened.module.new();
                let work = move || new(request.into(), host_api::functions()).into_result();
                let started = tokio::time::timeout(deadline, tokio::task::spawn_blocking(work)).await;
                let started = started.map_err(|_| fault("it did not start in time"))?;
                let object = started.map_err(|_| fault("its thread stopped"))?.map_err(|e| from_abi(&e))?;
                Ok(Instance::new(InProcess::new(object), document, deadline))
            }
            Home::Workers(launch) => {
                Ok(Instance::new(Remote::start(launch.clone(), request).await?, document, deadline))
            }
        }
    }

    /// The library loaded once more from the same bytes, with statics and threads of its own: for where the one that is
    /// loaded [hangs](crate::Trouble::Hangs). Of a library that runs in workers it is the same one.
    ///
    /// # Errors
    /// Where it does not load, or has been loaded too often.
    pub async fn afresh(&self) -> Result<Self, ConnectorError> {
        let Home::ThisProcess(opened) = &self.home else {
            return Ok(self.clone());
        };
        if opened.copies.fetch_add(1, Ordering::Relaxed) >= MAX_COPIES {
            let text = "It hung too often to be loaded once more. Restart the host, or run it with isolation = \"process\".";
            return Err(not_reached(text));
        }
        let copy = {
            let opened = opened.clone();
            file::blocking(&self.path, move || {
                let image = opened.image.copied().map_err(no_image)?;
                Ok(Opened { module: open::root_module(&image.keep())?, image, copies: opened.copies })
            })
        };
        let opened = copy.await.map_err(|failed| not_reached(failed.of(&self.path).to_string()))?;
        Ok(Self { home: Home::ThisProcess(opened), ..self.clone() })
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

async fn load(path: &Path, policy: &LoadPolicy) -> Result<ConnectorLibrary, Failed> {
    let (inspected, voucher) = file::blocking(path, {
        let (path, trust) = (path.to_owned(), policy.trust.clone());
        move || {
            let inspected = file::read_and_inspect(&path)?;
            let voucher = trust.vouch(&inspected, file::signature(&path))?;
            Ok((inspected, voucher))
        }
    })
    .await?;
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
    let home = match policy.isolation_for(voucher) {
        Isolation::Process => Home::Workers(launch),
        Isolation::InProcess => {
            let module = open_here(&image, &inspected)?;
            Home::ThisProcess(Opened { module, image, copies: Arc::default() })
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

fn no_image(error: std::io::Error) -> Failed {
    let fix = "Check the memory that is left, and whether the system allows executable memory files.";
    Failed::new((Step::Open, "open.no_image"), "a sealed copy in memory", error, fix)
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
