use rusqlite::Connection;
use tokio::sync::oneshot;

use std::path::Path;

use super::{
    super::{SqliteStore, connect},
    *,
};

fn new_store() -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (SqliteStore::open(&folder.path().join("store.db")).unwrap(), folder)
}

fn pragma(db: &Connection, name: &str) -> Result<String, StoreError> {
    let value =
        db.query_row(&format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"), [], |row| row.get(0));
    Ok(value?)
}

fn insert(db: &Connection, id: u32, bytes: usize) -> Result<(), StoreError> {
    let row = (id, vec![0; bytes]);
    db.execute("INSERT INTO payloads (id, instance, received_at, stale, events, unrouted, body) VALUES (?, 'i', 0, 0, 0, 0, ?)", row)?;
    Ok(())
}

async fn stored(store: &SqliteStore) -> Vec<u32> {
    let ids = store.readers.read(|db| {
        let mut query = db.prepare("SELECT id FROM payloads ORDER BY id")?;
        let ids = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<u32>, _>>()?;
        Ok(ids)
    });
    ids.await.unwrap()
}

/// Runs these writes as one group: they queue while the writer is kept busy.
async fn in_one_group<T: Send + 'static>(
    store: &SqliteStore,
    writes: Vec<impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static>,
) -> Vec<Result<T, StoreError>> {
    let (entering, entered) = oneshot::channel();
    let (go, gone) = std::sync::mpsc::channel();
    let blocker = store.writer.write(move |_| {
        entering.send(()).unwrap();
        gone.recv().map_err(|error| StoreError::Failed(error.to_string()))
    });
    let others = futures_util::future::join_all(writes.into_iter().map(|write| store.writer.write(write)));
    let let_go = async {
        entered.await.unwrap();
        go.send(()).unwrap();
    };
    // Polled in this order, so that all of them wait in the queue before the blocker is let go.
    let (_blocker, results, ()) = tokio::join!(biased; blocker, others, let_go);
    results
}

#[tokio::test]
async fn the_connection_that_writes_reaches_the_disk_before_it_answers() {
    let (store, _folder) = new_store();
    let expected =
        [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("secure_delete", "1")];
    for (name, value) in expected {
        assert_eq!(store.writer.write(move |db| pragma(db, name)).await.unwrap(), value, "{name}");
    }
}

#[tokio::test]
async fn the_connections_that_read_cannot_write() {
    let (store, _folder) = new_store();
    assert!(store.readers.read(|db| insert(db, 1, 1)).await.is_err());
    assert_eq!(store.readers.read(|db| pragma(db, "journal_mode")).await.unwrap(), "wal");
}

#[tokio::test]
async fn a_read_that_panics_gives_its_connection_back() {
    let (store, _folder) = new_store();
    for _ in 0..20 {
        let result = store.readers.read::<()>(|_| panic!("on purpose")).await;
        assert!(matches!(result, Err(StoreError::Failed(_))));
    }
    assert!(stored(&store).await.is_empty());
}

#[tokio::test]
async fn what_failed_or_panicked_is_undone_and_the_rest_of_the_group_is_kept() {
    let (store, _folder) = new_store();
    let write = |id: u32| {
        move |db: &Connection| {
            insert(db, id, 10)?;
            match id {
                2 => panic!("on purpose"),
                4 => Err(StoreError::Failed("on purpose".to_owned())),
                // Not even a write that meddles with the group's savepoints.
                6 => insert(db, 1, 10),
                _ => Ok(()),
            }
        }
    };
    let results = in_one_group(&store, (1..=7).map(write).collect()).await;
    let kept: Vec<_> = results.iter().map(Result::is_ok).collect();
    assert_eq!(kept, [true, false, true, false, true, false, true]);
    assert_eq!(stored(&store).await, [1, 3, 5, 7]);
}

#[tokio::test]
async fn whoever_comes_after_a_long_write_does_not_wait_for_all_that_is_left() {
    let (store, _folder) = new_store();
    let (done, order) = std::sync::mpsc::channel();
    let write = |id: u32| {
        let done = done.clone();
        move |db: &Connection| {
            // What others can see is what was committed before.
            let committed: u32 = connect(db.path().map(Path::new).unwrap())?.query_row(
                "SELECT count(*) FROM payloads",
                [],
                |row| row.get(0),
            )?;
            done.send(committed).unwrap();
            let begun = Instant::now();
            while id == 1 && begun.elapsed() < 2 * GROUP_WITHIN {}
            insert(db, id, 10)
        }
    };
    in_one_group(&store, (1..=8).map(write).collect()).await;
    let committed: Vec<_> = order.try_iter().collect();
    // The blocker and three of these are the first commit.
    assert_eq!(committed[..4], [0, 0, 0, 3], "{committed:?}");
}

/// SQLite undoes the whole transaction when it is out of space: then nobody of the group may be told otherwise.
#[tokio::test]
async fn a_group_that_ran_out_of_space_is_undone_and_told_so() {
    let (store, _folder) = new_store();
    let limit = |pages: u32| move |db: &Connection| Ok(db.pragma_update(None, "max_page_count", pages)?);
    let pages = store.writer.write(|db| pragma(db, "page_count")).await.unwrap().parse::<u32>().unwrap();
    store.writer.write(limit(pages + 8)).await.unwrap();
    let write = |id: u32| move |db: &Connection| insert(db, id, if id == 3 { 1_000_000 } else { 10 });
    let results = in_one_group(&store, (1..=6).map(write).collect()).await;
    let kept = stored(&store).await;
    for (id, result) in (1..).zip(&results) {
        assert_eq!(result.is_ok(), kept.contains(&id), "{id}: {results:?}");
        let clear = matches!(result, Ok(()) | Err(StoreError::Unavailable(_)));
        assert!(clear, "{id}: {result:?}");
    }
    assert!(results[2].is_err());
    store.writer.write(|db| insert(db, 10, 10)).await.unwrap();
    store.writer.write(limit(1_000_000)).await.unwrap();
    store.writer.write(|db| insert(db, 11, 1_000_000)).await.unwrap();
    assert!(stored(&store).await.ends_with(&[10, 11]));
}

/// Out of space while other writes of the group have made their answers ready.
#[tokio::test]
async fn a_write_that_ends_the_transaction_fails_its_group() {
    let (store, _folder) = new_store();
    let write = |id: u32| {
        move |db: &Connection| {
            insert(db, id, 10)?;
            if id == 2 {
                db.execute_batch("ROLLBACK")?;
            }
            Ok(())
        }
    };
    let results = in_one_group(&store, (1..=3).map(write).collect()).await;
    assert!(results.iter().all(|result| matches!(result, Err(StoreError::Unavailable(_)))), "{results:?}");
    assert!(stored(&store).await.is_empty());
    store.writer.write(|db| insert(db, 4, 10)).await.unwrap();
    assert_eq!(stored(&store).await, [4]);
}
