//! The connector folder: every file gets a row, whatever becomes of it.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use connector_api::{ConnectorError, ErrorClass, ReasonCode};
use connector_loader::{ConnectorLibrary, LoadError};

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
    /// It is loaded.
    Loaded(ConnectorLibrary),
    /// It is not.
    Refused(LoadError),
    /// It could be loaded, but other files have the same connector id: none of them is used.
    Ambiguous {
        /// The id.
        connector: String,
        /// The others.
        others: Vec<PathBuf>,
    },
    /// The folder cannot be read.
    Unreadable(String),
}

pub(super) struct Folder {
    pub(super) files: Vec<FileReport>,
}

impl Folder {
    /// The library of that connector id.
    pub(super) fn library(&self, id: &str) -> Result<&ConnectorLibrary, ConnectorError> {
        let mut known = Vec::new();
        for file in &self.files {
            match &file.state {
                FileState::Loaded(library) if library.document().connector.id == id => return Ok(library),
                FileState::Loaded(library) => known.push(library.document().connector.id.as_str()),
                FileState::Ambiguous { connector, others } if connector == id => {
                    let text =
                        format!("Several files hold the connector {id}, among them {}.", others[0].display());
                    return Err(super::unavailable(text));
                }
                FileState::Unreadable(error) => return Err(super::unavailable(error.clone())),
                FileState::Ambiguous { .. } | FileState::Refused(_) => {}
            }
        }
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        let text =
            format!("No usable file in the connector folder holds the connector {id}; it holds: {known}.");
        Err(ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_UNAVAILABLE, text))
    }
}

/// Loads every file of the folder. Blocks.
pub(super) fn load(dir: &Path) -> Folder {
    let mut files = match entries(dir) {
        Ok(paths) => paths.into_iter().map(load_file).collect(),
        Err(error) => {
            let text = format!("The connector folder {} cannot be read: {error}.", dir.display());
            tracing::error!(dir = %dir.display(), %error, "Connector folder cannot be read");
            vec![FileReport { path: dir.to_owned(), state: FileState::Unreadable(text) }]
        }
    };
    refuse_ambiguous(&mut files);
    Folder { files }
}

fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = std::fs::read_dir(dir)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn load_file(path: PathBuf) -> FileReport {
    let state = match ConnectorLibrary::load(&path) {
        Ok(library) => {
            let connector = &library.document().connector;
            tracing::info!(file = %path.display(), connector = %connector.id, version = %connector.version,
                "Connector loaded");
            FileState::Loaded(library)
        }
        Err(error) => {
            tracing::warn!(code = error.code, %error, "Connector file refused");
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
        let connector = library.document().connector.id.clone();
        if let Some(paths) = by_id.get(&connector) {
            let others: Vec<_> = paths.iter().filter(|path| **path != file.path).cloned().collect();
            tracing::error!(%connector, file = %file.path.display(), "Several files hold the same connector");
            file.state = FileState::Ambiguous { connector, others };
        }
    }
}
