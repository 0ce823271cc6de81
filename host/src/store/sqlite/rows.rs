//! Between columns and the host's types.

use std::str::FromStr;

use connector_api::Timestamp;
use rusqlite::{
    Row,
    types::{FromSqlError, Type},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Cursor, Page, StoreError};
use crate::model::{Referred, Scope};

/// A value as its JSON; an enum without fields as its bare name.
pub(super) fn text<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        Ok(other) => Ok(other.to_string()),
        Err(error) => Err(StoreError::Failed(error.to_string())),
    }
}

/// The accounts of a scope for `json_each`; null for all. A query asks
/// `(:scope IS NULL OR account_id IN (SELECT value FROM json_each(:scope)))`.
pub(super) fn scope_text(scope: &Scope) -> Result<Option<String>, StoreError> {
    match scope {
        Scope::Everything => Ok(None),
        Scope::Accounts(accounts) => text(accounts).map(Some),
    }
}

/// What [`text`] wrote of an enum without fields.
pub(super) fn name<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_value(serde_json::Value::String(text)).map_err(malformed)
}

/// As [`name`], for a column that may be null.
pub(super) fn optional_name<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_value(serde_json::Value::String(text)).map_err(malformed)).transpose()
}

/// What [`text`] wrote of anything else.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(malformed)
}

/// As [`json`], for a column that may be null.
pub(super) fn optional_json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(malformed)).transpose()
}

/// An id of the host.
pub(super) fn id<T: FromStr<Err = uuid::Error>>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|error: uuid::Error| malformed(error))
}

/// As [`id`], for a column that may be null.
pub(super) fn optional_id<T: FromStr<Err = uuid::Error>>(
    row: &Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|error: uuid::Error| malformed(error))).transpose()
}

/// A time.
pub(super) fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

/// As [`time`], for a column that may be null.
pub(super) fn optional_time(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(column).map(|millis| millis.map(Timestamp::from_millis))
}

/// How somebody came, and when; both columns are null where that is not known.
pub(super) fn referred(row: &Row<'_>, referral: &str, at: &str) -> rusqlite::Result<Option<Referred>> {
    let Some(referral) = optional_json(row, referral)? else {
        return Ok(None);
    };
    Ok(Some(Referred { at: time(row, at)?, referral }))
}

/// A row's place in a list.
pub(super) fn cursor(at: Timestamp, id: Uuid) -> Cursor {
    Cursor { at, id }
}

/// One row more than asked for was read, to know whether there is a next page.
pub(super) fn paged<T>(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> Cursor) -> Page<T> {
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}

pub(super) fn malformed(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(FromSqlError::other(error)))
}
