//! API keys, by the hash of their secret.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Keys, SqliteStore, StoreError,
    rows::{id, name, optional_json, scope_text, text, time},
};
use crate::model::{ApiKey, KeyId, Scope};

#[async_trait]
impl Keys for SqliteStore {
    async fn add_key(&self, key: ApiKey, hash: [u8; 32]) -> Result<(), StoreError> {
        self.writer.write(move |db| add(db, &key, &hash)).await
    }

    async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError> {
        self.readers.read(move |db| by_hash(db, &hash)).await
    }

    async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.readers.read(all).await
    }

    async fn revoke_key(&self, id: KeyId, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |db| revoke(db, id, now)).await
    }
}

pub(super) fn add(db: &Connection, key: &ApiKey, hash: &[u8; 32]) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO api_keys (id, name, role, scope, hash, created_at)
         VALUES (:id, :name, :role, :scope, :hash, :at)",
        named_params! {
            ":id": key.id.to_string(),
            ":name": key.name,
            ":role": text(&key.role)?,
            ":scope": scope_text(&key.scope)?,
            ":hash": hash,
            ":at": key.created_at.as_millis(),
        },
    )?;
    Ok(())
}

pub(super) fn by_hash(db: &Connection, hash: &[u8; 32]) -> Result<Option<ApiKey>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM api_keys WHERE hash = ? AND revoked_at IS NULL")?;
    Ok(query.query_row([hash], from_row).optional()?)
}

pub(super) fn all(db: &Connection) -> Result<Vec<ApiKey>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM api_keys WHERE revoked_at IS NULL ORDER BY id")?;
    let rows = query.query_map([], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn revoke(db: &Connection, id: KeyId, now: Timestamp) -> Result<bool, StoreError> {
    let changed = db.execute(
        "UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
        named_params! {":now": now.as_millis(), ":id": id.to_string()},
    )?;
    Ok(changed == 1)
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: id(row, "id")?,
        name: row.get("name")?,
        role: name(row, "role")?,
        scope: optional_json(row, "scope")?.map_or(Scope::Everything, Scope::Accounts),
        created_at: time(row, "created_at")?,
    })
}
