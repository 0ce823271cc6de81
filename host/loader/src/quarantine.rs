//! Files that crashed their trial, with the evidence. They are not tried again until their bytes change or somebody
//! releases them.

use std::{
    io,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{Step, error::Failed, file::regular_file, worker::Ended};

/// The folder, inside the connector folder, that holds one record for each hash.
pub const QUARANTINE: &str = ".quarantine";
const MAX_RECORD_BYTES: u64 = 64 << 10;
const FIX: &str = "Get another build from its author, or try it again with `jackfield connectors release`.";

/// What is known about a file that crashed its trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuarantineRecord {
    /// The file's name when it crashed.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The signal that ended the trial.
    pub signal: Option<i32>,
    /// The exit code that ended the trial.
    pub exit_code: Option<i32>,
    /// Whether it had to be killed.
    pub timed_out: bool,
    /// What it printed last.
    pub output: String,
    /// The evidence in one sentence.
    pub found: String,
    /// When it crashed last, in seconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// How often it crashed.
    pub count: u32,
}

/// The quarantine of one connector folder.
#[derive(Debug, Clone)]
pub struct Quarantine {
    folder: PathBuf,
}

impl Quarantine {
    /// The quarantine of the connector folder `dir`.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        Self { folder: dir.join(QUARANTINE) }
    }

    pub(crate) fn beside(file: &Path) -> Self {
        Self::of(file.parent().unwrap_or(Path::new(".")))
    }

    /// The record of a hash.
    #[must_use]
    pub fn record(&self, sha256: &str) -> Option<QuarantineRecord> {
        let (_, text) = regular_file(&self.path(sha256), MAX_RECORD_BYTES).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Lets the file of that hash be tried again; `false` where it was not in quarantine.
    ///
    /// # Errors
    /// Where the record cannot be changed.
    pub fn release(&self, sha256: &str) -> io::Result<bool> {
        let path = self.path(sha256);
        let Some(record) = self.record(sha256) else {
            return Ok(false);
        };
        // The count outlives the release, so that a file that crashes again and again can be told.
        let released = path.with_extension("released");
        std::fs::write(released, serde_json::to_vec_pretty(&record)?)?;
        std::fs::remove_file(path)?;
        Ok(true)
    }

    fn path(&self, sha256: &str) -> PathBuf {
        self.folder.join(format!("{sha256}.json"))
    }

    pub(crate) fn check(&self, sha256: &str) -> Result<(), Failed> {
        match self.record(sha256) {
            None => Ok(()),
            Some(record) => Err(quarantined(&record)),
        }
    }

    /// Puts a file into quarantine that has just crashed its trial.
    pub(crate) fn put(&self, file: &Path, sha256: &str, ended: &Ended) -> Failed {
        let released = regular_file(&self.path(sha256).with_extension("released"), MAX_RECORD_BYTES);
        let before: Option<QuarantineRecord> =
            released.ok().and_then(|(_, text)| serde_json::from_slice(&text).ok());
        let record = QuarantineRecord {
            file: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: sha256.to_owned(),
            signal: ended.signal,
            exit_code: ended.exit_code,
            timed_out: ended.killed,
            output: ended.output.clone(),
            found: ended.to_string(),
            at: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            count: before.map_or(0, |record| record.count) + 1,
        };
        if let Err(error) = self.write(&record) {
            tracing::warn!(%error, folder = %self.folder.display(), "Quarantine record cannot be written");
        }
        quarantined(&record)
    }

    fn write(&self, record: &QuarantineRecord) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        std::fs::write(self.path(&record.sha256), serde_json::to_vec_pretty(record)?)
    }
}

fn quarantined(record: &QuarantineRecord) -> Failed {
    let found = format!("{} ({} times; in quarantine)", record.found, record.count);
    Failed::new((Step::Trial, "trial.crashed"), "a library that loads", found, FIX)
}
