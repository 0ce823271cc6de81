//! A loaded connector library, and starting instances of it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use connector_abi::ConnectorMod_Ref;
use connector_api::{CapabilityDocument, ConnectorError, boundary::StartRequest};
use serde_json::Value;

use crate::{
    Inspected, Instance, LoadError, Manifest, Step, error::Failed, host_api, image, inspect, instance, open,
};

/// A connector library in this process. Dropping it does not unload it.
#[derive(Clone)]
pub struct ConnectorLibrary {
    path: PathBuf,
    manifest: Manifest,
    document: Arc<CapabilityDocument>,
    sha256: String,
    module: ConnectorMod_Ref,
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
    /// Checks and loads the file at `path`. Runs the library's constructors; reads the file once. Blocks for some
    /// milliseconds.
    ///
    /// # Errors
    /// The first step that fails.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let inspected = inspect(path)?;
        Self::load_inspected(path, inspected).map_err(|failed| failed.of(path))
    }

    fn load_inspected(path: &Path, inspected: Inspected) -> Result<Self, Failed> {
        let image = image::sealed(&inspected.bytes).map_err(|error| {
            let fix = "Check the memory that is left, and whether the system allows executable memory files.";
            Failed::new((Step::Open, "open.no_image"), "a sealed copy in memory", error, fix)
        })?;
        let module = open::root_module(&image)?;
        if module.describe()().as_slice() != inspected.document_bytes {
            let expected = "the document that is embedded in the file";
            let fix = "Tell the connector's author: the library contradicts its own file.";
            return Err(Failed::new(
                (Step::Document, "document.disagrees"),
                expected,
                "another document",
                fix,
            ));
        }
        Ok(Self {
            path: path.to_owned(),
            manifest: inspected.manifest,
            document: Arc::new(inspected.document),
            sha256: inspected.sha256,
            module,
        })
    }

    /// Starts an instance.
    ///
    /// # Errors
    /// What the connector says against its settings, or that it failed.
    pub fn start(&self, options: StartOptions) -> Result<Instance, ConnectorError> {
        let StartOptions { instance, settings, deadline, worker_threads } = options;
        let request = StartRequest { instance, settings, worker_threads: Some(worker_threads) };
        let json = serde_json::to_vec(&request).map_err(|error| {
            ConnectorError::settings(format!("the settings cannot be serialised: {error}"))
        })?;
        let started = self.module.new()(json.into(), host_api::functions()).into_result();
        let object = started.map_err(|error| instance::from_abi(&error))?;
        Ok(Instance::new(object, Arc::clone(&self.document), deadline))
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
}

impl std::fmt::Debug for ConnectorLibrary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectorLibrary").field("path", &self.path).field("sha256", &self.sha256).finish()
    }
}
