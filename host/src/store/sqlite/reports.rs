//! What platforms tell of single messages that they had accepted.

use connector_api::{DeliveryStatus, Timestamp, capabilities::Reason};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    StoreError, echoes,
    ledgers::Place,
    rows::{id, name, optional_json, text},
    statuses::{self, Step},
};
use crate::model::{AccountId, MessageId, Signal, Status};

/// What became of one message.
pub(super) struct Report<'a> {
    pub(super) conversation: &'a str,
    pub(super) message: &'a str,
    pub(super) status: DeliveryStatus,
    pub(super) reason: Option<&'a Reason>,
}

/// Takes a report in. While a send of the conversation is in flight its id may still be on its way, so a report about
/// an unknown message waits for it; otherwise it is another program's message and only kept raw.
pub(super) fn apply(
    db: &Connection,
    account: AccountId,
    report: &Report<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut query =
        db.prepare_cached("SELECT id FROM conversations WHERE account_id = ? AND platform_id = ?")?;
    let conversation = query.query_row([&account.to_string(), report.conversation], |row| id(row, "id"));
    let Some(conversation) = conversation.optional()? else {
        return Ok(());
    };
    let place = Place { account, conversation };
    match statuses::by_platform_id(db, conversation, report.message)? {
        Some(message) => take(db, message, report, now),
        None if echoes::in_flight(db, place)? => park(db, place, report),
        None => Ok(()),
    }
}

/// A send of the conversation has come back: the message has its platform's id by now, where it got one.
pub(super) fn unpark(db: &Connection, place: Place, now: Timestamp) -> Result<(), StoreError> {
    let conversation = place.conversation.to_string();
    let mut query =
        db.prepare_cached("SELECT * FROM parked_reports WHERE conversation_id = ? ORDER BY id")?;
    let rows = query.query_map([&conversation], |row| {
        Ok((row.get::<_, String>("platform_id")?, name(row, "status")?, optional_json(row, "reason")?))
    })?;
    let parked = rows.collect::<Result<Vec<(String, DeliveryStatus, Option<Reason>)>, _>>()?;
    db.prepare_cached("DELETE FROM parked_reports WHERE conversation_id = ?")?.execute([&conversation])?;
    for (message, status, reason) in parked {
        let report =
            Report { conversation: &conversation, message: &message, status, reason: reason.as_ref() };
        if let Some(ours) = statuses::by_platform_id(db, place.conversation, &message)? {
            take(db, ours, &report, now)?;
        }
    }
    Ok(())
}

fn take(db: &Connection, message: MessageId, report: &Report<'_>, now: Timestamp) -> Result<(), StoreError> {
    let next = match report.status {
        DeliveryStatus::Delivered => Status::Delivered,
        DeliveryStatus::Read => Status::Read,
        DeliveryStatus::Failed => Status::Failed,
        _ => return Ok(()),
    };
    let step = Step { reason: report.reason, ..Step::new(next, Signal::StatusReport, now) };
    statuses::advance(db, message, &step).map(drop)
}

fn park(db: &Connection, place: Place, report: &Report<'_>) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO parked_reports (conversation_id, platform_id, status, reason)
         VALUES (:conversation, :platform_id, :status, :reason)",
    )?;
    insert.execute(named_params! {
        ":conversation": place.conversation.to_string(),
        ":platform_id": report.message,
        ":status": text(&report.status)?,
        ":reason": report.reason.map(text).transpose()?,
    })?;
    Ok(())
}
