//! Copies of the file, what is exported from it, and what is not in it any more.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use futures_util::future::join_all;
use jackfield::{
    model::{Note, NoteId, Scope, Status},
    store::{
        Contacts as _, ConversationFilter, Conversations as _, Erased, Events as _, Export as _,
        ExportFilter, Inbox as _, Keys as _, Record, Search as _, SearchQuery,
        sqlite::{SqliteStore, backup, restore},
    },
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::{add, file as database_file, hash, new_store, store::fixture::*};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_steady_writes_is_whole_and_as_of_one_moment() {
    let (store, folder) = new_store();
    let writing = Arc::new(tokio_util::sync::CancellationToken::new());
    let writer = tokio::spawn({
        let (store, writing) = (store.clone(), Arc::clone(&writing));
        async move {
            let mut number = 0;
            while !writing.is_cancelled() {
                // One after the other, so that what is there is a prefix.
                add(&store, number).await.unwrap();
                number += 1;
            }
            number
        }
    });
    for n in 0..3 {
        let before = store.keys().await.unwrap().len();
        let copy = folder.path().join(format!("copy{n}"));
        let (from, to) = (database_file(&folder), copy.clone());
        tokio::task::spawn_blocking(move || backup(&from, &to)).await.unwrap().unwrap();
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        let restored = folder.path().join(format!("restored{n}"));
        restore(&copy, &restored, at(9)).unwrap();
        let kept = SqliteStore::open(&restored).unwrap();
        let count = u32::try_from(kept.keys().await.unwrap().len()).unwrap();
        assert!(count as usize >= before, "what was acknowledged before is in it");
        for number in 0..count {
            assert!(kept.key_by_hash(hash(number)).await.unwrap().is_some(), "{number} of {count}");
        }
    }
    writing.cancel();
    assert!(writer.await.unwrap() > 0);
}

#[tokio::test]
async fn nothing_of_a_backup_is_sent_by_itself() {
    let (store, folder) = new_store();
    let (c, d) = (begin(&store).await, open(&store, "d").await);
    let sending = begin_send(&store, c, "under way", 1).await;
    let queued = [say(&store, c, "first", 1).await, say(&store, c, "second", 1).await];
    let done = send(&store, d, "p", 2).await;
    let copy = folder.path().join("copy");
    backup(&database_file(&folder), &copy).unwrap();
    assert!(backup(&database_file(&folder), &copy).is_err(), "a backup is never written over");
    let numbers = *store.latest_event().borrow();
    // A database that nobody has open.
    let database = folder.path().join("database");
    backup(&database_file(&folder), &database).unwrap();

    let restored = restore(&copy, &database, at(9)).unwrap();
    assert_eq!(restored.uncertain, 3);
    let store = SqliteStore::open(&database).unwrap();
    for id in [sending, queued[0], queued[1]] {
        let message = message(&store, id).await;
        assert_eq!(message.status, Status::Uncertain);
        assert!(message.reason.is_some());
    }
    assert_eq!(status(&store, done).await, Status::Sent);
    assert!(claim(&store, 10).await.is_empty());
    let told = store.events_after(numbers, 100).await.unwrap();
    assert_eq!(told.len(), 3, "whoever listens hears of it");
    assert!(told[0].sequence > numbers + 100_000, "numbers that were given out since mean nothing else");
    // What was there before is whole, too.
    let replaced = SqliteStore::open(&restored.replaced.unwrap()).unwrap();
    assert_eq!(status(&replaced, queued[0]).await, Status::Queued);
}

#[tokio::test]
async fn a_backup_that_cannot_be_used_replaces_nothing() {
    let (store, folder) = new_store();
    add(&store, 1).await.unwrap();
    let copy = folder.path().join("copy");
    backup(&database_file(&folder), &copy).unwrap();
    drop(store);
    let spoilt = |name: &str, spoil: &dyn Fn(&Path)| {
        let path = folder.path().join(name);
        fs::copy(&copy, &path).unwrap();
        spoil(&path);
        let error = restore(&path, &database_file(&folder), at(1)).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    };
    spoilt("newer", &|path| {
        Connection::open(path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    });
    spoilt("foreign", &|path| fs::write(path, "no database ".repeat(1000)).unwrap());
    spoilt("empty", &|path| fs::write(path, "").unwrap());
    spoilt("torn", &|path| {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    });
    assert_eq!(SqliteStore::open(&database_file(&folder)).unwrap().keys().await.unwrap().len(), 1);
    let left = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("restoring")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// How often a text is in the files of a database, the write-ahead log included.
fn occurrences(folder: &TempDir, text: &str) -> usize {
    let files = fs::read_dir(folder.path()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    let within = |bytes: Vec<u8>| bytes.windows(text.len()).filter(|found| *found == text.as_bytes()).count();
    files.map(within).sum()
}

#[tokio::test]
async fn what_was_erased_is_not_in_the_file_any_more() {
    let (store, folder) = new_store();
    begin(&store).await;
    for n in 0..200 {
        deliver(&store, 1, said("Zarquon", &format!("m{n}"), &format!("quixotic{n} zephyr"), 1)).await;
        deliver(&store, 1, received("d", &format!("ordinary{n} zenith"), 1)).await;
    }
    let all =
        store.conversations(&Scope::Everything, ConversationFilter::default(), None, 9).await.unwrap().items;
    let c = all.iter().find(|c| c.platform_id == "c").unwrap();
    let note = Note {
        id: NoteId::generate(),
        conversation: c.id,
        author: "kim".to_owned(),
        text: "a quixotic note".to_owned(),
        created_at: at(2),
    };
    store.add_note(note).await.unwrap();
    assert!(occurrences(&folder, "quixotic") > 200);
    let erased = store.erase_contact(c.contact.id, at(3)).await.unwrap();
    assert!(matches!(erased, Erased::Gone(_)), "{erased:?}");
    for text in ["quixotic", "Zarquon", "zarquon", "zephyr"] {
        assert_eq!(occurrences(&folder, text), 0, "{text}");
    }
    assert!(occurrences(&folder, "ordinary") > 200);
    let query = SearchQuery { text: "zenith".to_owned(), scope: Scope::Everything };
    assert_eq!(store.search(query, None, 1000).await.unwrap().items.len(), 200, "the index is whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_a_picture_of_one_moment() {
    let (store, _folder) = new_store();
    let c = begin(&store).await;
    deliver(&store, 1, referred("c", "flyer", 1)).await;
    let many = (0..300).map(|n| deliver(&store, 2, received("c", &format!("m{n}"), 2)));
    join_all(many).await;
    let note = Note {
        id: NoteId::generate(),
        conversation: c,
        author: "kim".to_owned(),
        text: "a note".to_owned(),
        created_at: at(2),
    };
    store.add_note(note.clone()).await.unwrap();
    let mut records = store.export(ExportFilter::default()).await.unwrap();
    let first = records.recv().await.unwrap().unwrap();
    assert!(matches!(first, Record::Account(_)));
    // More than waits in the channel was read by nobody yet.
    deliver(&store, 3, received("c", "too late", 3)).await;
    // Notes are read last, when much more than fits has been read.
    store.add_note(Note { id: NoteId::generate(), ..note }).await.unwrap();
    let mut counts = [0; 5];
    let mut lines = Vec::new();
    while let Some(record) = records.recv().await {
        let record = record.unwrap();
        let kind = match &record {
            Record::Contact(_) => 0,
            Record::Conversation(_) => 1,
            Record::Referral(_) => 2,
            Record::Message(message) => {
                assert!(!message.history.is_empty());
                3
            }
            Record::Note(_) => 4,
            Record::Account(_) => panic!("one account only"),
            Record::Comment(_) => panic!("nobody commented"),
        };
        counts[kind] += 1;
        lines.push(jackfield::export::line(record).unwrap());
    }
    assert_eq!(counts, [1, 1, 1, 301, 1]);
    assert!(lines.iter().all(|line| line.starts_with("{\"type\":") && !line.contains('\n')));
    let later = ExportFilter { since: Some(at(3)), ..ExportFilter::default() };
    let mut records = store.export(later).await.unwrap();
    let mut messages = 0;
    while let Some(record) = records.recv().await {
        messages += usize::from(matches!(record.unwrap(), Record::Message(_)));
    }
    assert_eq!(messages, 1);
}
