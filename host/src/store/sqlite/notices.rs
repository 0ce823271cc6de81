//! What platforms tell of an account and no inbox shows.

use std::collections::BTreeMap;

use connector_api::{Timestamp, capabilities::Reason};
use rusqlite::{Connection, Row, named_params};

use super::{
    StoreError, events,
    rows::{json, optional_json, optional_time, text},
    withheld,
};
use crate::model::{AccountId, Counted, InboxEventKind, Withheld};

/// So many names are counted apart; the rest together.
const MOST_NAMES: usize = 64;
const MOST_NAME_CHARS: usize = 100;
const REST: &str = "other";

/// A message that the platform does not hand on.
pub(super) fn withhold(
    db: &Connection,
    account: AccountId,
    reason: &Reason,
    at: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE accounts SET withheld = withheld + 1, withheld_reason = :reason,
                withheld_at = max(ifnull(withheld_at, :at), :at)
         WHERE id = :id",
    )?;
    update.execute(named_params! {
        ":reason": text(reason)?, ":at": at.as_millis(), ":id": account.to_string(),
    })?;
    withheld::want(db, account, at, now)?;
    events::account(db, InboxEventKind::MessageWithheld, account, now)
}

/// Something else that the platform tells, by its name.
pub(super) fn count(
    db: &Connection,
    account: AccountId,
    name: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let account = account.to_string();
    let mut query = db.prepare_cached("SELECT notices FROM accounts WHERE id = ?")?;
    let mut notices: BTreeMap<String, Counted> = query.query_row([&account], |row| json(row, "notices"))?;
    let mut name: String = name.chars().take(MOST_NAME_CHARS).collect();
    if notices.len() >= MOST_NAMES && !notices.contains_key(&name) {
        REST.clone_into(&mut name);
    }
    let counted = notices.entry(name).or_insert(Counted { count: 0, last_at: at });
    *counted = Counted { count: counted.count.saturating_add(1), last_at: counted.last_at.max(at) };
    db.prepare_cached("UPDATE accounts SET notices = ? WHERE id = ?")?
        .execute([&text(&notices)?, &account])?;
    Ok(())
}

/// The messages that an account's platform does not hand on.
pub(super) fn told_of(row: &Row<'_>) -> rusqlite::Result<Option<Withheld>> {
    let told = optional_time(row, "withheld_at")?.zip(optional_json(row, "withheld_reason")?);
    let Some((last_at, reason)) = told else { return Ok(None) };
    let count = |column| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.unsigned_abs());
    let (found, given_up) = (count("withheld_found")?, count("withheld_given_up")?);
    Ok(Some(Withheld { count: count("withheld")?, found, given_up, last_at, reason }))
}
