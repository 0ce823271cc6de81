//! Taking one webhook in: everything it says, in one transaction.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use connector_api::{Event, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};
use sha2::{Digest, Sha256};

use super::{
    Arrival, Inbound, Ingested, KeptPayload, Polled, Redecoded, SqliteStore, StoreError, accounts,
    applying::{apply, happens_again},
    events, intake, payloads,
    queue::About,
};
use crate::model::{AccountId, AccountStatus};

/// So many events are taken in by one write, or as many as its time allows: the writer has others to serve between.
const EVENTS_AT_ONCE: usize = 32;
/// A quarter of what a commit has, which takes in four writes however long they last.
const PART_WITHIN: Duration = Duration::from_micros(250);
/// So many are one write however long they take: most arrivals are.
const TOGETHER: usize = 8;

#[async_trait]
impl Inbound for SqliteStore {
    async fn ingest(&self, arrival: Arrival) -> Result<Ingested, StoreError> {
        let (about, arrival) = (about(&arrival), Arc::new(arrival));
        let mut taken = Taken::default();
        loop {
            let part = Arc::clone(&arrival);
            taken = self.writer.write_about(about, move |db| ingest(db, &part, taken)).await?;
            if taken.events == arrival.events.len() {
                return Ok(taken.ingested);
            }
        }
    }

    async fn payloads(
        &self,
        since: Timestamp,
        instance: Option<String>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<KeptPayload>, StoreError> {
        self.readers.read(move |db| payloads::since(db, since, instance.as_deref(), after, limit)).await
    }

    async fn replay(&self, arrival: Arrival) -> Result<Redecoded, StoreError> {
        let (about, arrival) = (about(&arrival), Arc::new(arrival));
        let mut replayed = Redecoded::default();
        for begin in (0..arrival.events.len()).step_by(EVENTS_AT_ONCE) {
            let part = Arc::clone(&arrival);
            let of_part = self.writer.write_about(about, move |db| replay(db, &part, begin)).await?;
            replayed.applied += of_part.applied;
            replayed.known += of_part.known;
            replayed.unrouted += of_part.unrouted;
        }
        Ok(replayed)
    }

    async fn poll_cursor(&self, instance: &str, account: &str) -> Result<Option<String>, StoreError> {
        let (instance, account) = (instance.to_owned(), account.to_owned());
        self.readers.read(move |db| poll_cursor(db, &instance, &account)).await
    }
}

/// What an arrival takes turns for: the conversation that it is about, by the first of its events.
fn about(arrival: &Arrival) -> Option<About> {
    let event = arrival.events.first()?;
    let mut hasher = DefaultHasher::new();
    (&arrival.instance, &event.account, payloads::conversation_of(event)).hash(&mut hasher);
    Some(hasher.finish())
}

/// The events of an arrival that one write takes in, from that one on.
fn part(arrival: &Arrival, begin: usize) -> &[Event] {
    let rest = arrival.events.get(begin..).unwrap_or_default();
    rest.split_at_checked(EVENTS_AT_ONCE).map_or(rest, |(part, _)| part)
}

/// How far an arrival has been taken in.
#[derive(Clone, Copy, Default)]
struct Taken {
    /// So many of its events.
    events: usize,
    /// What became of them.
    ingested: Ingested,
    /// Where its raw body is kept, once something was new.
    payload: Option<i64>,
}

/// Takes the next part of an arrival in.
fn ingest(db: &Connection, arrival: &Arrival, before: Taken) -> Result<Taken, StoreError> {
    let (begun, mut end) = (Instant::now(), before.events);
    let mut part = Ingested::default();
    for event in self::part(arrival, before.events) {
        if end >= before.events + TOGETHER && begun.elapsed() >= PART_WITHIN {
            break;
        }
        end += 1;
        match account_of(db, arrival, &event.account)? {
            None => part.unrouted += 1,
            Some(account) if first_time(db, arrival, &event.account, &event.dedup_key)? => {
                part.new += 1;
                apply(db, account, event, arrival.received_at)?;
            }
            Some(_) => part.duplicates += 1,
        }
    }
    let payload = keep_body(db, arrival, before, part)?;
    let is_last = end == arrival.events.len();
    // By the last one it has its row, or all that it says was known.
    intake::ingested(db, &arrival.instance, part, is_last)?;
    if let Some(polled) = arrival.polled.as_ref().filter(|_| is_last) {
        keep_cursor(db, &arrival.instance, polled)?;
    }
    let ingested = Ingested {
        new: before.ingested.new + part.new,
        duplicates: before.ingested.duplicates + part.duplicates,
        unrouted: before.ingested.unrouted + part.unrouted,
    };
    Ok(Taken { events: end, ingested, payload })
}

/// Keeps the raw body where this part is the first that brings something new; where it is kept.
fn keep_body(
    db: &Connection,
    arrival: &Arrival,
    before: Taken,
    part: Ingested,
) -> Result<Option<i64>, StoreError> {
    // What the events do not tell is only in the body; that is told apart by its hash.
    let untold = arrival.events.is_empty() || part.unrouted > 0;
    let unseen =
        untold && before.ingested.unrouted == 0 && first_time(db, arrival, "", &body_key(&arrival.body))?;
    match before.payload {
        Some(payload) if part.unrouted > 0 => payloads::add_unrouted(db, payload, part.unrouted)?,
        None if part.new > 0 || unseen => {
            let unrouted = before.ingested.unrouted + part.unrouted;
            return payloads::keep(db, arrival, unrouted).map(Some);
        }
        _ => {}
    }
    Ok(before.payload)
}

/// Takes a part of what was decoded again in, from that event on.
fn replay(db: &Connection, arrival: &Arrival, begin: usize) -> Result<Redecoded, StoreError> {
    let mut replayed = Redecoded::default();
    for event in part(arrival, begin) {
        let Some(account) = account_of(db, arrival, &event.account)? else {
            replayed.unrouted += 1;
            continue;
        };
        let is_new = first_time(db, arrival, &event.account, &event.dedup_key)?;
        let told = events::latest(db)?;
        // A message, a mark or a report that is known changes nothing; the end of a consent would once more.
        if is_new || !happens_again(&event.kind) {
            apply(db, account, event, arrival.received_at)?;
        }
        match events::latest(db)? > told {
            true => replayed.applied += 1,
            false => replayed.known += 1,
        }
    }
    Ok(replayed)
}

pub(super) fn poll_cursor(
    db: &Connection,
    instance: &str,
    account: &str,
) -> Result<Option<String>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT cursor FROM poll_cursors WHERE instance = ? AND account = ?")?;
    Ok(query.query_row([instance, account], |row| row.get(0)).optional()?)
}

fn keep_cursor(db: &Connection, instance: &str, polled: &Polled) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO poll_cursors (instance, account, cursor) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
    )?;
    upsert.execute([instance, &polled.account, &polled.cursor])?;
    Ok(())
}

/// The account, connected now where the arrival brings it.
fn account_of(
    db: &Connection,
    arrival: &Arrival,
    platform_id: &str,
) -> Result<Option<AccountId>, StoreError> {
    let known = accounts::by_platform_id(db, &arrival.instance, platform_id)?;
    let brought = arrival.accounts.iter().find(|account| account.platform_id == platform_id);
    match (known, brought) {
        // Whoever took it out does not want it back because somebody writes.
        (Some((_, AccountStatus::Removed)), _) => Ok(None),
        (Some((account, _)), _) => Ok(Some(account)),
        (None, Some(new)) => Ok(Some(accounts::save(db, new, arrival.received_at)?.id)),
        (None, None) => Ok(None),
    }
}

/// Whether nothing with this key has arrived before; from now on it has.
fn first_time(db: &Connection, arrival: &Arrival, account: &str, key: &str) -> Result<bool, StoreError> {
    first(db, &arrival.instance, account, key, arrival.received_at)
}

pub(super) fn first(
    db: &Connection,
    instance: &str,
    account: &str,
    key: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO seen (instance, account, dedup_key, seen_at) VALUES (:instance, :account, :key, :at)
         ON CONFLICT DO NOTHING",
    )?;
    let inserted = insert.execute(named_params! {
        ":instance": instance,
        ":account": account,
        ":key": key,
        ":at": at.as_millis(),
    })?;
    Ok(inserted == 1)
}

fn body_key(body: &[u8]) -> String {
    format!("body:{}", hex::encode(Sha256::digest(body)))
}
