//! The store itself: whether it works, how it ends, and forgetting in batches that hold up nobody.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use rusqlite::{Connection, named_params};

use super::{Past, SqliteStore, StoreError, Upkeep, connect};

/// How long the end of the log is waited for, and how often it is looked for.
const SETTLE_WITHIN: Duration = Duration::from_secs(5);
const SETTLE_AGAIN: Duration = Duration::from_millis(20);

#[async_trait]
impl Upkeep for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.readers.read(|db| Ok(db.execute_batch("SELECT 1")?)).await?;
        if self.writer.is_failing() {
            // Whether it still does only a write can tell.
            let text = "UPDATE heartbeat SET beats = beats + 1";
            self.writer.write(|db| Ok(db.execute_batch(text)?)).await?;
        }
        Ok(())
    }

    async fn forget(&self, past: Past) -> Result<u32, StoreError> {
        self.writer.write(move |db| forget(db, past)).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let settled = tokio::task::spawn_blocking(move || {
            let db = connect(&path)?;
            let begun = Instant::now();
            loop {
                // Answers a row, with a 1 where somebody still reads, or the log is being brought in already.
                let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
                if busy == 0 {
                    return Ok(());
                }
                if begun.elapsed() > SETTLE_WITHIN {
                    return Err(StoreError::Unavailable("somebody still reads".to_owned()));
                }
                std::thread::sleep(SETTLE_AGAIN);
            }
        });
        settled.await.map_err(|error| StoreError::Failed(error.to_string()))?
    }
}

/// Rows of each table that one transaction forgets.
const BATCH: u32 = 500;

pub(super) fn forget(db: &Connection, past: Past) -> Result<u32, StoreError> {
    let tables = [
        (
            "DELETE FROM payloads WHERE id IN
                (SELECT id FROM payloads WHERE received_at < ?1 ORDER BY received_at LIMIT ?2)",
            past.payloads,
        ),
        (
            "DELETE FROM deliveries WHERE id IN
                (SELECT id FROM deliveries WHERE began_at < ?1 ORDER BY began_at LIMIT ?2)",
            past.deliveries,
        ),
        (
            "DELETE FROM seen WHERE (instance, account, dedup_key) IN
                (SELECT instance, account, dedup_key FROM seen WHERE seen_at < ?1 ORDER BY seen_at LIMIT ?2)",
            past.seen,
        ),
        (
            "DELETE FROM authorizations WHERE state_hash IN
                (SELECT state_hash FROM authorizations WHERE expires_at < ?1 LIMIT ?2)",
            past.authorizations,
        ),
        (
            "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ?1 ORDER BY at LIMIT ?2)",
            past.audit,
        ),
        (
            "DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE ends_at < ?1 LIMIT ?2)",
            past.sessions,
        ),
        (
            "UPDATE messages SET idempotency_key = NULL WHERE id IN
                (SELECT id FROM messages WHERE idempotency_key IS NOT NULL AND created_at < ?1
                 ORDER BY created_at LIMIT ?2)",
            past.idempotency_keys,
        ),
        (
            "UPDATE comment_answers SET idempotency_key = NULL WHERE comment_id IN
                (SELECT comment_id FROM comment_answers WHERE idempotency_key IS NOT NULL AND created_at < ?1
                 ORDER BY created_at LIMIT ?2)",
            past.idempotency_keys,
        ),
    ];
    let mut rows = forget_events(db, past)?;
    for (statement, before) in tables {
        rows += db.prepare_cached(statement)?.execute((before.as_millis(), BATCH))?;
    }
    Ok(u32::try_from(rows).unwrap_or(u32::MAX))
}

/// What an enabled endpoint has yet to get stays until `past.undelivered`.
fn forget_events(db: &Connection, past: Past) -> Result<usize, StoreError> {
    let mut forget = db.prepare_cached(
        "DELETE FROM events WHERE sequence IN
            (SELECT sequence FROM events WHERE at < :events AND (at < :undelivered OR
                (NOT EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.enabled AND e.position < events.sequence)
                 AND NOT EXISTS (SELECT 1 FROM deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
                    WHERE e.enabled AND d.state = 'pending' AND d.sequence = events.sequence)))
             ORDER BY at LIMIT :limit)",
    )?;
    Ok(forget.execute(named_params! {
        ":events": past.events.as_millis(),
        ":undelivered": past.undelivered.min(past.events).as_millis(),
        ":limit": BATCH,
    })?)
}
