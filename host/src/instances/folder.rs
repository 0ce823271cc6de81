//! The connector folder: every file gets a row, whatever becomes of it.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
};

use connector_api::ConnectorError;
use connector_loader::{ConnectorLibrary, LoadError, LoadPolicy, QUARANTINE};

use futures_util::{StreamExt, stream};

use super::unavailable;

/// Files that are checked and tried at once: a trial may last until it is killed.
const LOADS_AT_ONCE: usize = 4;

/// One file of the connector folder.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// The file; for a folder that cannot be read, the folder.
    pub path: PathBuf,
    /// What became of it.
    pub state: FileState,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub enum FileState {
    /// It can be started.
    Loaded(ConnectorLibrary),
    /// It cannot.
    Refused(LoadError),
    /// It could be started, but other files have the same connector id: none of them is used.
    Ambiguous {
        /// It.
        library: ConnectorLibrary,
        /// The others.
        others: Vec<PathBuf>,
    },
    /// It is the signature of the file that it is named after.
    Signature,
    /// The folder cannot be read.
    Unreadable(String),
}

/// Takes every file of the folder `dir` through the steps of `policy`.
pub async fn list(dir: &Path, policy: &LoadPolicy) -> Vec<FileReport> {
    Folder::load(dir, policy, &[], &[]).await.files
}

/// The files of the folder.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) files: Vec<FileReport>,
}

impl Folder {
    /// Loads every file but those that are `unchanged` since they were reported. What is `known` already is not opened
    /// again.
    pub(super) async fn load(
        dir: &Path,
        policy: &LoadPolicy,
        unchanged: &[FileReport],
        known: &[FileReport],
    ) -> Self {
        let mut files = Vec::new();
        match entries(dir) {
            Ok(paths) => {
                let known: Vec<_> = known.iter().filter_map(FileReport::library).cloned().collect();
                let load = async |path: PathBuf| match unchanged.iter().find(|file| file.path == path) {
                    Some(file) => file.clone().alone(),
                    None => load_file(path, policy, &known).await,
                };
                files = stream::iter(paths).map(load).buffered(LOADS_AT_ONCE).collect().await;
            }
            Err(error) => {
                let text = format!("The connector folder {} cannot be read: {error}.", dir.display());
                tracing::error!(dir = %dir.display(), %error, "Connector folder cannot be read");
                files.push(FileReport { path: dir.to_owned(), state: FileState::Unreadable(text) });
            }
        }
        refuse_ambiguous(&mut files);
        Self { files }
    }

    /// The library of that connector id.
    pub(super) fn library(&self, id: &str) -> Result<ConnectorLibrary, ConnectorError> {
        let mut known = Vec::new();
        for file in &self.files {
            match &file.state {
                FileState::Loaded(library) if library.document().connector.id == id => {
                    return Ok(library.clone());
                }
                FileState::Loaded(library) => known.push(library.document().connector.id.as_str()),
                FileState::Ambiguous { library, others } if library.document().connector.id == id => {
                    let other = others.first().map(|path| path.display().to_string()).unwrap_or_default();
                    let text = format!("Several files hold the connector {id}, among them {other}.");
                    return Err(unavailable(text));
                }
                FileState::Unreadable(error) => return Err(unavailable(error.clone())),
                FileState::Ambiguous { .. } | FileState::Refused(_) | FileState::Signature => {}
            }
        }
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let text =
            format!("No usable file in the connector folder holds the connector {id}; it holds: {known}.");
        Err(unavailable(text))
    }
}

impl FileReport {
    /// The library, where it can be started.
    pub(crate) fn library(&self) -> Option<&ConnectorLibrary> {
        match &self.state {
            FileState::Loaded(library) | FileState::Ambiguous { library, .. } => Some(library),
            FileState::Refused(_) | FileState::Signature | FileState::Unreadable(_) => None,
        }
    }

    /// Without regard to the other files.
    fn alone(self) -> Self {
        match self.state {
            FileState::Ambiguous { library, .. } => Self { state: FileState::Loaded(library), ..self },
            state => Self { state, ..self },
        }
    }
}

/// The entries of the folder in order, without the quarantine's records.
pub(super) fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = std::fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.file_name() != Some(OsStr::new(QUARANTINE)));
    paths.sort();
    Ok(paths)
}

async fn load_file(path: PathBuf, policy: &LoadPolicy, known: &[ConnectorLibrary]) -> FileReport {
    if path.extension() == Some(OsStr::new("minisig")) && path.with_extension("").exists() {
        return FileReport { path, state: FileState::Signature };
    }
    let state = match ConnectorLibrary::load_again(&path, policy, known).await {
        Ok(library) => {
            let connector = &library.document().connector;
            tracing::info!(file = %path.display(), connector = %connector.id, version = %connector.version,
                isolation = ?library.isolation(), "Connector loaded");
            FileState::Loaded(library)
        }
        Err(error) => {
            tracing::warn!(code = %error.code, %error, "Connector file refused");
            FileState::Refused(error)
        }
    };
    FileReport { path, state }
}

fn refuse_ambiguous(files: &mut [FileReport]) {
    let mut by_id: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for file in files.iter() {
        if let FileState::Loaded(library) = &file.state {
            by_id.entry(library.document().connector.id.clone()).or_default().push(file.path.clone());
        }
    }
    by_id.retain(|_, paths| paths.len() > 1);
    for file in files {
        let FileState::Loaded(library) = &file.state else { continue };
        let connector = &library.document().connector.id;
        if let Some(paths) = by_id.get(connector) {
            let others = paths.iter().filter(|path| **path != file.path).cloned().collect();
            tracing::error!(%connector, file = %file.path.display(), "Several files hold the same connector");
            file.state = FileState::Ambiguous { library: library.clone(), others };
        }
    }
}
