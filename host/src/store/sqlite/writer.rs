//! The one writer: a thread that commits what is waiting as one group, and answers after the commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{StoreError, events, place::Place};

/// Writes that may wait; beyond that the store says that it is unavailable.
const MAX_WAITING: usize = 4096;
/// Writes in one commit.
const MAX_GROUP: usize = 256;

/// Runs inside the transaction, if there is one, and returns what to do once the commit's result is known.
type Job = Box<dyn FnOnce(Option<&Connection>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    latest_event: watch::Receiver<i64>,
    /// Whether the newest commit failed.
    failing: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn start(connection: Connection, place: Place) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel(MAX_WAITING);
        let failing = Arc::new(AtomicBool::new(false));
        let (latest, latest_event) = watch::channel(events::latest(&connection)?);
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn({
                let failing = Arc::clone(&failing);
                move || run(&connection, place, waiting, &latest, &failing)
            })
            .map_err(|error| StoreError::Failed(format!("no thread for the store: {error}")))?;
        Ok(Self { jobs, latest_event, failing })
    }

    pub(super) fn latest_event(&self) -> watch::Receiver<i64> {
        self.latest_event.clone()
    }

    /// Whether the newest commit failed.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Runs `work` in a transaction shared with others and returns when it is on disk. An error of `work` undoes
    /// only what `work` did. The work happens even where the caller does not wait for it.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            let result = db.map(|db| in_savepoint(db, work));
            Box::new(move |committed| {
                let answer = match result {
                    Some(Err(error)) => Err(error),
                    Some(Ok(value)) => committed.map(|()| value),
                    None => committed.and(Err(StoreError::Unavailable("no transaction".to_owned()))),
                };
                // The caller may have stopped waiting.
                let _abandoned = sender.send(answer);
            })
        });
        self.jobs.try_send(job).map_err(|error| StoreError::Unavailable(format!("writes: {error}")))?;
        receiver.await.map_err(|_| StoreError::Failed("the writer stopped".to_owned()))?
    }
}

fn in_savepoint<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    db.execute_batch("SAVEPOINT job")?;
    let result = catch_unwind(AssertUnwindSafe(|| work(db)))
        .unwrap_or_else(|_| Err(StoreError::Failed("a write panicked".to_owned())));
    // Out of space, SQLite undoes the whole transaction, and the savepoint with it.
    if db.is_autocommit() {
        return result;
    }
    let end = if result.is_err() { "ROLLBACK TO job; RELEASE job" } else { "RELEASE job" };
    if let Err(error) = db.execute_batch(end) {
        // Half of a write must not be committed with the others.
        db.execute_batch("ROLLBACK")?;
        return Err(error.into());
    }
    result
}

fn run(
    db: &Connection,
    mut place: Place,
    mut waiting: mpsc::Receiver<Job>,
    latest: &watch::Sender<i64>,
    failing: &AtomicBool,
) {
    while let Some(first) = waiting.blocking_recv() {
        let others = std::iter::from_fn(|| waiting.try_recv().ok());
        let group = std::iter::once(first).chain(others).take(MAX_GROUP);
        let (answers, committed) = commit(db, &place, group);
        failing.store(committed.is_err(), Ordering::Relaxed);
        if committed.is_ok() {
            place.committed();
            announce(db, latest);
        }
        for answer in answers {
            answer(committed.clone());
        }
    }
}

fn commit(
    db: &Connection,
    place: &Place,
    group: impl Iterator<Item = Job>,
) -> (Vec<Answer>, Result<(), StoreError>) {
    let mut open = db.execute_batch("BEGIN IMMEDIATE").map_err(StoreError::from);
    let mut answers = Vec::new();
    for job in group {
        answers.push(job(open.is_ok().then_some(db)));
        // What follows would commit by itself, and what came before is gone.
        if open.is_ok() && db.is_autocommit() {
            open = Err(StoreError::Unavailable(
                "a write of the same group was undone with all others".to_owned(),
            ));
        }
    }
    let committed = open.and_then(|()| place.check()).and_then(|()| Ok(db.execute_batch("COMMIT")?));
    if committed.is_err() && !db.is_autocommit() {
        // Where this fails too, the next BEGIN says so.
        let _undone = db.execute_batch("ROLLBACK");
    }
    (answers, committed)
}

fn announce(db: &Connection, latest: &watch::Sender<i64>) {
    match events::latest(db) {
        Ok(sequence) => {
            latest.send_if_modified(|known| std::mem::replace(known, sequence) != sequence);
        }
        Err(error) => tracing::warn!(%error, "Newest event is not known"),
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
