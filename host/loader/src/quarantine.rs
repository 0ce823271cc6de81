//! Files that crashed their trial, with the evidence. They are not tried again until their bytes change or somebody
//! releases them.

use std::{
    fs::{DirBuilder, File, Permissions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use crate::{
    Step,
    error::Failed,
    file::regular_file,
    worker::{Ended, Killed},
};

/// The folder, inside the connector folder, that holds one record for each hash.
pub const QUARANTINE: &str = ".quarantine";
const MAX_RECORD_BYTES: u64 = 64 << 10;
const FOLDER_MODE: u32 = 0o700;
const RECORD_MODE: u32 = 0o600;
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
        self.write(&released, &record)?;
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
            timed_out: ended.killed == Some(Killed::Late),
            output: ended.output.clone(),
            found: ended.to_string(),
            at: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            count: before.map_or(0, |record| record.count).saturating_add(1),
        };
        match self.write(&self.path(sha256), &record) {
            Ok(()) => quarantined(&record),
            Err(error) => {
                let folder = self.folder.display();
                tracing::warn!(%error, %folder, "Quarantine record cannot be written");
                let found = format!("{}; the record could not be written: {error}", record.found);
                crashed(
                    found,
                    "Mend the rights of the folder .quarantine, and get another build from its author.",
                )
            }
        }
    }

    /// What a file printed is for nobody but the host and who runs it, whatever the umask is.
    fn write(&self, path: &Path, record: &QuarantineRecord) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&self.folder)?;
        std::fs::set_permissions(&self.folder, Permissions::from_mode(FOLDER_MODE))?;
        let mut file =
            File::options().write(true).create(true).truncate(true).mode(RECORD_MODE).open(path)?;
        file.set_permissions(Permissions::from_mode(RECORD_MODE))?;
        file.write_all(&serde_json::to_vec_pretty(record)?)
    }
}

fn quarantined(record: &QuarantineRecord) -> Failed {
    crashed(format!("{} ({} times; in quarantine)", record.found, record.count), FIX)
}

fn crashed(found: String, fix: &'static str) -> Failed {
    Failed::new((Step::Trial, "trial.crashed"), "a library that loads", found, fix)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    const FILE: &str = "x.so";
    const SHA256: &str = "aa";

    fn crash(folder: &Path) -> String {
        let ended = Ended { signal: Some(6), exit_code: None, killed: None, output: String::new() };
        Quarantine::of(folder).put(&folder.join(FILE), SHA256, &ended).of(FILE).found
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o777
    }

    #[test]
    fn a_record_that_cannot_be_written_is_not_claimed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(QUARANTINE), "in the way").unwrap();
        let found = crash(folder.path());
        assert!(found.contains("could not be written") && !found.contains("in quarantine"), "{found}");
    }

    #[test]
    fn a_count_ends_at_its_largest() {
        let folder = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::of(folder.path());
        assert!(crash(folder.path()).contains("1 times"));
        assert!(quarantine.release(SHA256).unwrap());
        assert!(crash(folder.path()).contains("2 times"));
        let mut record = quarantine.record(SHA256).unwrap();
        record.count = u32::MAX;
        quarantine.write(&quarantine.path(SHA256), &record).unwrap();
        assert!(quarantine.release(SHA256).unwrap());
        assert!(crash(folder.path()).contains(&u32::MAX.to_string()));
    }

    #[test]
    fn only_the_owner_reads_what_a_file_printed() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, record) =
            (folder.path().join(QUARANTINE), folder.path().join(QUARANTINE).join("aa.json"));
        for _ in 0..2 {
            crash(folder.path());
            assert_eq!((mode(&inside), mode(&record)), (0o700, 0o600));
            std::fs::set_permissions(&inside, Permissions::from_mode(0o755)).unwrap();
            std::fs::set_permissions(&record, Permissions::from_mode(0o644)).unwrap();
        }
    }
}
