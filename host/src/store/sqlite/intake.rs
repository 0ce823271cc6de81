//! What arrived, counted at the door and by what the store made of it, and what waits.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, Row, named_params};

use super::{
    AtTheDoor, Ingested, Intake, IntakeCounts, SqliteStore, StoreError, Unprocessed, Waiting,
    rows::optional_time,
};
use crate::model::Status;

#[async_trait]
impl IntakeCounts for SqliteStore {
    async fn count_intake(&self, instance: &str, door: AtTheDoor) -> Result<Intake, StoreError> {
        let instance = instance.to_owned();
        self.writer.write(move |db| count(db, &instance, door)).await
    }

    async fn intake(&self) -> Result<Vec<Intake>, StoreError> {
        self.readers.read(all).await
    }

    async fn settle_intake(&self) -> Result<(), StoreError> {
        let text = "UPDATE intake SET received = kept + failed WHERE received < kept + failed";
        self.writer.write(move |db| Ok(db.execute_batch(text)?)).await
    }

    async fn unprocessed(&self) -> Result<Unprocessed, StoreError> {
        self.readers.read(unprocessed).await
    }
}

/// In the transaction that takes the arrival in.
pub(super) fn ingested(
    db: &Connection,
    instance: &str,
    ingested: Ingested,
    kept: bool,
) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO intake (instance, kept, processed, duplicates, unrouted)
         VALUES (:instance, :kept, :new, :duplicates, :unrouted)
         ON CONFLICT DO UPDATE SET kept = kept + :kept, processed = processed + :new,
            duplicates = duplicates + :duplicates, unrouted = unrouted + :unrouted",
    )?;
    upsert.execute(named_params! {
        ":instance": instance,
        ":kept": kept,
        ":new": ingested.new,
        ":duplicates": ingested.duplicates,
        ":unrouted": ingested.unrouted,
    })?;
    Ok(())
}

pub(super) fn count(db: &Connection, instance: &str, door: AtTheDoor) -> Result<Intake, StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO intake (instance, received, failed) VALUES (:instance, :received, :failed)
         ON CONFLICT DO UPDATE SET received = received + :received, failed = failed + :failed
         RETURNING *",
    )?;
    let parameters =
        named_params! {":instance": instance, ":received": door.received, ":failed": door.failed};
    Ok(upsert.query_row(parameters, from_row)?)
}

pub(super) fn all(db: &Connection) -> Result<Vec<Intake>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM intake ORDER BY instance")?;
    let rows = query.query_map([], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Intake> {
    Ok(Intake {
        instance: row.get("instance")?,
        received: row.get("received")?,
        failed: row.get("failed")?,
        kept: row.get("kept")?,
        processed: row.get("processed")?,
        duplicates: row.get("duplicates")?,
        unrouted: row.get("unrouted")?,
    })
}

pub(super) fn unprocessed(db: &Connection) -> Result<Unprocessed, StoreError> {
    Ok(Unprocessed {
        unrouted: waiting(
            db,
            "SELECT count(*) AS count, min(received_at) AS oldest FROM payloads WHERE unrouted > 0",
        )?,
        undelivered: undelivered(db)?,
        queued: waiting(
            db,
            "SELECT count(*) AS count, min(created_at) AS oldest FROM messages WHERE status = 'queued'",
        )?,
        sending: in_doubt(db, Status::Sending)?,
        uncertain: in_doubt(db, Status::Uncertain)?,
    })
}

/// Messages that are so far, and answers to comments that are in no conversation yet.
fn in_doubt(db: &Connection, status: Status) -> Result<Waiting, StoreError> {
    // Both conditions: the first is the index's, word for word.
    let status = status.name();
    let query = format!(
        "SELECT count(*) AS count, min(at) AS oldest FROM (
             SELECT s.at FROM messages m JOIN status_changes s ON s.message_id = m.id AND s.status = '{status}'
             WHERE m.status IN ('sending', 'uncertain') AND m.status = '{status}'
               AND s.rowid = (SELECT max(rowid) FROM status_changes WHERE message_id = m.id)
             UNION ALL
             SELECT changed_at FROM comment_answers WHERE content IS NOT NULL AND status = '{status}')"
    );
    waiting(db, &query)
}

fn undelivered(db: &Connection) -> Result<Waiting, StoreError> {
    let pending = waiting(
        db,
        "SELECT count(*) AS count, min(d.began_at) AS oldest FROM deliveries d
         JOIN webhook_endpoints e ON e.id = d.endpoint_id AND e.enabled WHERE d.state = 'pending'",
    )?;
    let ahead = waiting(
        db,
        "SELECT count(*) AS count, min(at) AS oldest FROM
            (SELECT (SELECT at FROM events WHERE sequence > position ORDER BY sequence LIMIT 1) AS at
             FROM webhook_endpoints WHERE enabled) WHERE at IS NOT NULL",
    )?;
    let oldest: Option<Timestamp> = pending.oldest.into_iter().chain(ahead.oldest).min();
    Ok(Waiting { count: pending.count + ahead.count, oldest })
}

fn waiting(db: &Connection, query: &str) -> Result<Waiting, StoreError> {
    let mut query = db.prepare_cached(query)?;
    Ok(query.query_row([], |row| {
        Ok(Waiting { count: row.get("count")?, oldest: optional_time(row, "oldest")? })
    })?)
}
