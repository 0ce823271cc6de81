//! Forgetting what was needed only for a while, in batches that hold up nobody.

use rusqlite::Connection;

use super::{Past, StoreError};

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
            "DELETE FROM events WHERE sequence IN
                (SELECT sequence FROM events WHERE at < ?1 ORDER BY at LIMIT ?2)",
            past.events,
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
    ];
    let mut rows = 0;
    for (statement, before) in tables {
        rows += db.prepare_cached(statement)?.execute((before.as_millis(), BATCH))?;
    }
    Ok(u32::try_from(rows).unwrap_or(u32::MAX))
}
