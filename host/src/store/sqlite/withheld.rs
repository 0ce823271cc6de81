//! Messages that platforms announce without handing them on. What is looked for stands in the row of the account.

use async_trait::async_trait;
use connector_api::{EventKind, EventPage, ListedConversation, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    DueWithheld, SqliteStore, StoreError, WithheldMessages, accounts, applying,
    echoes::CLOCKS_DIFFER_SECONDS,
    erasure, inbound,
    rows::{id, optional_time, time},
};
use crate::model::AccountId;

/// The opt-in of the account.
const OPT_IN: &str = "history.withheld";
/// A platform's lists may be later than what it announces.
const FIRST_LOOK_SECONDS: i64 = 2;

#[async_trait]
impl WithheldMessages for SqliteStore {
    async fn due_withheld(&self, instance: &str, now: Timestamp) -> Result<Option<DueWithheld>, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| due(db, &instance, now)).await
    }

    async fn may_hold_withheld(
        &self,
        due: DueWithheld,
        listed: Vec<ListedConversation>,
    ) -> Result<Vec<String>, StoreError> {
        self.readers.read(move |db| may_hold(db, due, &listed)).await
    }

    async fn find_withheld(
        &self,
        due: DueWithheld,
        conversation: String,
        page: EventPage,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        self.writer.write(move |db| find(db, due, &conversation, &page, now)).await
    }

    async fn miss_withheld(&self, due: DueWithheld, next: Option<Timestamp>) -> Result<(), StoreError> {
        self.writer
            .write(move |db| match next {
                Some(next) => again(db, due.account, next),
                None => settle(db, due, 0),
            })
            .await
    }
}

/// One more message was announced: it is looked for where the account has that turned on.
pub(super) fn want(
    db: &Connection,
    account: AccountId,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE accounts SET withheld_wanted = withheld_wanted + 1,
                withheld_since = min(ifnull(withheld_since, :at), :at),
                withheld_attempts = 0, withheld_due = ifnull(min(withheld_due, :due), :due)
         WHERE id = :id AND EXISTS (SELECT 1 FROM json_each(layer, '$.opt_ins') WHERE value = :opt_in)",
    )?;
    update.execute(named_params! {
        ":at": at.as_millis(), ":due": now.plus_seconds(FIRST_LOOK_SECONDS).as_millis(),
        ":id": account.to_string(), ":opt_in": OPT_IN,
    })?;
    Ok(())
}

fn due(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<DueWithheld>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, withheld_since, withheld_wanted, withheld_attempts FROM accounts
         WHERE instance = ? AND status = 'connected' AND withheld_due <= ? ORDER BY withheld_due LIMIT 1",
    )?;
    let found = query.query_row((instance, now.as_millis()), |row| {
        Ok(DueWithheld {
            account: id(row, "id")?,
            since: time(row, "withheld_since")?,
            wanted: row.get("withheld_wanted")?,
            attempts: row.get("withheld_attempts")?,
        })
    });
    Ok(found.optional()?)
}

/// When the next of an instance is looked for, after `now`.
pub(super) fn next(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT min(withheld_due) AS at FROM accounts
         WHERE instance = ? AND status = 'connected' AND withheld_due > ?",
    )?;
    Ok(query.query_row((instance, now.as_millis()), |row| optional_time(row, "at"))?)
}

fn from_then_on(due: DueWithheld) -> Timestamp {
    due.since.plus_seconds(-CLOCKS_DIFFER_SECONDS)
}

fn may_hold(
    db: &Connection,
    due: DueWithheld,
    listed: &[ListedConversation],
) -> Result<Vec<String>, StoreError> {
    let mut newest = db.prepare_cached(
        "SELECT max(m.sent_at) AS at FROM messages m JOIN conversations c ON c.id = m.conversation_id
         WHERE c.account_id = ? AND c.platform_id = ?",
    )?;
    let mut may_hold = Vec::new();
    for listed in listed {
        let known =
            newest.query_row([&due.account.to_string(), &listed.id], |row| optional_time(row, "at"))?;
        // Without a time it may have been just now.
        let is_news = listed
            .updated_at
            .is_none_or(|at| at >= from_then_on(due) && known.is_none_or(|known| at > known));
        if is_news && !may_hold.contains(&listed.id) {
            may_hold.push(listed.id.clone());
        }
    }
    Ok(may_hold)
}

fn find(
    db: &Connection,
    due: DueWithheld,
    conversation: &str,
    page: &EventPage,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let Some(account) = accounts::one(db, due.account)? else { return Ok(0) };
    let ours = || page.events.iter().filter(|event| event.account == account.platform_id);
    // What was erased since it was announced stays so.
    let oldest = match erasure::erased_at(db, account.id, conversation)? {
        Some(erased) => from_then_on(due).max(Timestamp::from_millis(erased.as_millis() + 1)),
        None => from_then_on(due),
    };
    let is_wanted = |kind: &EventKind| {
        matches!(kind, EventKind::MessageReceived { conversation: of, message, .. }
            if of == conversation && message.sent_at >= oldest)
    };
    let mut seen =
        db.prepare_cached("SELECT 1 FROM seen WHERE instance = ? AND account = ? AND dedup_key = ?")?;
    let mut found = 0;
    for event in ours().filter(|event| is_wanted(&event.kind)) {
        let known = seen.exists([&account.instance, &event.account, &event.dedup_key])?;
        found += u32::from(!known);
    }
    if found == 0 {
        return Ok(0);
    }
    for event in ours() {
        if !is_wanted(&event.kind) {
            applying::read_back(db, &account, event, now)?;
        } else if inbound::first(db, &account.instance, &event.account, &event.dedup_key, now)? {
            applying::apply(db, account.id, event, now)?;
        }
    }
    settle(db, due, found)?;
    Ok(found)
}

/// What was looked for is found or given up. What was announced meanwhile is still looked for.
fn settle(db: &Connection, due: DueWithheld, found: u32) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE accounts SET withheld_found = withheld_found + :found, withheld_given_up = withheld_given_up + :lost,
                withheld_wanted = max(withheld_wanted - :wanted, 0), withheld_attempts = 0,
                withheld_due = iif(withheld_wanted > :wanted, withheld_due, NULL),
                withheld_since = iif(withheld_wanted > :wanted, withheld_since, NULL)
         WHERE id = :id",
    )?;
    let found = found.min(due.wanted);
    update.execute(named_params! {
        ":found": found, ":lost": due.wanted - found, ":wanted": due.wanted,
        ":id": due.account.to_string(),
    })?;
    Ok(())
}

fn again(db: &Connection, account: AccountId, next: Timestamp) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE accounts SET withheld_due = ?, withheld_attempts = withheld_attempts + 1 WHERE id = ?",
    )?;
    update.execute((next.as_millis(), account.to_string()))?;
    Ok(())
}
