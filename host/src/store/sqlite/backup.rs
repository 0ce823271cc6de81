//! Copies of the whole database: made while a host runs, put back while none does.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use connector_api::{
    Timestamp,
    capabilities::{Reason, ReasonCode},
};
use rusqlite::{Connection, OpenFlags, backup::Backup};

use super::{
    MIGRATIONS, StoreError, create_private, migrate, outbox,
    rows::id,
    search,
    statuses::{self, Step},
};
use crate::model::{MessageId, Signal, Status};

/// How far the numbers of events jump: those between were given out after the backup, and must not mean something else.
const EVENTS_SINCE: i64 = 1_000_000;

/// Copies the database at `database`, which a host may be using meanwhile, to the new file `copy`: whole, checked, and
/// readable by its owner only. Blocks.
///
/// # Errors
/// Where either file cannot be used, `copy` exists, or the copy is damaged. `copy` is there only after a success.
pub fn backup(database: &Path, copy: &Path) -> Result<(), StoreError> {
    if copy.exists() {
        return Err(failed(copy, &"the file exists already; choose another name"));
    }
    let partial = beside(copy, "partial");
    let copied = copy_into(database, &partial).and_then(|()| {
        fs::rename(&partial, copy).map_err(|error| failed(copy, &error))?;
        sync_folder(copy)
    });
    if copied.is_err() {
        // What is half is of no use; where it cannot be removed, its name says what it is.
        let _left = fs::remove_file(&partial);
    }
    copied
}

fn copy_into(database: &Path, partial: &Path) -> Result<(), StoreError> {
    create_private(partial);
    let reading = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(database, reading).map_err(|error| failed(database, &error))?;
    let mut to = Connection::open(partial).map_err(|error| failed(partial, &error))?;
    // All at once: one picture, which writes do not disturb, and which they cannot make begin again.
    Backup::new(&from, &mut to)?.step(-1)?;
    to.execute_batch("PRAGMA journal_mode = DELETE")?;
    check(&to, partial)?;
    to.close().map_err(|(_, error)| failed(partial, &error))?;
    File::open(partial).and_then(|file| file.sync_all()).map_err(|error| failed(partial, &error))
}

/// Whether the database at `database`, which a host may be using meanwhile, is whole: all of it is read. Blocks.
///
/// # Errors
/// Where it is damaged, or none of this program's.
pub fn examine(database: &Path) -> Result<(), StoreError> {
    let reading = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(database, reading).map_err(|error| failed(database, &error))?;
    check(&db, database)
}

/// Whether it is a whole database of this program or an earlier one.
fn check(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let found: String = db
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| failed(path, &error))?;
    if found != "ok" {
        return Err(failed(path, &format!("the database is damaged: {found}")));
    }
    let version: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == 0 {
        return Err(failed(path, &"this is no database of this program"));
    }
    if version as usize > MIGRATIONS.len() {
        return Err(failed(path, &"a newer version of this program made it; it cannot be used by this one"));
    }
    Ok(())
}

/// What putting a backup in place did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the replaced database is now; `None` where there was none.
    pub replaced: Option<PathBuf>,
    /// Messages that waited or were on their way when the backup was made: nobody knows whether they were sent since,
    /// so that a person decides.
    pub uncertain: u32,
}

/// Puts a backup in the place of the database, which is kept aside. Nobody may be using the database. Blocks.
///
/// # Errors
/// Where a file cannot be used, or the backup is damaged or newer than this program. Then nothing is replaced.
pub fn restore(copy: &Path, database: &Path, now: Timestamp) -> Result<Restored, StoreError> {
    let arriving = beside(database, "restoring");
    let prepared = prepare(copy, &arriving, now);
    let placed = prepared.and_then(|uncertain| {
        let replaced = set_aside(database, now)?;
        fs::rename(&arriving, database).map_err(|error| failed(database, &error))?;
        sync_folder(database)?;
        Ok(Restored { replaced, uncertain })
    });
    if placed.is_err() {
        let _left = fs::remove_file(&arriving);
    }
    placed
}

fn prepare(copy: &Path, arriving: &Path, now: Timestamp) -> Result<u32, StoreError> {
    let bytes = File::open(copy).map_err(|error| failed(copy, &error))?;
    create_private(arriving);
    let mut target =
        File::options().write(true).truncate(true).open(arriving).map_err(|e| failed(arriving, &e))?;
    std::io::copy(&mut &bytes, &mut target).map_err(|error| failed(arriving, &error))?;
    drop(target);
    let mut db = Connection::open(arriving).map_err(|error| failed(copy, &error))?;
    check(&db, copy)?;
    migrate(&mut db, copy)?;
    search::begin(&db)?;
    let transaction = db.transaction()?;
    let uncertain = hold(&transaction, now)?;
    transaction.commit()?;
    db.execute_batch("PRAGMA journal_mode = DELETE")?;
    db.close().map_err(|(_, error)| failed(arriving, &error))?;
    File::open(arriving).and_then(|file| file.sync_all()).map_err(|error| failed(arriving, &error))?;
    Ok(uncertain)
}

/// Nothing of a backup is sent by itself: it may have been sent after the backup was made.
fn hold(db: &Connection, now: Timestamp) -> Result<u32, StoreError> {
    db.execute("UPDATE sqlite_sequence SET seq = seq + ? WHERE name = 'events'", [EVENTS_SINCE])?;
    let in_flight = outbox::recover(db, now)?;
    let mut query = db.prepare("SELECT id FROM messages WHERE status = 'queued' ORDER BY rowid")?;
    let waiting = query.query_map([], |row| id(row, "id"))?.collect::<Result<Vec<MessageId>, _>>()?;
    let text = "The message waited when the backup was made, and may have been sent since.";
    let reason = Reason::passing(ReasonCode::OUTCOME_UNKNOWN, text);
    for message in &waiting {
        let step = Step::new(Status::Uncertain, Signal::Restore, now);
        statuses::advance(db, *message, &Step { reason: Some(&reason), ..step })?;
    }
    Ok(in_flight + u32::try_from(waiting.len()).unwrap_or(u32::MAX))
}

/// Gives the database another name, with the newest writes in it.
fn set_aside(database: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    if !database.exists() {
        return Ok(None);
    }
    // One that cannot be opened any more keeps its newest writes beside it.
    let settled = Connection::open(database)
        .and_then(|db| db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE"));
    let aside = beside(database, &format!("replaced-{}", now.as_millis()));
    if settled.is_err() {
        for ending in ["-wal", "-shm"] {
            let _absent = fs::rename(with(database, ending), with(&aside, ending));
        }
    }
    // A link, so that at no moment there is no database: a host would begin an empty one.
    fs::hard_link(database, &aside)
        .or_else(|_| fs::rename(database, &aside))
        .map_err(|error| failed(&aside, &error))?;
    Ok(Some(aside))
}

fn beside(path: &Path, word: &str) -> PathBuf {
    with(path, &format!(".{word}"))
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A name that is on disk.
fn sync_folder(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(folder, &error))
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Failed(format!("{}: {error}", path.display()))
}
