//! Refusals by the platform's own rules: one speaks of its conversation, several at once of the account.

use connector_api::{
    Timestamp,
    capabilities::{Reason, ReasonCode},
};
use rusqlite::Connection;

use super::{StoreError, ledgers::Place, pauses};
use crate::model::{AccountId, Pausable, Pause};

/// So many conversations are several.
const SEVERAL: u32 = 3;
/// So close together is at once.
const AT_ONCE_SECONDS: i64 = 10 * 60;
/// Platforms do not say where their day begins. After so long another one has begun everywhere, and what was counted
/// over the past hours of a day is past as well.
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// The platform's rules refused a message that nothing known spoke against. Where that happens in several conversations
/// at once, the account has most likely used up its day, and every further try would fail as well.
pub(super) fn note(db: &Connection, place: Place, now: Timestamp) -> Result<(), StoreError> {
    let account = place.account.to_string();
    db.prepare_cached("DELETE FROM refusals WHERE account_id = ? AND at < ?")?
        .execute((&account, now.plus_seconds(-AT_ONCE_SECONDS).as_millis()))?;
    db.prepare_cached(
        "INSERT INTO refusals (account_id, conversation_id, at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET at = excluded.at",
    )?
    .execute((&account, place.conversation.to_string(), now.as_millis()))?;
    let mut query = db.prepare_cached("SELECT count(*) FROM refusals WHERE account_id = ?")?;
    let conversations: u32 = query.query_row([&account], |row| row.get(0))?;
    if conversations < SEVERAL {
        return Ok(());
    }
    let until = now.plus_seconds(DAY_SECONDS);
    let text = format!(
        "The platform's rules refused messages in {conversations} conversations of this account at once; most likely \
         the conversations that it may write to in a day are used up."
    );
    let reason = Reason::passing(ReasonCode::RATE_DAILY_CAP, text)
        .with("conversations", i64::from(conversations))
        .uncertain()
        .with_retry_at(until);
    let pause = Pause { since: now, until: Some(until), reason, by: None };
    pauses::set(db, &Pausable::Account(place.account), &pause).map(drop)
}

/// Sending goes on: what was refused before does not count any more.
pub(super) fn forget(db: &Connection, account: AccountId) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM refusals WHERE account_id = ?")?.execute([account.to_string()])?;
    Ok(())
}
