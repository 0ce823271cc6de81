//! Whether the database is still where it was opened: what is written to a removed file is lost.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::StoreError;

/// Device and number of a file.
type Identity = (u64, u64);

/// The database's files.
pub(super) struct Place {
    path: PathBuf,
    database: Identity,
    log: PathBuf,
    /// `None` until something was written.
    log_identity: Option<Identity>,
}

impl Place {
    /// The files of the open database at `path`.
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let unreadable = |error: io::Error| StoreError::Failed(format!("{}: {error}", path.display()));
        // By its real name, so that another working directory or a changed link is no other database.
        let path = path.canonicalize().map_err(unreadable)?;
        let mut log = path.clone().into_os_string();
        log.push("-wal");
        let database = identity(&path).map_err(unreadable)?;
        Ok(Self { path, database, log: log.into(), log_identity: None })
    }

    /// Called before each commit.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let same = |path: &Path, known: Identity| identity(path).is_ok_and(|found| found == known);
        if same(&self.path, self.database) && self.log_identity.is_none_or(|known| same(&self.log, known)) {
            return Ok(());
        }
        let text = format!(
            "{} was removed, moved or replaced while it is open; put it back, or restart the host",
            self.path.display()
        );
        Err(StoreError::Unavailable(text))
    }

    /// Called after each commit, when the log is certainly there.
    pub(super) fn committed(&mut self) {
        if self.log_identity.is_none() {
            self.log_identity = identity(&self.log).ok();
        }
    }
}

fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
