//! What the SQLite store needs for a step when very much waits.

#![allow(clippy::unwrap_used, reason = "the helpers of these tests are tests, too")]

mod store {
    #[expect(dead_code, reason = "words that the other behaviours use")]
    pub(crate) mod fixture;
}

use std::{
    path::Path,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use jackfield::{
    model::MessageId,
    store::{Accounts as _, Inbound as _, Line as _, Outbox as _, sqlite::SqliteStore},
};
use store::fixture::*;

const ACCOUNTS: usize = 50;
const CONVERSATIONS: usize = 2_000;
const MESSAGES: usize = 20_000;
/// Generous: with optimisation it is a tenth of this.
const CLAIM: Duration = Duration::from_millis(2);

/// Accounts and conversations by the store; the messages as a restored database would have them, which is quicker.
async fn fill(store: &SqliteStore, path: &Path) {
    for account in 0..ACCOUNTS {
        store.save_account(authorized(INSTANCE, &account.to_string()), at(0)).await.unwrap();
    }
    let opening = |number: usize| {
        let mut event = received(&number.to_string(), "hello", 0);
        event.account = (number % ACCOUNTS).to_string();
        event
    };
    let events: Vec<_> = (0..CONVERSATIONS).map(opening).collect();
    assert_eq!(store.ingest(arrival(0, events)).await.unwrap().new as usize, CONVERSATIONS);
    let insert = "WITH RECURSIVE n (value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM n WHERE value < :messages - 1)
        INSERT INTO messages (id, conversation_id, direction, origin, content, status, priority, created_at, sent_at)
        SELECT format('00000000-0000-7000-8000-%012d', n.value), c.id, 'outbound', 'host',
               '{\"kind\":\"text\",\"text\":\"news\"}', 'queued', 'bulk', 0, 0
        FROM n JOIN (SELECT id, row_number() OVER () - 1 AS number FROM conversations) c
          ON c.number = n.value % :conversations ORDER BY n.value";
    let db = rusqlite::Connection::open(path).unwrap();
    let inserted = db.execute(insert, [MESSAGES as i64, CONVERSATIONS as i64]).unwrap();
    assert_eq!(inserted, MESSAGES);
    store.recover(at(1)).await.unwrap();
}

/// The time of one claim of many, without the commit that they share.
async fn claim_time(store: &SqliteStore, count: u32) -> (Duration, Vec<MessageId>) {
    let begun = Instant::now();
    let claimed = store.claim(INSTANCE, at(2), count).await.unwrap();
    assert_eq!(claimed.len(), count as usize);
    (begun.elapsed() / count, claimed.iter().map(|claimed| claimed.message).collect())
}

#[tokio::test]
async fn a_claim_among_twenty_thousand_messages_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = SqliteStore::open(&path).unwrap();
    fill(&store, &path).await;
    let mut times = Vec::new();
    for round in 0..9 {
        let (time, claimed) = claim_time(&store, 50).await;
        times.push(time);
        let outcome =
            |id| record(&store, id, 3, if round % 2 == 0 { retry(100) } else { sent(&format!("{id}")) });
        join_all(claimed.into_iter().map(outcome)).await;
    }
    times.sort();
    println!("a claim takes {:?}; each time: {times:?}", times[4]);
    // The middle one: the machine may be busy with something else for a moment.
    assert!(times[4] < CLAIM, "{times:?}");
}
