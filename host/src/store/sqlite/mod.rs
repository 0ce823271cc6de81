//! The embedded store: one SQLite file, one writer that commits in groups, a few readers.

mod accounts;
mod answers;
mod applying;
mod audit;
mod backup;
mod comments;
mod consents;
mod contacts;
mod conversations;
mod dead_letters;
mod deadlines;
mod decisions;
mod deliveries;
mod delivery_log;
mod echoes;
mod endpoints;
mod erasure;
mod errands;
mod events;
mod export;
mod history;
mod inbound;
mod inbox;
mod intake;
mod keys;
mod layers;
mod ledgers;
mod line;
mod log;
mod media;
mod media_fetches;
mod narrowing;
mod notices;
mod outbox;
mod pauses;
mod payloads;
mod place;
mod queue;
mod reactions;
mod readers;
mod referrals;
mod refusals;
mod reports;
mod retries;
mod rows;
mod search;
mod sessions;
mod statuses;
mod upkeep;
mod windows;
mod withheld;
mod words;
mod writer;

use std::{
    fs::File,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, ErrorCode, config::DbConfig};
use rusqlite_migration::{M, MigrationDefinitionError, Migrations};

pub use self::backup::{Restored, backup, examine, restore};
use self::{log::Log, place::Place, readers::Readers, writer::Writer};
use super::{
    Accounts, AnswerBegun, AnswerOutcome, Answers, Arrival, AtTheDoor, Audit, AuditFilter, AuthorizedAccount,
    Check, Claimed, Comments, Contacts, ConversationFilter, Conversations, Cursor, Deadlines, Decision,
    Deliveries, Due, DueAccount, DueContact, DueDelivery, DueReadMark, DueWithheld, EndpointChange,
    Endpoints, Enqueued, Erased, Erasure, Errands, Events, Export, ExportFilter, FetchOutcome, Handled,
    HandlingChange, Histories, HistoryBounds, HistoryStep, Hits, Inbound, Inbox, Ingested, Intake,
    IntakeCounts, KeptPayload, KeptRequest, Keys, Layers, Line, Media, MediaFetch, MediaFetches, MediaPast,
    Narrowing, NewAnswer, NewEndpoint, NewMessage, Next, Outbox, Outcome, Page, Past, Pauses,
    PendingAuthorization, Plan, Polled, Record, Records, Redecoded, Replayed, Retried, SealedCredentials,
    SealedSecrets, Search, SearchQuery, Session, Sessions, Sought, StoreError, StoredCredentials, Taken,
    Unprocessed, Upkeep, Waiting, WindowFilter, WithheldMessages, medium_gone, not_quotable, over,
};

const MIGRATIONS: &[M<'static>] = &[
    M::up(include_str!("../../../migrations/01-initial.sql")),
    M::up(include_str!("../../../migrations/02-outbox.sql")),
    M::up(include_str!("../../../migrations/03-line.sql")),
    M::up(include_str!("../../../migrations/04-deliveries.sql")),
    M::up(include_str!("../../../migrations/05-inbox.sql")),
    M::up(include_str!("../../../migrations/06-access.sql")),
    M::up(include_str!("../../../migrations/07-layers.sql")),
    M::up(include_str!("../../../migrations/09-media.sql")),
    M::up(include_str!("../../../migrations/10-reconnect.sql")),
    M::up(include_str!("../../../migrations/11-read-marks.sql")),
    M::up(include_str!("../../../migrations/12-contents.sql")),
    M::up(include_str!("../../../migrations/13-errands.sql")),
    M::up(include_str!("../../../migrations/15-comment-answers.sql")),
    M::up(include_str!("../../../migrations/16-sent-as.sql")),
    M::up(include_str!("../../../migrations/17-erased.sql")),
    M::up(include_str!("../../../migrations/18-withheld.sql")),
    M::up(include_str!("../../../migrations/19-consent.sql")),
    M::up(include_str!("../../../migrations/20-came-back.sql")),
];

/// Statements that each connection keeps prepared: more than there are kinds of them.
const STATEMENTS: usize = 512;

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
        migrate(&mut connection, path)?;
        search::begin(&connection)?;
        let writer = Writer::start(connection, Place::of(path)?, Log::watch(connect(path)?)?)?;
        let readers = Readers::open(path)?;
        Ok(Self { path: path.to_owned(), writer, readers })
    }
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

/// Brings the schema up to date.
fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    Migrations::from_slice(MIGRATIONS)
        .to_latest(connection)
        .map_err(|error| StoreError::Failed(format!("{}: {}", path.display(), explain(&error))))
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

/// A connection on which a commit returns only when it is on disk, and what is deleted is overwritten.
fn connect(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error: rusqlite::Error| StoreError::Failed(format!("{}: {error}", path.display()));
    let connection = Connection::open(path).map_err(failed)?;
    connection
        .execute_batch(
            "PRAGMA busy_timeout = 5000;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA secure_delete = ON;
             PRAGMA temp_store = MEMORY;",
        )
        .map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan does not depend on what is looked for; otherwise every new moment would prepare its statement anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(failed)?;
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
