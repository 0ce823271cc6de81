//! Browsers that gave a key and got a cookie.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    Session, Sessions, SqliteStore, StoreError, keys,
    rows::{id, time},
};
use crate::model::ApiKey;

#[async_trait]
impl Sessions for SqliteStore {
    async fn add_session(&self, session: Session, hash: [u8; 32]) -> Result<(), StoreError> {
        self.writer.write(move |db| add(db, &session, &hash)).await
    }

    async fn session(
        &self,
        hash: [u8; 32],
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Option<(Session, ApiKey)>, StoreError> {
        self.readers.read(move |db| one(db, &hash, now, idle_since)).await
    }

    async fn touch_session(&self, hash: [u8; 32], now: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |db| touch(db, &hash, now)).await
    }

    async fn end_session(&self, hash: [u8; 32]) -> Result<bool, StoreError> {
        self.writer.write(move |db| end(db, &hash)).await
    }
}

fn add(db: &Connection, session: &Session, hash: &[u8; 32]) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO sessions (hash, key_id, used_at, ends_at) VALUES (:hash, :key, :used, :ends)",
        named_params! {
            ":hash": hash,
            ":key": session.key.to_string(),
            ":used": session.used_at.as_millis(),
            ":ends": session.ends_at.as_millis(),
        },
    )?;
    Ok(())
}

fn one(
    db: &Connection,
    hash: &[u8; 32],
    now: Timestamp,
    idle_since: Timestamp,
) -> Result<Option<(Session, ApiKey)>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM sessions s JOIN api_keys k ON k.id = s.key_id
         WHERE s.hash = :hash AND s.ends_at > :now AND s.used_at >= :idle_since AND k.revoked_at IS NULL",
    )?;
    let found = query.query_row(
        named_params! {":hash": hash, ":now": now.as_millis(), ":idle_since": idle_since.as_millis()},
        |row| {
            let session = Session {
                key: id(row, "key_id")?,
                used_at: time(row, "used_at")?,
                ends_at: time(row, "ends_at")?,
            };
            Ok((session, keys::from_row(row)?))
        },
    );
    Ok(found.optional()?)
}

fn touch(db: &Connection, hash: &[u8; 32], now: Timestamp) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE sessions SET used_at = max(used_at, ?) WHERE hash = ?")?
        .execute((now.as_millis(), hash))?;
    Ok(())
}

fn end(db: &Connection, hash: &[u8; 32]) -> Result<bool, StoreError> {
    Ok(db.execute("DELETE FROM sessions WHERE hash = ?", [hash])? == 1)
}
