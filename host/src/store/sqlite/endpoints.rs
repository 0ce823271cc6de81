//! Webhook endpoints and their sealed secrets.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    EndpointChange, Endpoints, NewEndpoint, SealedSecrets, SqliteStore, StoreError, events,
    rows::{id, json, optional_name, optional_time, text, time},
};
use crate::model::{Endpoint, EndpointId};

#[async_trait]
impl Endpoints for SqliteStore {
    async fn add_endpoint(
        &self,
        endpoint: NewEndpoint,
        most: u32,
        now: Timestamp,
    ) -> Result<Option<Endpoint>, StoreError> {
        self.writer.write(move |db| add(db, &endpoint, most, now)).await
    }

    async fn endpoints(&self) -> Result<Vec<Endpoint>, StoreError> {
        self.readers.read(all).await
    }

    async fn endpoint(&self, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
        self.readers.read(move |db| one(db, id)).await
    }

    async fn change_endpoint(
        &self,
        id: EndpointId,
        change: EndpointChange,
        not_before: Timestamp,
    ) -> Result<Option<Endpoint>, StoreError> {
        self.writer.write(move |db| self::change(db, id, &change, not_before)).await
    }

    async fn remove_endpoint(&self, id: EndpointId) -> Result<bool, StoreError> {
        self.writer.write(move |db| remove(db, id)).await
    }

    async fn rotate_secret(
        &self,
        id: EndpointId,
        secret: Vec<u8>,
        until: Timestamp,
    ) -> Result<Option<Endpoint>, StoreError> {
        self.writer.write(move |db| rotate(db, id, &secret, until)).await
    }

    async fn endpoint_secrets(
        &self,
        id: EndpointId,
        now: Timestamp,
    ) -> Result<Option<SealedSecrets>, StoreError> {
        self.readers.read(move |db| secrets(db, id, now)).await
    }
}

pub(super) fn add(
    db: &Connection,
    new: &NewEndpoint,
    most: u32,
    now: Timestamp,
) -> Result<Option<Endpoint>, StoreError> {
    let count: u32 = db.query_row("SELECT count(*) FROM webhook_endpoints", [], |row| row.get(0))?;
    if count >= most {
        return Ok(None);
    }
    db.execute(
        "INSERT INTO webhook_endpoints
            (id, url, description, kinds, accounts, enabled, secret, position, created_at)
         VALUES (:id, :url, :description, :kinds, :accounts, :enabled, :secret, :position, :now)",
        named_params! {
            ":id": new.id.to_string(),
            ":url": new.url,
            ":description": new.description,
            ":kinds": text(&new.kinds)?,
            ":accounts": text(&new.accounts)?,
            ":enabled": new.enabled,
            ":secret": new.secret,
            ":position": events::latest(db)?,
            ":now": now.as_millis(),
        },
    )?;
    one(db, new.id)
}

pub(super) fn all(db: &Connection) -> Result<Vec<Endpoint>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM webhook_endpoints ORDER BY id")?;
    let rows = query.query_map([], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn one(db: &Connection, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM webhook_endpoints WHERE id = ?")?;
    Ok(query.query_row([id.to_string()], from_row).optional()?)
}

pub(super) fn change(
    db: &Connection,
    id: EndpointId,
    change: &EndpointChange,
    not_before: Timestamp,
) -> Result<Option<Endpoint>, StoreError> {
    let Some(before) = one(db, id)? else { return Ok(None) };
    let enabled = change.enabled.unwrap_or(before.enabled);
    db.execute(
        "UPDATE webhook_endpoints SET url = :url, description = :description, kinds = :kinds,
            accounts = :accounts, enabled = :enabled WHERE id = :id",
        named_params! {
            ":url": change.url.as_ref().unwrap_or(&before.url),
            ":description": change.description.as_ref().unwrap_or(&before.description),
            ":kinds": text(change.kinds.as_ref().unwrap_or(&before.kinds))?,
            ":accounts": text(change.accounts.as_ref().unwrap_or(&before.accounts))?,
            ":enabled": enabled,
            ":id": id.to_string(),
        },
    )?;
    if enabled && !before.enabled {
        go_on(db, id, not_before)?;
    }
    one(db, id)
}

/// Nobody wants a flood of what is long past: a person asks for that by a replay.
fn go_on(db: &Connection, id: EndpointId, not_before: Timestamp) -> Result<(), StoreError> {
    db.execute(
        "UPDATE webhook_endpoints SET disabled_because = NULL, failing_since = NULL, position = max(position, ?)
         WHERE id = ?",
        (events::newest_before(db, not_before)?, id.to_string()),
    )?;
    db.execute(
        "UPDATE deliveries SET state = 'dead', next_at = NULL, leased_until = NULL
         WHERE endpoint_id = ? AND state = 'pending' AND began_at < ?",
        (id.to_string(), not_before.as_millis()),
    )?;
    Ok(())
}

pub(super) fn remove(db: &Connection, id: EndpointId) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM webhook_endpoints WHERE id = ?", [id.to_string()])? == 1)
}

pub(super) fn rotate(
    db: &Connection,
    id: EndpointId,
    secret: &[u8],
    until: Timestamp,
) -> Result<Option<Endpoint>, StoreError> {
    db.execute(
        "UPDATE webhook_endpoints SET previous_secret = secret, previous_secret_until = :until, secret = :secret
         WHERE id = :id",
        named_params! {":until": until.as_millis(), ":secret": secret, ":id": id.to_string()},
    )?;
    one(db, id)
}

pub(super) fn secrets(
    db: &Connection,
    id: EndpointId,
    now: Timestamp,
) -> Result<Option<SealedSecrets>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT secret, CASE WHEN previous_secret_until > :now THEN previous_secret END AS previous
         FROM webhook_endpoints WHERE id = :id",
    )?;
    let parameters = named_params! {":now": now.as_millis(), ":id": id.to_string()};
    let secrets = query.query_row(parameters, |row| {
        Ok(SealedSecrets { current: row.get("secret")?, previous: row.get("previous")? })
    });
    Ok(secrets.optional()?)
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Endpoint> {
    Ok(Endpoint {
        id: id(row, "id")?,
        url: row.get("url")?,
        description: row.get("description")?,
        kinds: json(row, "kinds")?,
        accounts: json(row, "accounts")?,
        enabled: row.get("enabled")?,
        disabled_because: optional_name(row, "disabled_because")?,
        previous_secret_until: optional_time(row, "previous_secret_until")?,
        failing_since: optional_time(row, "failing_since")?,
        created_at: time(row, "created_at")?,
    })
}
