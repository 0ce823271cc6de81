//! Consents that end soon, of which listeners are warned once.

use connector_api::Timestamp;
use rusqlite::{Connection, Row, named_params};

use super::{
    StoreError, events,
    rows::{id, optional_time},
};
use crate::model::{Account, AccountId, InboxEventKind};

const LEAD_MILLIS: i64 = Account::CONSENT_WARNING_SECONDS * 1_000;

/// Accounts whose consent ends after `:now`, and of whose end nobody was told. A renewal may move an end a little, or on and
/// on: what lies within the lead of the end that was told is the same end.
const UNTOLD: &str = "FROM accounts WHERE status = 'connected' AND refresh_expires_at > :now
    AND (consent_told IS NULL OR refresh_expires_at > consent_told + :lead)";

/// When [`warn`] has something to do; possibly in the past.
pub(super) fn next_warning(db: &Connection, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let mut query = db.prepare_cached(&format!("SELECT min(refresh_expires_at) AS at {UNTOLD}"))?;
    let end = query.query_row(named_params! {":now": now.as_millis(), ":lead": LEAD_MILLIS}, |row| {
        optional_time(row, "at")
    })?;
    Ok(end.map(|end| Timestamp::from_millis(end.as_millis().saturating_sub(LEAD_MILLIS))))
}

/// Tells of consents that end soon; of how many.
pub(super) fn warn(db: &Connection, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT id {UNTOLD} AND refresh_expires_at <= :until ORDER BY refresh_expires_at LIMIT :limit"
    ))?;
    let parameters = named_params! {
        ":now": now.as_millis(),
        ":lead": LEAD_MILLIS,
        ":until": now.as_millis().saturating_add(LEAD_MILLIS),
        ":limit": limit,
    };
    let rows = query.query_map(parameters, |row| id(row, "id"))?;
    let ending = rows.collect::<Result<Vec<AccountId>, _>>()?;
    for account in &ending {
        db.prepare_cached("UPDATE accounts SET consent_told = refresh_expires_at WHERE id = ?")?
            .execute([account.to_string()])?;
        events::account(db, InboxEventKind::AccountConsentEnding, *account, now)?;
    }
    Ok(u32::try_from(ending.len()).unwrap_or(u32::MAX))
}

/// Whether listeners were warned of the end that an account's consent has.
pub(super) fn is_ending(row: &Row<'_>) -> rusqlite::Result<bool> {
    let (end, told) = (optional_time(row, "refresh_expires_at")?, optional_time(row, "consent_told")?);
    Ok(end.zip(told).is_some_and(|(end, told)| end.millis_since(told) <= LEAD_MILLIS))
}
