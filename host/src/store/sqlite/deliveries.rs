//! Deliveries on their way: each endpoint goes through the events at its own pace, so that taking an event in costs
//! nothing for it.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    Cursor, Deliveries, DueDelivery, Next, Page, Replayed, SqliteStore, StoreError, Taken, delivery_log,
    endpoints, events,
    rows::{id, optional_time, text},
};
use crate::model::{
    Attempt, Delivery, DeliveryId, DisabledBecause, Endpoint, EndpointId, InboxEvent, InboxEventKind,
};

/// Deliveries of one endpoint that wait at once; beyond that, events wait in their own table.
const MAX_PENDING: u32 = 1_000;
/// Events that one write goes through.
const EVENTS_AT_ONCE: u32 = 200;

#[async_trait]
impl Deliveries for SqliteStore {
    async fn take_deliveries(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
        leased_until: Timestamp,
        limit: u32,
    ) -> Result<Option<Taken>, StoreError> {
        self.writer.write(move |db| take(db, endpoint, now, leased_until, limit)).await
    }

    async fn next_delivery(
        &self,
        endpoint: EndpointId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.readers.read(move |db| next(db, endpoint, now)).await
    }

    async fn record_attempt(
        &self,
        delivery: DeliveryId,
        attempt: Attempt,
        next: Next,
        failing_too_long: Timestamp,
    ) -> Result<Option<DisabledBecause>, StoreError> {
        self.writer.write(move |db| record(db, delivery, &attempt, next, failing_too_long)).await
    }

    async fn release_deliveries(&self) -> Result<(), StoreError> {
        let text =
            "UPDATE deliveries SET leased_until = NULL WHERE state = 'pending' AND leased_until IS NOT NULL";
        self.writer.write(move |db| Ok(db.execute_batch(text)?)).await
    }

    async fn deliveries(
        &self,
        endpoint: EndpointId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Delivery>, StoreError> {
        self.readers.read(move |db| delivery_log::page(db, endpoint, after.as_ref(), limit)).await
    }

    async fn replay_delivery(
        &self,
        endpoint: EndpointId,
        delivery: DeliveryId,
        now: Timestamp,
    ) -> Result<Replayed, StoreError> {
        self.writer.write(move |db| replay(db, endpoint, delivery, now)).await
    }

    async fn replay_since(&self, endpoint: EndpointId, since: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |db| replay_since(db, endpoint, since)).await
    }

    async fn log_test(&self, delivery: Delivery, attempt: Attempt) -> Result<(), StoreError> {
        self.writer.write(move |db| delivery_log::add(db, &delivery, &attempt)).await
    }
}

pub(super) fn take(
    db: &Connection,
    endpoint: EndpointId,
    now: Timestamp,
    leased_until: Timestamp,
    limit: u32,
) -> Result<Option<Taken>, StoreError> {
    let Some(stored) = endpoints::one(db, endpoint)?.filter(|endpoint| endpoint.enabled) else {
        return Ok(None);
    };
    let Some(secrets) = endpoints::secrets(db, endpoint, now)? else { return Ok(None) };
    if !is_full(db, endpoint)? {
        go_through(db, &stored, now)?;
    }
    let mut due = Vec::new();
    for delivery in delivery_log::due(db, endpoint, now, limit)? {
        let mut lease = db.prepare_cached("UPDATE deliveries SET leased_until = ? WHERE id = ?")?;
        lease.execute((leased_until.as_millis(), delivery.id.to_string()))?;
        let event = delivery.sequence.map(|sequence| events::one(db, sequence)).transpose()?.flatten();
        due.push(DueDelivery { delivery, event });
    }
    Ok(Some(Taken { endpoint: stored, secrets, due }))
}

fn is_full(db: &Connection, endpoint: EndpointId) -> Result<bool, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE endpoint_id = ? AND state = 'pending' LIMIT ?)",
    )?;
    let pending: u32 = query.query_row((endpoint.to_string(), MAX_PENDING), |row| row.get(0))?;
    Ok(pending >= MAX_PENDING)
}

fn position(db: &Connection, endpoint: EndpointId) -> Result<Option<i64>, StoreError> {
    let mut query = db.prepare_cached("SELECT position FROM webhook_endpoints WHERE id = ?")?;
    Ok(query.query_row([endpoint.to_string()], |row| row.get(0)).optional()?)
}

/// The next events become deliveries, where the endpoint wants them.
fn go_through(db: &Connection, endpoint: &Endpoint, now: Timestamp) -> Result<(), StoreError> {
    let Some(position) = position(db, endpoint.id)? else { return Ok(()) };
    let events = events::after(db, position, EVENTS_AT_ONCE)?;
    let Some(last) = events.last() else { return Ok(()) };
    for event in events.iter().filter(|event| endpoint.wants(event)) {
        begin(db, endpoint.id, event, now)?;
    }
    db.prepare_cached("UPDATE webhook_endpoints SET position = ? WHERE id = ?")?
        .execute((last.sequence, endpoint.id.to_string()))?;
    Ok(())
}

/// A delivery that is there already is met again only in a replay.
fn begin(
    db: &Connection,
    endpoint: EndpointId,
    event: &InboxEvent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO deliveries (id, endpoint_id, sequence, kind, state, attempts, created_at, began_at, next_at)
         VALUES (:id, :endpoint, :sequence, :kind, 'pending', 0, :now, :now, :now)
         ON CONFLICT (endpoint_id, sequence) DO UPDATE SET state = 'pending', attempts = 0,
            began_at = excluded.began_at, next_at = excluded.next_at, leased_until = NULL
         WHERE state <> 'pending'",
    )?;
    upsert.execute(named_params! {
        ":id": DeliveryId::generate().to_string(),
        ":endpoint": endpoint.to_string(),
        ":sequence": event.sequence,
        ":kind": text(&event.kind)?,
        ":now": now.as_millis(),
    })?;
    Ok(())
}

pub(super) fn next(
    db: &Connection,
    endpoint: EndpointId,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(position) = position(db, endpoint)? else { return Ok(None) };
    if !events::after(db, position, 1)?.is_empty() && !is_full(db, endpoint)? {
        return Ok(Some(now));
    }
    let mut query = db.prepare_cached(
        "SELECT min(max(next_at, ifnull(leased_until, next_at))) AS at FROM deliveries
         WHERE endpoint_id = ? AND state = 'pending'",
    )?;
    let at = query.query_row([endpoint.to_string()], |row| optional_time(row, "at"))?;
    Ok(at.map(|at| at.max(now)))
}

pub(super) fn record(
    db: &Connection,
    delivery: DeliveryId,
    attempt: &Attempt,
    next: Next,
    failing_too_long: Timestamp,
) -> Result<Option<DisabledBecause>, StoreError> {
    let (state, next_at) = match next {
        Next::Delivered => ("delivered", None),
        Next::Retry(at) => ("pending", Some(at.as_millis())),
        Next::Dead | Next::Gone => ("dead", None),
    };
    let mut update = db.prepare_cached(
        "UPDATE deliveries SET state = :state, next_at = :next_at, attempts = attempts + 1, leased_until = NULL
         WHERE id = :id RETURNING endpoint_id",
    )?;
    let parameters = named_params! {":state": state, ":next_at": next_at, ":id": delivery.to_string()};
    let endpoint: Option<EndpointId> =
        update.query_row(parameters, |row| id(row, "endpoint_id")).optional()?;
    // Forgotten meanwhile.
    let Some(endpoint) = endpoint else { return Ok(None) };
    delivery_log::attempted(db, delivery, attempt)?;
    if next == Next::Delivered {
        db.prepare_cached(
            "UPDATE webhook_endpoints SET failing_since = NULL WHERE id = ? AND failing_since IS NOT NULL",
        )?
        .execute([endpoint.to_string()])?;
        return Ok(None);
    }
    fails(db, endpoint, attempt.at, next, failing_too_long)
}

fn fails(
    db: &Connection,
    endpoint: EndpointId,
    at: Timestamp,
    next: Next,
    failing_too_long: Timestamp,
) -> Result<Option<DisabledBecause>, StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE webhook_endpoints SET failing_since = ifnull(failing_since, :at) WHERE id = :id AND enabled
         RETURNING failing_since",
    )?;
    let parameters = named_params! {":at": at.as_millis(), ":id": endpoint.to_string()};
    let since = update.query_row(parameters, |row| optional_time(row, "failing_since")).optional()?;
    // Disabled or removed meanwhile.
    let Some(since) = since.flatten() else { return Ok(None) };
    let because = match next {
        Next::Gone => DisabledBecause::Gone,
        _ if since <= failing_too_long => DisabledBecause::Failing,
        _ => return Ok(None),
    };
    db.prepare_cached("UPDATE webhook_endpoints SET enabled = 0, disabled_because = ? WHERE id = ?")?
        .execute([text(&because)?, endpoint.to_string()])?;
    events::endpoint(db, InboxEventKind::WebhookDisabled, endpoint, at)?;
    Ok(Some(because))
}

pub(super) fn replay(
    db: &Connection,
    endpoint: EndpointId,
    delivery: DeliveryId,
    now: Timestamp,
) -> Result<Replayed, StoreError> {
    let Some(stored) = delivery_log::one(db, delivery)?.filter(|delivery| delivery.endpoint == endpoint)
    else {
        return Ok(Replayed::Unknown);
    };
    let event = stored.sequence.map(|sequence| events::one(db, sequence)).transpose()?.flatten();
    let Some(event) = event else { return Ok(Replayed::NoEvent) };
    begin(db, endpoint, &event, now)?;
    let begun = delivery_log::one(db, delivery)?;
    Ok(begun.map_or(Replayed::Unknown, |delivery| Replayed::Begun(Box::new(delivery))))
}

/// Only the position goes back: the events are gone through again, some at a time.
pub(super) fn replay_since(
    db: &Connection,
    endpoint: EndpointId,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let changed = db.execute(
        "UPDATE webhook_endpoints SET position = min(position, ?) WHERE id = ?",
        (events::newest_before(db, since)?, endpoint.to_string()),
    )?;
    Ok(changed == 1)
}
