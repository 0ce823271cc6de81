//! The embedded store: one SQLite file, one writer that commits in groups, a few readers.

mod accounts;
mod conversations;
mod echoes;
mod events;
mod ingest;
mod keys;
mod ledgers;
mod outbox;
mod past;
mod place;
mod readers;
mod reports;
mod rows;
mod statuses;
mod writer;

use std::{
    fs::File,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use connector_api::{Timestamp, capabilities::Reason};
use rusqlite::{Connection, ErrorCode};
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};
use tokio::sync::watch;

use self::{place::Place, readers::Readers, writer::Writer};
use super::{
    Arrival, AuthorizedAccount, Claimed, Cursor, Decision, Enqueued, Ingested, NewMessage, Outcome, Page,
    Past, PendingAuthorization, Polled, SealedCredentials, Store, StoreError, StoredCredentials,
};
use crate::model::{
    Account, AccountId, ApiKey, Conversation, ConversationId, InboxEvent, KeyId, Message, MessageId, Status,
};

const MIGRATIONS: &[M<'static>] = &[M::up(include_str!("../../../migrations/01-initial.sql"))];

/// The embedded store. Cloning shares it.
#[derive(Clone)]
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Opens or creates the database at `path` and brings its schema up to date. Blocks.
    ///
    /// # Errors
    /// Where the file cannot be used, or its schema is newer than this program.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path);
        let mut connection = connect(path)?;
        Migrations::from_slice(MIGRATIONS)
            .to_latest(&mut connection)
            .map_err(|error| StoreError::Failed(format!("{}: {}", path.display(), explain(&error))))?;
        let writer = Writer::start(connection, Place::of(path)?)?;
        let readers = Readers::open(path)?;
        Ok(Self { path: path.to_owned(), writer, readers })
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

fn explain(error: &rusqlite_migration::Error) -> String {
    match error {
        rusqlite_migration::Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
            "a newer version of this program has changed the database; it cannot be used by this one"
                .to_owned()
        }
        other => other.to_string(),
    }
}

/// Creates the file so that only its owner can read it; SQLite gives the files beside it the same rights.
fn create_private(path: &Path) {
    let created = File::options().create_new(true).write(true).mode(0o600).open(path);
    // Where it exists, or cannot be created, opening it says so.
    drop(created);
}

/// A connection on which a commit returns only when it is on disk.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error: rusqlite::Error| StoreError::Failed(format!("{}: {error}", path.display()));
    let connection = Connection::open(path).map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;",
        )
        .map_err(failed)?;
    Ok(connection)
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::DatabaseBusy) => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Failed(error.to_string()),
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn ingest(&self, arrival: Arrival) -> Result<Ingested, StoreError> {
        self.writer.write(move |db| ingest::ingest(db, &arrival)).await
    }

    async fn poll_cursor(&self, instance: &str, account: &str) -> Result<Option<String>, StoreError> {
        let (instance, account) = (instance.to_owned(), account.to_owned());
        self.readers.read(move |db| ingest::poll_cursor(db, &instance, &account)).await
    }

    async fn save_account(&self, account: AuthorizedAccount, now: Timestamp) -> Result<Account, StoreError> {
        self.writer.write(move |db| accounts::save(db, &account, now)).await
    }

    async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        self.readers.read(accounts::all).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.readers.read(move |db| accounts::one(db, id)).await
    }

    async fn credentials(&self, id: AccountId) -> Result<Option<StoredCredentials>, StoreError> {
        self.readers.read(move |db| accounts::credentials(db, id)).await
    }

    async fn begin_refresh(
        &self,
        id: AccountId,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writer.write(move |db| accounts::begin_refresh(db, id, version, now, until)).await
    }

    async fn finish_refresh(
        &self,
        id: AccountId,
        version: i64,
        credentials: SealedCredentials,
    ) -> Result<bool, StoreError> {
        self.writer.write(move |db| accounts::finish_refresh(db, id, version, &credentials)).await
    }

    async fn abandon_refresh(&self, id: AccountId, version: i64, until: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |db| accounts::abandon_refresh(db, id, version, until)).await
    }

    async fn needs_attention(
        &self,
        id: AccountId,
        reason: Reason,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| accounts::needs_attention(db, id, &reason, as_of, now)).await
    }

    async fn save_authorization(
        &self,
        state_hash: [u8; 32],
        pending: PendingAuthorization,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| accounts::save_authorization(db, &state_hash, &pending, expires_at)).await
    }

    async fn take_authorization(
        &self,
        state_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError> {
        self.writer.write(move |db| accounts::take_authorization(db, &state_hash, now)).await
    }

    async fn conversations(
        &self,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Conversation>, StoreError> {
        self.readers.read(move |db| conversations::page(db, after.as_ref(), limit)).await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.readers.read(move |db| conversations::one(db, id)).await
    }

    async fn messages(
        &self,
        conversation: ConversationId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Message>, StoreError> {
        self.readers.read(move |db| conversations::messages(db, conversation, after.as_ref(), limit)).await
    }

    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.readers.read(move |db| conversations::message(db, id)).await
    }

    async fn enqueue(&self, message: NewMessage) -> Result<Enqueued, StoreError> {
        self.writer.write(move |db| outbox::enqueue(db, message)).await
    }

    async fn ready(&self, instance: &str, now: Timestamp) -> Result<bool, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| Ok(!outbox::claimable(db, &instance, now, 1)?.is_empty())).await
    }

    async fn claim(&self, instance: &str, now: Timestamp, limit: u32) -> Result<Vec<Claimed>, StoreError> {
        let instance = instance.to_owned();
        self.writer.write(move |db| outbox::claim(db, &instance, now, limit)).await
    }

    async fn next_retry(&self, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| outbox::next_retry(db, &instance, now)).await
    }

    async fn record(&self, message: MessageId, outcome: Outcome, now: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |db| outbox::record(db, message, &outcome, now)).await
    }

    async fn recover(&self, now: Timestamp) -> Result<u32, StoreError> {
        self.writer.write(move |db| outbox::recover(db, now)).await
    }

    async fn decide(
        &self,
        message: MessageId,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Status>, StoreError> {
        self.writer.write(move |db| outbox::decide(db, message, decision, now)).await
    }

    async fn resume(&self, conversation: ConversationId) -> Result<bool, StoreError> {
        self.writer.write(move |db| outbox::resume(db, conversation)).await
    }

    async fn events_after(&self, sequence: i64, limit: u32) -> Result<Vec<InboxEvent>, StoreError> {
        self.readers.read(move |db| events::after(db, sequence, limit)).await
    }

    async fn oldest_event(&self) -> Result<Option<i64>, StoreError> {
        self.readers.read(events::oldest).await
    }

    fn latest_event(&self) -> watch::Receiver<i64> {
        self.writer.latest_event()
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let settled = tokio::task::spawn_blocking(move || {
            // Answers a row, with a 1 where somebody still reads.
            let busy: i64 =
                connect(&path)?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            if busy == 0 { Ok(()) } else { Err(StoreError::Unavailable("somebody still reads".to_owned())) }
        });
        settled.await.map_err(|error| StoreError::Failed(error.to_string()))?
    }

    async fn check(&self) -> Result<(), StoreError> {
        self.readers.read(|db| Ok(db.execute_batch("SELECT 1")?)).await?;
        if self.writer.is_failing() {
            // Whether it still does only a write can tell.
            let text = "UPDATE heartbeat SET beats = beats + 1";
            self.writer.write(|db| Ok(db.execute_batch(text)?)).await?;
        }
        Ok(())
    }

    async fn forget(&self, past: Past) -> Result<u32, StoreError> {
        self.writer.write(move |db| past::forget(db, past)).await
    }

    async fn add_key(&self, key: ApiKey, hash: [u8; 32]) -> Result<(), StoreError> {
        self.writer.write(move |db| keys::add(db, &key, &hash)).await
    }

    async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        self.readers.read(move |db| keys::by_hash(db, &hash)).await
    }

    async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.readers.read(keys::all).await
    }

    async fn revoke_key(&self, id: KeyId, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |db| keys::revoke(db, id, now)).await
    }
}
