//! Who changed what.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, Row, named_params};

use super::{
    Audit, AuditFilter, Cursor, Page, SqliteStore, StoreError,
    rows::{cursor, id, optional_id, paged, time},
};
use crate::model::{Actor, AuditEntry};

#[async_trait]
impl Audit for SqliteStore {
    async fn record_audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.writer.write(move |db| record(db, &entry)).await
    }

    async fn audit(
        &self,
        filter: AuditFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<AuditEntry>, StoreError> {
        self.readers.read(move |db| page(db, &filter, after.as_ref(), limit)).await
    }
}

fn record(db: &Connection, entry: &AuditEntry) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO audit (id, at, key_id, actor, action, target, outcome)
         VALUES (:id, :at, :key, :actor, :action, :target, :outcome)",
    )?;
    insert.execute(named_params! {
        ":id": entry.id.to_string(),
        ":at": entry.at.as_millis(),
        ":key": entry.actor.key.map(|key| key.to_string()),
        ":actor": entry.actor.name,
        ":action": entry.action,
        ":target": entry.target,
        ":outcome": entry.outcome,
    })?;
    Ok(())
}

fn page(
    db: &Connection,
    filter: &AuditFilter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<AuditEntry>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM audit
         WHERE (:at IS NULL OR (at, id) < (:at, :id)) AND (:since IS NULL OR at >= :since)
            AND (:actor IS NULL OR ifnull(key_id, actor) = :actor)
         ORDER BY at DESC, id DESC LIMIT :limit",
    )?;
    let rows = query.query_map(
        named_params! {
            ":at": after.map(|cursor| cursor.at.as_millis()),
            ":id": after.map(|cursor| cursor.id.to_string()),
            ":since": filter.since.map(Timestamp::as_millis),
            ":actor": filter.actor,
            ":limit": i64::from(limit) + 1,
        },
        from_row,
    )?;
    let items = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(paged(items, limit, |entry| cursor(entry.at, entry.id.0)))
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        id: id(row, "id")?,
        at: time(row, "at")?,
        actor: Actor { key: optional_id(row, "key_id")?, name: row.get("actor")? },
        action: row.get("action")?,
        target: row.get("target")?,
        outcome: row.get("outcome")?,
    })
}
