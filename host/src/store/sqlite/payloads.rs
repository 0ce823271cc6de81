//! Raw bodies, as they arrived.

use connector_api::{Event, EventKind, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{Arrival, KeptPayload, KeptRequest, StoreError, rows::time};

/// Keeps an arrival so that it can be decoded again; where.
pub(super) fn keep(db: &Connection, arrival: &Arrival, unrouted: u32) -> Result<i64, StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO payloads (instance, received_at, stale, events, unrouted, body, method, query, headers,
                               conversation_id)
         VALUES (:instance, :at, :stale, :events, :unrouted, :body, :method, :query, :headers, :conversation)",
    )?;
    insert.execute(named_params! {
        ":instance": arrival.instance,
        ":at": arrival.received_at.as_millis(),
        ":stale": arrival.stale,
        ":events": arrival.events.len() as i64,
        ":unrouted": unrouted,
        ":body": arrival.body,
        ":method": arrival.request.as_ref().map(|request| &request.method),
        ":query": arrival.request.as_ref().map(|request| &request.query),
        ":headers": arrival.request.as_ref().map(|request| &request.headers),
        ":conversation": only_conversation(db, arrival)?,
    })?;
    Ok(db.last_insert_rowid())
}

/// More events of a kept arrival are of accounts that are not connected here.
pub(super) fn add_unrouted(db: &Connection, payload: i64, more: u32) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE payloads SET unrouted = unrouted + ? WHERE id = ?")?
        .execute((more, payload))?;
    Ok(())
}

/// The conversation, where everything in the body is about that one.
fn only_conversation(db: &Connection, arrival: &Arrival) -> Result<Option<String>, StoreError> {
    let mut places = arrival.events.iter().map(|event| Some((&event.account, conversation_of(event)?)));
    let Some(Some(first)) = places.next() else {
        return Ok(None);
    };
    if !places.all(|place| place == Some(first)) {
        return Ok(None);
    }
    let mut query = db.prepare_cached(
        "SELECT c.id FROM conversations c JOIN accounts a ON a.id = c.account_id
         WHERE a.instance = ? AND a.platform_id = ? AND c.platform_id = ?",
    )?;
    Ok(query.query_row([&arrival.instance, first.0, first.1], |row| row.get(0)).optional()?)
}

pub(super) fn conversation_of(event: &Event) -> Option<&str> {
    match &event.kind {
        EventKind::MessageReceived { conversation, .. }
        | EventKind::MessageEchoed { conversation, .. }
        | EventKind::ConversationRead { conversation, .. }
        | EventKind::MessageStatus { conversation, .. }
        | EventKind::CustomerReferred { conversation, .. } => Some(conversation),
        _ => None,
    }
}

pub(super) fn since(
    db: &Connection,
    since: Timestamp,
    instance: Option<&str>,
    after: i64,
    limit: u32,
) -> Result<Vec<KeptPayload>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM payloads
         WHERE id > :after AND received_at >= :since AND (:instance IS NULL OR instance = :instance)
         ORDER BY id LIMIT :limit",
    )?;
    let parameters = named_params! {
        ":after": after, ":since": since.as_millis(), ":instance": instance, ":limit": limit,
    };
    let rows = query.query_map(parameters, from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<KeptPayload> {
    let method: Option<String> = row.get("method")?;
    let request = method.map(|method| {
        Ok::<_, rusqlite::Error>(KeptRequest {
            method,
            query: row.get("query")?,
            headers: row.get("headers")?,
        })
    });
    Ok(KeptPayload {
        id: row.get("id")?,
        instance: row.get("instance")?,
        received_at: time(row, "received_at")?,
        body: row.get("body")?,
        request: request.transpose()?,
    })
}
