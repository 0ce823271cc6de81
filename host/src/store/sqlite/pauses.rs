//! Holding sending up, and letting it go on.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    Pauses, SqliteStore, StoreError, conversations, events, line, refusals,
    rows::{id, optional_json, text},
};
use crate::model::{AccountId, InboxEventKind, Pausable, Pause};

#[async_trait]
impl Pauses for SqliteStore {
    async fn pause(&self, what: Pausable, pause: Pause) -> Result<bool, StoreError> {
        self.writer.write(move |db| set(db, &what, &pause)).await
    }

    async fn unpause(&self, what: Pausable, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |db| end(db, &what, now)).await
    }

    async fn instance_pause(&self, instance: &str) -> Result<Option<Pause>, StoreError> {
        let what = Pausable::Instance(instance.to_owned());
        self.readers.read(move |db| Ok(find(db, &what)?.flatten())).await
    }
}

/// The pause, if any; `None` where there is no such row.
fn find(db: &Connection, what: &Pausable) -> Result<Option<Option<Pause>>, StoreError> {
    let (table, column, key) = place(what);
    let mut query = db.prepare_cached(&format!("SELECT paused FROM {table} WHERE {column} = ?"))?;
    Ok(query.query_row([key], |row| optional_json(row, "paused")).optional()?)
}

pub(super) fn set(db: &Connection, what: &Pausable, pause: &Pause) -> Result<bool, StoreError> {
    if let Pausable::Instance(name) = what {
        db.execute("INSERT INTO instances (name) VALUES (?) ON CONFLICT DO NOTHING", [name])?;
    }
    let Some(standing) = find(db, what)? else {
        return Ok(false);
    };
    if standing.is_some() && pause.by.is_none() {
        return Ok(true);
    }
    write(db, what, Some(pause))?;
    if standing.is_none() {
        tell(db, what, true, pause.since)?;
    }
    Ok(true)
}

pub(super) fn end(db: &Connection, what: &Pausable, now: Timestamp) -> Result<bool, StoreError> {
    if find(db, what)?.flatten().is_none() {
        return Ok(false);
    }
    write(db, what, None)?;
    if let Pausable::Account(account) = what {
        refusals::forget(db, *account)?;
    }
    tell(db, what, false, now)?;
    Ok(true)
}

/// Accounts whose pauses end by then.
pub(super) fn ended(db: &Connection, now: Timestamp, limit: u32) -> Result<Vec<AccountId>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id FROM accounts WHERE paused IS NOT NULL AND paused ->> '$.until' <= :now LIMIT :limit",
    )?;
    let rows =
        query.query_map(named_params! {":now": now.as_millis(), ":limit": limit}, |row| id(row, "id"))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn write(db: &Connection, what: &Pausable, pause: Option<&Pause>) -> Result<(), StoreError> {
    let (table, column, key) = place(what);
    let mut update = db.prepare_cached(&format!("UPDATE {table} SET paused = ? WHERE {column} = ?"))?;
    update.execute((pause.map(text).transpose()?, key))?;
    match what {
        Pausable::Conversation(conversation) => line::settle(db, *conversation),
        Pausable::Account(_) | Pausable::Instance(_) => Ok(()),
    }
}

fn tell(db: &Connection, what: &Pausable, paused: bool, at: Timestamp) -> Result<(), StoreError> {
    use InboxEventKind::{
        AccountPaused, AccountUnpaused, ConversationPaused, ConversationUnpaused, InstancePaused,
        InstanceUnpaused,
    };
    match what {
        Pausable::Conversation(conversation) => {
            let kind = if paused { ConversationPaused } else { ConversationUnpaused };
            let found = conversations::one(db, *conversation)?;
            found.map_or(Ok(()), |found| events::conversation(db, kind, found.account, found.id, at))
        }
        Pausable::Account(account) => {
            events::account(db, if paused { AccountPaused } else { AccountUnpaused }, *account, at)
        }
        Pausable::Instance(name) => {
            let kind = if paused { InstancePaused } else { InstanceUnpaused };
            let mut query = db.prepare_cached("SELECT id FROM accounts WHERE instance = ? ORDER BY id")?;
            let accounts = query.query_map([name], |row| id(row, "id"))?;
            let accounts = accounts.collect::<Result<Vec<AccountId>, _>>()?;
            accounts.into_iter().try_for_each(|account| events::account(db, kind, account, at))
        }
    }
}

/// Table, key column and key.
fn place(what: &Pausable) -> (&'static str, &'static str, String) {
    match what {
        Pausable::Conversation(id) => ("conversations", "id", id.to_string()),
        Pausable::Account(id) => ("accounts", "id", id.to_string()),
        Pausable::Instance(name) => ("instances", "name", name.clone()),
    }
}
