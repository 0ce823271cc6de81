//! Deliveries and their attempts as rows.

use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Cursor, Page, StoreError,
    rows::{cursor, id, name, optional_name, optional_time, paged, text, time},
};
use crate::model::{Attempt, Delivery, DeliveryId, EndpointId};

pub(super) fn page(
    db: &Connection,
    endpoint: EndpointId,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Delivery>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM deliveries
         WHERE endpoint_id = :endpoint AND (:at IS NULL OR (created_at, id) < (:at, :id))
         ORDER BY created_at DESC, id DESC LIMIT :limit",
    )?;
    let rows = query.query_map(
        named_params! {
            ":endpoint": endpoint.to_string(),
            ":at": after.map(|c| c.at.as_millis()),
            ":id": after.map(|c| c.id.to_string()),
            ":limit": i64::from(limit) + 1,
        },
        from_row,
    )?;
    let mut page = paged(rows.collect::<Result<_, _>>()?, limit, |d| cursor(d.created_at, d.id.0));
    for delivery in &mut page.items {
        delivery.history = history(db, delivery.id)?;
    }
    Ok(page)
}

pub(super) fn one(db: &Connection, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM deliveries WHERE id = ?")?;
    let found = query.query_row([id.to_string()], from_row).optional()?;
    found.map(|delivery| Ok(Delivery { history: history(db, id)?, ..delivery })).transpose()
}

/// What is to be tried now and is not being tried, the oldest event first; without history.
pub(super) fn due(
    db: &Connection,
    endpoint: EndpointId,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM deliveries WHERE endpoint_id = :endpoint AND state = 'pending' AND next_at <= :now
           AND ifnull(leased_until, :now) <= :now
         ORDER BY sequence LIMIT :limit",
    )?;
    let rows = query.query_map(
        named_params! {":endpoint": endpoint.to_string(), ":now": now.as_millis(), ":limit": limit},
        from_row,
    )?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn add(db: &Connection, delivery: &Delivery, attempt: &Attempt) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO deliveries (id, endpoint_id, sequence, kind, state, attempts, created_at, began_at, next_at)
         VALUES (:id, :endpoint, :sequence, :kind, :state, :attempts, :created_at, :began_at, :next_at)",
    )?;
    insert.execute(named_params! {
        ":id": delivery.id.to_string(),
        ":endpoint": delivery.endpoint.to_string(),
        ":sequence": delivery.sequence,
        ":kind": delivery.kind,
        ":state": text(&delivery.state)?,
        ":attempts": delivery.attempts,
        ":created_at": delivery.created_at.as_millis(),
        ":began_at": delivery.began_at.as_millis(),
        ":next_at": delivery.next_at.map(Timestamp::as_millis),
    })?;
    attempted(db, delivery.id, attempt)
}

pub(super) fn attempted(db: &Connection, delivery: DeliveryId, attempt: &Attempt) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO delivery_attempts (delivery_id, at, duration_ms, status_code, error)
         VALUES (:delivery, :at, :duration_ms, :status_code, :error)",
    )?;
    insert.execute(named_params! {
        ":delivery": delivery.to_string(),
        ":at": attempt.at.as_millis(),
        ":duration_ms": attempt.duration_ms,
        ":status_code": attempt.status_code,
        ":error": attempt.error.as_ref().map(text).transpose()?,
    })?;
    Ok(())
}

fn history(db: &Connection, delivery: DeliveryId) -> Result<Vec<Attempt>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT * FROM delivery_attempts WHERE delivery_id = ? ORDER BY rowid")?;
    let rows = query.query_map([delivery.to_string()], |row| {
        Ok(Attempt {
            at: time(row, "at")?,
            duration_ms: row.get("duration_ms")?,
            status_code: row.get("status_code")?,
            error: optional_name(row, "error")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Without its history, which is in another table.
fn from_row(row: &Row<'_>) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: id(row, "id")?,
        endpoint: id(row, "endpoint_id")?,
        sequence: row.get("sequence")?,
        kind: row.get("kind")?,
        state: name(row, "state")?,
        attempts: row.get("attempts")?,
        created_at: time(row, "created_at")?,
        began_at: time(row, "began_at")?,
        next_at: optional_time(row, "next_at")?,
        history: Vec::new(),
    })
}
