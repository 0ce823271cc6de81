//! The one writer: a thread that commits what is waiting as one group, and answers after the commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::{
    StoreError, events,
    log::Log,
    place::Place,
    queue::{About, Putting, Waiting, queue},
    search,
};

/// Writes in one commit.
const MAX_GROUP: usize = 256;
/// Writes that a commit is worth, however long they take.
const LEAST_GROUP: usize = 4;
/// After this time no further write joins a commit: everybody in it, and whoever comes meanwhile, waits for its end.
const GROUP_WITHIN: Duration = Duration::from_millis(1);
/// What the writer keeps of the database in memory, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// Runs inside the transaction, if there is one, and returns what to do once the commit's result is known.
type Job = Box<dyn FnOnce(Option<&Connection>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

#[derive(Clone)]
pub(super) struct Writer {
    jobs: Putting<Job>,
    latest_event: watch::Receiver<i64>,
    /// Whether the newest commit failed.
    failing: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn start(connection: Connection, place: Place, log: Log) -> Result<Self, StoreError> {
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let (jobs, waiting) = queue();
        let failing = Arc::new(AtomicBool::new(false));
        let (latest, latest_event) = watch::channel(events::latest(&connection)?);
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn({
                let failing = Arc::clone(&failing);
                move || run(&connection, place, log, &waiting, &latest, &failing)
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
        self.write_about(None, work).await
    }

    /// As [`write`](Self::write), in turns with others: those about the same share theirs, and keep their order.
    pub(super) async fn write_about<T: Send + 'static>(
        &self,
        about: Option<About>,
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
        self.jobs.put(job, about)?;
        receiver.await.map_err(|_| StoreError::Failed("the writer stopped".to_owned()))?
    }
}

fn in_savepoint<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    execute(db, "SAVEPOINT job")?;
    let result = catch_unwind(AssertUnwindSafe(|| work(db)))
        .unwrap_or_else(|_| Err(StoreError::Failed("a write panicked".to_owned())));
    // Out of space, SQLite undoes the whole transaction, and the savepoint with it.
    if db.is_autocommit() {
        return result;
    }
    let undone = if result.is_err() { execute(db, "ROLLBACK TO job") } else { Ok(()) };
    if let Err(error) = undone.and_then(|()| execute(db, "RELEASE job")) {
        // Half of a write must not be committed with the others.
        db.execute_batch("ROLLBACK")?;
        return Err(error);
    }
    result
}

fn execute(db: &Connection, statement: &str) -> Result<(), StoreError> {
    db.prepare_cached(statement)?.execute([])?;
    Ok(())
}

fn run(
    db: &Connection,
    mut place: Place,
    mut log: Log,
    waiting: &Waiting<Job>,
    latest: &watch::Sender<i64>,
    failing: &AtomicBool,
) {
    Log::follow(db);
    while let Some((mut group, first)) = waiting.next() {
        let begun = Instant::now();
        let others = std::iter::from_fn(|| {
            let joined = group.count();
            let closed = joined >= MAX_GROUP || (joined >= LEAST_GROUP && begun.elapsed() >= GROUP_WITHIN);
            if closed { None } else { waiting.try_next(&mut group) }
        });
        let group = std::iter::once(first).chain(others);
        let (answers, committed) = commit(db, &place, group);
        failing.store(committed.is_err(), Ordering::Relaxed);
        if committed.is_ok() {
            place.committed();
            announce(db, latest);
        }
        for answer in answers {
            answer(committed.clone());
        }
        log.committed(db);
    }
}

fn commit(
    db: &Connection,
    place: &Place,
    group: impl Iterator<Item = Job>,
) -> (Vec<Answer>, Result<(), StoreError>) {
    let mut open = execute(db, "BEGIN IMMEDIATE");
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
    let committed = open
        .and_then(|()| search::index_waiting(db))
        .and_then(|()| place.check())
        .and_then(|()| execute(db, "COMMIT"));
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
