//! What only the SQLite store promises: groups, the file, and what happens when it cannot be written.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests, too")]

mod file {
    mod archive;
}
mod store {
    #[expect(dead_code, reason = "words that the other behaviours use")]
    pub(crate) mod fixture;
}

use std::{path::Path, process::Command, sync::mpsc, time::Duration};

use connector_api::EchoOrigin;
use futures_util::future::{BoxFuture, join_all, poll_immediate};
use jackfield::{
    model::{ApiKey, ConversationId, KeyId, Role, Scope, Status},
    store::{
        Accounts as _, Arrival, ConversationFilter, Conversations as _, Enqueued, Events as _, Inbound as _,
        Keys as _, NewMessage, Outbox as _, StoreError, Upkeep as _, sqlite::SqliteStore,
    },
};
use rusqlite::Connection;
use store::fixture::*;
use tempfile::TempDir;
use tokio::sync::oneshot;

fn new_store() -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (SqliteStore::open(&file(&folder)).unwrap(), folder)
}

fn file(folder: &TempDir) -> std::path::PathBuf {
    folder.path().join("store.db")
}

/// Adds a key whose hash is made of its number.
async fn add(store: &SqliteStore, number: u32) -> Result<(), StoreError> {
    let key = ApiKey {
        id: KeyId::generate(),
        name: "k".repeat(500),
        role: Role::Read,
        scope: Scope::Everything,
        created_at: at(0),
    };
    store.add_key(key, hash(number)).await
}

fn hash(number: u32) -> [u8; 32] {
    let mut hash = [0; 32];
    hash[..4].copy_from_slice(&number.to_be_bytes());
    hash
}

/// A write that stands inside its transaction until it is let go.
struct Blocker {
    entered: oneshot::Receiver<()>,
    go: mpsc::Sender<()>,
    write: BoxFuture<'static, Result<Enqueued, StoreError>>,
}

impl Blocker {
    /// Puts it in the queue.
    async fn start(store: &SqliteStore, conversation: ConversationId) -> Self {
        let (entering, entered) = oneshot::channel();
        let (go, gone) = mpsc::channel();
        let check = move |ledger| {
            entering.send(()).unwrap();
            gone.recv_timeout(Duration::from_secs(60)).unwrap();
            allow(ledger)
        };
        let new = NewMessage {
            plan: text_plan("blocker", Box::new(check)),
            ..new_message(conversation, "blocker", 1)
        };
        let store = store.clone();
        let mut write: BoxFuture<'static, _> = Box::pin(async move { store.enqueue(new).await });
        assert!(poll_immediate(&mut write).await.is_none());
        Self { entered, go, write }
    }

    async fn entered(&mut self) {
        (&mut self.entered).await.unwrap();
    }

    async fn finish(self) {
        self.go.send(()).unwrap();
        assert!(matches!(self.write.await.unwrap(), Enqueued::Queued(_)));
    }
}

/// Commits in the write-ahead log: frames that say how large the database is after them.
fn commits(folder: &TempDir) -> usize {
    let log = std::fs::read(folder.path().join("store.db-wal")).unwrap();
    let (header, frames) = log.split_at(32);
    let page = u32::from_be_bytes(header[8..12].try_into().unwrap()) as usize;
    let frames = frames.chunks_exact(24 + page).filter(|frame| frame[8..16] == header[16..24]);
    frames.filter(|frame| frame[4..8] != [0; 4]).count()
}

/// Puts a write in the queue.
async fn begun<T>(mut write: BoxFuture<'_, T>) -> BoxFuture<'_, T> {
    assert!(poll_immediate(&mut write).await.is_none(), "answered without a commit");
    write
}

fn is_unavailable<T>(result: &Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Unavailable(_)))
}

#[tokio::test]
async fn writes_that_wait_share_commits() {
    let (store, folder) = new_store();
    let conversation = begin(&store).await;
    let before = commits(&folder);
    let mut blocker = Blocker::start(&store, conversation).await;
    blocker.entered().await;
    let mut writes = Vec::new();
    for number in 0..200 {
        writes.push(begun(Box::pin(add(&store, number))).await);
    }
    blocker.finish().await;
    assert!(join_all(writes).await.iter().all(Result::is_ok));
    // At least four in each, and more where they are quick.
    let commits = commits(&folder) - before;
    assert!((1..=201_usize.div_ceil(4)).contains(&commits), "{commits} commits");
    assert_eq!(store.keys().await.unwrap().len(), 200);
}

#[tokio::test]
async fn an_answer_and_its_notice_come_after_the_commit() {
    let (store, _folder) = new_store();
    let conversation = begin(&store).await;
    let mut latest = store.latest_event();
    latest.mark_unchanged();
    let mut first = Blocker::start(&store, conversation).await;
    first.entered().await;
    let mut account = begun(store.save_account(authorized("other", "a"), at(1))).await;
    let mut second = Blocker::start(&store, conversation).await;
    first.go.send(()).unwrap();
    // Now the account is written, but the commit waits for the second blocker.
    second.entered().await;
    assert!(poll_immediate(&mut account).await.is_none());
    assert_eq!(store.accounts(&Scope::Everything).await.unwrap().len(), 1);
    assert!(!latest.has_changed().unwrap());
    second.finish().await;
    let account = account.await.unwrap();
    assert_eq!(store.account(account.id).await.unwrap(), Some(account));
    assert!(latest.has_changed().unwrap());
}

#[tokio::test]
async fn a_failing_write_undoes_nothing_of_its_group() {
    let (store, folder) = new_store();
    let conversation = begin(&store).await;
    let before = commits(&folder);
    let mut blocker = Blocker::start(&store, conversation).await;
    blocker.entered().await;
    let mut writes = Vec::new();
    for number in [1, 1, 2] {
        writes.push(begun(Box::pin(add(&store, number))).await);
    }
    blocker.finish().await;
    let results: Vec<_> = join_all(writes).await.iter().map(Result::is_ok).collect();
    assert_eq!(results, [true, false, true]);
    assert_eq!(commits(&folder) - before, 1);
    for number in [1, 2] {
        assert!(store.key_by_hash(hash(number)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_write_happens_even_if_nobody_waits_for_it() {
    let (store, _folder) = new_store();
    let conversation = begin(&store).await;
    let mut blocker = Blocker::start(&store, conversation).await;
    blocker.entered().await;
    drop(begun(Box::pin(add(&store, 1))).await);
    blocker.finish().await;
    add(&store, 2).await.unwrap();
    assert_eq!(store.keys().await.unwrap().len(), 2);
}

#[tokio::test]
async fn more_writes_than_may_wait_are_refused_and_may_come_again() {
    let (store, _folder) = new_store();
    let conversation = begin(&store).await;
    let mut blocker = Blocker::start(&store, conversation).await;
    blocker.entered().await;
    let mut waiting = Vec::new();
    let refused = loop {
        let number = u32::try_from(waiting.len()).unwrap();
        let mut write: BoxFuture<'_, _> = Box::pin(add(&store, number));
        match poll_immediate(&mut write).await {
            None => waiting.push(write),
            Some(result) => break result,
        }
    };
    assert!(is_unavailable(&refused), "{refused:?}");
    assert!(store.keys().await.unwrap().is_empty(), "reads go on");
    blocker.finish().await;
    assert!(join_all(waiting).await.iter().all(Result::is_ok));
    add(&store, u32::MAX).await.unwrap();
}

#[tokio::test]
async fn many_reads_share_few_connections() {
    let (store, _folder) = new_store();
    let conversation = begin(&store).await;
    let reads = join_all((0..100).map(|_| store.conversation(conversation))).await;
    assert!(reads.into_iter().all(|read| read.unwrap().is_some()));
}

#[tokio::test]
async fn what_cannot_be_shown_is_kept_raw_once() {
    let (store, folder) = new_store();
    connect(&store).await;
    let mut foreign = received("c", "m", 0);
    foreign.account = "stranger".to_owned();
    let known = received("c", "known", 0);
    deliver(&store, 0, known.clone()).await;
    let kept = |body: &[u8]| -> i64 {
        let db = Connection::open(file(&folder)).unwrap();
        db.query_row("SELECT count(*) FROM payloads WHERE body = ?", [body], |row| row.get(0)).unwrap()
    };
    let cases = [
        ("understood", vec![received("c", "new", 1)], 1),
        ("understood before", vec![known.clone()], 0),
        ("not understood", Vec::new(), 1),
        ("unrouted", vec![foreign.clone()], 1),
        ("unrouted beside something new", vec![received("c", "newer", 2), foreign.clone()], 1),
        ("unrouted beside something old", vec![known, foreign], 1),
    ];
    for (name, events, expected) in cases {
        let body = [name.as_bytes(), b"\0\xff"].concat();
        let arrival = Arrival { body: body.clone(), ..arrival(3, events) };
        let thrice = join_all((0..3).map(|_| store.ingest(arrival.clone()))).await;
        assert!(thrice.iter().all(Result::is_ok));
        assert_eq!(kept(&body), expected, "{name}");
    }
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let (store, folder) = new_store();
    let conversation = begin(&store).await;
    let in_flight = begin_send(&store, conversation, "answer", 1).await;
    let waiting = say(&store, conversation, "next", 1).await;
    deliver(&store, 2, echoed("p", "answer", 1, EchoOrigin::Api)).await;
    let (before, told) = (thread(&store, conversation).await, events(&store).await);
    let ledger = store.conversation(conversation).await.unwrap();
    drop(store);
    let store = SqliteStore::open(&file(&folder)).unwrap();
    assert_eq!(thread(&store, conversation).await, before);
    assert_eq!(
        (events(&store).await, store.conversation(conversation).await.unwrap()),
        (told.clone(), ledger)
    );
    assert_eq!(*store.latest_event().borrow(), told.last().unwrap().sequence);
    assert_eq!(deliver(&store, 3, received("c", "hello", 0)).await.duplicates, 1);
    assert!(claim(&store, 3).await.is_empty(), "one is in flight");
    assert_eq!(store.recover(at(3)).await.unwrap(), 1);
    assert_eq!(status(&store, in_flight).await, Status::Delivered, "its echo had come");
    assert_eq!(claim(&store, 3).await, [waiting]);
}

#[test]
fn a_file_that_is_no_store_of_this_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path, words: &str| {
        let before = std::fs::read(path).ok();
        let error = SqliteStore::open(path).unwrap_err();
        assert!(matches!(error, StoreError::Failed(_)));
        let text = error.to_string();
        assert!(text.contains(words) && text.contains(path.to_str().unwrap()), "{text}");
        assert_eq!(std::fs::read(path).ok(), before);
    };
    let newer = file(&folder);
    drop(SqliteStore::open(&newer).unwrap());
    let db = Connection::open(&newer).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    db.pragma_update(None, "wal_checkpoint", "TRUNCATE").unwrap();
    refused(&newer, "newer");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database ".repeat(1_000)).unwrap();
    refused(&text, "not a database");
    refused(&folder.path().join("missing/store.db"), "open");
    refused(folder.path(), "open");
}

/// The file may not grow any more: what was acknowledged is there, the rest is told that it may come again.
#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let (store, folder) = new_store();
    begin(&store).await;
    drop(store);
    // A limit on the size of files holds for a whole process, so it is one of its own.
    let script = "trap '' XFSZ; ulimit -f 2000; exec \"$0\" --exact until_the_disk_is_full --nocapture";
    let mut child = Command::new("sh");
    child.args(["-c", script]).arg(std::env::current_exe().unwrap()).env("STORE_TO_FILL", file(&folder));
    let output = child.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let numbers = |word| text.lines().filter_map(move |line| line.strip_prefix(word)?.parse::<u32>().ok());
    let (acknowledged, refused) = (numbers("kept ").collect::<Vec<_>>(), numbers("refused ").count());
    assert!(!acknowledged.is_empty() && refused > 20, "{text}");
    let store = SqliteStore::open(&file(&folder)).unwrap();
    for number in acknowledged {
        assert!(store.key_by_hash(hash(number)).await.unwrap().is_some(), "{number} was acknowledged");
    }
    add(&store, u32::MAX).await.unwrap();
}

/// Does something only as the child of the test above.
#[tokio::test]
async fn until_the_disk_is_full() {
    let Some(path) = std::env::var_os("STORE_TO_FILL") else { return };
    let store = SqliteStore::open(Path::new(&path)).unwrap();
    let mut full = 0;
    for group in 0..200 {
        let results = join_all((0..10).map(|n| add(&store, group * 10 + n))).await;
        full += u32::from(results.iter().all(is_unavailable));
        for (number, result) in (group * 10..).zip(results) {
            match result {
                Ok(()) => println!("\nkept {number}"),
                Err(StoreError::Unavailable(_)) => println!("\nrefused {number}"),
                Err(other) => panic!("{other:?}"),
            }
        }
        if full == 3 {
            break;
        }
    }
    assert_eq!(full, 3, "the disk never was full");
    assert!(
        !store
            .conversations(&Scope::Everything, ConversationFilter::default(), None, 1)
            .await
            .unwrap()
            .items
            .is_empty(),
        "reads go on"
    );
}

/// What is written to a removed file is gone when the host ends.
#[tokio::test]
async fn a_database_that_was_moved_away_keeps_nothing_and_says_so_until_it_is_back() {
    let (store, folder) = new_store();
    add(&store, 0).await.unwrap();
    for (number, ending) in (1..).step_by(2).zip(["", "-wal"]) {
        let mut path = file(&folder).into_os_string();
        path.push(ending);
        let away = folder.path().join("away");
        std::fs::rename(&path, &away).unwrap();
        assert!(is_unavailable(&add(&store, number).await), "{ending}");
        assert!(is_unavailable(&store.check().await), "{ending}");
        std::fs::rename(&away, &path).unwrap();
        store.check().await.unwrap();
        add(&store, number + 1).await.unwrap();
    }
    let names: Vec<_> = store.keys().await.unwrap().into_iter().map(|key| key.name).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

/// So that a copy of the one file is a copy of everything.
#[tokio::test]
async fn a_settled_store_is_one_file() {
    let (store, folder) = new_store();
    add(&store, 1).await.unwrap();
    store.settle().await.unwrap();
    let mut log = file(&folder).into_os_string();
    log.push("-wal");
    assert_eq!(std::fs::metadata(log).unwrap().len(), 0);
    let copy = folder.path().join("copy.db");
    std::fs::copy(file(&folder), &copy).unwrap();
    assert_eq!(SqliteStore::open(&copy).unwrap().keys().await.unwrap().len(), 1);
    add(&store, 2).await.unwrap();
}
