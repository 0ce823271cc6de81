//! `jackfield backup`, `jackfield restore` and `jackfield export`.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Args;
use connector_api::Timestamp;
use jackfield::{
    clock::Clock,
    export, lock_database,
    model::{AccountId, Scope},
    store::{Export as _, ExportFilter, sqlite},
};

use super::{ConfigFile, runtime, say, shown};

const BACKUP_EXAMPLES: &str = "Examples:
  jackfield backup /backup/jackfield-2026-01-31.db

Keep the encryption key as well, but elsewhere. Media lie in a folder or bucket of their own (media.url).";

const RESTORE_EXAMPLES: &str = "Examples:
  jackfield restore /backup/jackfield-2026-01-31.db

Messages that waited when the backup was made are uncertain afterwards: they may have been sent since. They are not sent by
themselves; `GET /v1/messages?status=uncertain` lists them. API keys that were revoked since are in force again.";

const EXPORT_EXAMPLES: &str = "Examples:
  jackfield export > everything.jsonl
  jackfield export --account ID --since 2026-01-31T00:00:00Z

Each line is one record with its type. Works beside a running host and without one.";

#[derive(Debug, Args)]
#[command(after_help = BACKUP_EXAMPLES)]
pub(super) struct Backup {
    #[command(flatten)]
    config: ConfigFile,
    /// The new file. A host may run meanwhile.
    file: PathBuf,
}

impl Backup {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        sqlite::backup(&self.config.load()?.store.path, &self.file)?;
        say(format_args!("Backed up to {}, and checked.", shown(&self.file)))?;
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
#[command(after_help = RESTORE_EXAMPLES)]
pub(super) struct Restore {
    #[command(flatten)]
    config: ConfigFile,
    /// What `jackfield backup` wrote. No host may run on the database; what it has is kept aside.
    file: PathBuf,
}

impl Restore {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let database = self.config.load()?.store.path;
        let database = database.canonicalize().unwrap_or(database);
        let _lock = lock_database(&database)?;
        let restored = sqlite::restore(&self.file, &database, Clock::system().now())?;
        say(format_args!("Restored {}.", shown(&database)))?;
        if let Some(replaced) = restored.replaced {
            say(format_args!("What was there before is {}.", shown(&replaced)))?;
        }
        if restored.uncertain > 0 {
            say(format_args!(
                "{} messages waited or were on their way; nobody knows whether they were sent since, so decide about each.",
                restored.uncertain
            ))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
#[command(after_help = EXPORT_EXAMPLES)]
pub(super) struct Export {
    #[command(flatten)]
    config: ConfigFile,
    /// Only this account, by its id, as `jackfield accounts list` prints it.
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Only messages, notes and referrals since then: RFC 3339, such as 2026-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: Option<jiff::Timestamp>,
}

impl Export {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let path = self.config.load()?.store.path;
        anyhow::ensure!(path.exists(), "there is no database {}", shown(&path));
        let store = sqlite::SqliteStore::open(&path).context("store.path")?;
        let since = self.since.map(|since| Timestamp::from_millis(since.as_millisecond()));
        let filter = ExportFilter { scope: Scope::Everything.narrowed(self.account), since };
        runtime()?.block_on(async {
            let mut records = store.export(filter).await?;
            while let Some(record) = records.recv().await {
                say(export::line(record?)?)?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
