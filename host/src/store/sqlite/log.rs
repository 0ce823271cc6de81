//! The write-ahead log is brought into the database by a thread of its own, so that no commit waits for that.

use std::{
    cell::Cell,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use rusqlite::Connection;

use super::StoreError;

/// After so many more pages in the log they are brought into the database. A commit meanwhile waits for the disk, so it is done often
/// and is short: with 1,000 pages the slowest of a hundred commits took twice as long.
const PAGES: u32 = 300;
/// A log of so many pages is not let grow: then the writer waits for it.
const MOST_PAGES: u32 = 16_000;

thread_local! {
    /// Pages in the log after this thread's newest commit.
    static LOGGED: Cell<u32> = const { Cell::new(0) };
}

/// The log, as the writer sees it.
pub(super) struct Log {
    wanted: SyncSender<()>,
    /// Pages in it when it was last asked for.
    asked_at: u32,
}

impl Log {
    /// Starts the thread that brings the log into the database over a connection of its own.
    pub(super) fn watch(connection: Connection) -> Result<Self, StoreError> {
        let (wanted, asked) = sync_channel(1);
        thread::Builder::new()
            .name("store-log".to_owned())
            .spawn(move || {
                while asked.recv().is_ok() {
                    checkpoint(&connection);
                }
            })
            .map_err(|error| StoreError::Failed(format!("no thread for the store's log: {error}")))?;
        Ok(Self { wanted, asked_at: 0 })
    }

    /// Called once, on the thread that commits: from now on it is told what its commits add.
    pub(super) fn follow(db: &Connection) {
        db.wal_hook(Some(|_, pages| {
            LOGGED.set(u32::try_from(pages).unwrap_or_default());
            Ok(())
        }));
    }

    /// Called after each commit, on the thread that commits.
    pub(super) fn committed(&mut self, db: &Connection) {
        let pages = LOGGED.get();
        // It has begun anew.
        self.asked_at = self.asked_at.min(pages);
        if pages >= MOST_PAGES {
            checkpoint(db);
        } else if pages >= self.asked_at + PAGES {
            self.asked_at = pages;
            // Where it is full, it is being done or about to be.
            let _already_asked = self.wanted.try_send(());
        }
    }
}

/// Brings into the database what nobody reads from the log any more; once it is all there, the log begins anew.
fn checkpoint(db: &Connection) {
    let done = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    if let Err(error) = done {
        tracing::warn!(%error, "The write-ahead log cannot be brought into the database");
    }
}
