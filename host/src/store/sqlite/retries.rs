//! Sending a failed message again, as a new one.

use connector_api::{
    Timestamp,
    capabilities::{Reason, ReasonCode},
};
use rusqlite::Connection;

use super::{
    Check, Retried, StoreError, conversations, decisions, ledgers, line, media, medium_gone, outbox,
    statuses::Beginning,
};
use crate::model::{Dispatch, Message, MessageId, MessageMedium, Origin, Signal, Status};

pub(super) fn retry(
    db: &Connection,
    message: MessageId,
    now: Timestamp,
    check: Check,
) -> Result<Retried, StoreError> {
    let Some(failed) = conversations::message(db, message)? else {
        return Ok(Retried::UnknownMessage);
    };
    if let Some(again) = failed.dispatch.retried_as {
        let again = conversations::message(db, again)?;
        return Ok(again.map_or(Retried::UnknownMessage, Retried::Repeated));
    }
    if failed.status != Status::Failed || failed.origin != Origin::Host {
        return Ok(Retried::NotFailed(failed.status));
    }
    let Some(conversation) = conversations::one(db, failed.conversation)? else {
        return Ok(Retried::UnknownMessage);
    };
    if let Some(holder) = conversation.held_by.filter(|holder| *holder != failed.id) {
        return Ok(Retried::Denied(vec![held(holder)]));
    }
    let account = conversation.account;
    let medium = match &failed.medium {
        None => None,
        Some(MessageMedium { medium: Some(medium), .. }) => media::ready(db, medium.id, account)?,
        Some(_) => return Ok(Retried::Denied(vec![medium_gone()])),
    };
    let reserved = match check(conversation.ledger) {
        Ok(reserved) => reserved,
        Err(reasons) => return Ok(Retried::Denied(reasons)),
    };
    let dispatch = Dispatch { retry_of: Some(failed.id), ..Dispatch::default() };
    let again = outbox::new_message(&conversation, failed.content.clone(), dispatch, now);
    let (quotes, sent_as) = (failed.quotes.clone(), failed.sent_as.clone());
    let again = Message { medium, quotes, sent_as, ..again };
    let priority = line::priority_of(db, failed.id)?;
    ledgers::save_ledger(db, conversation.id, reserved.ledger)?;
    let beginning =
        Beginning { permit: Some(reserved.permit), ..Beginning::at(conversation.account, Signal::Host) };
    let again = outbox::insert(db, &conversation, again, priority, &beginning)?;
    db.prepare_cached("UPDATE messages SET retried_as = ? WHERE id = ?")?
        .execute([again.id.to_string(), failed.id.to_string()])?;
    take_turn(db, failed.id, again.id)?;
    decisions::resume(db, conversation.id)?;
    Ok(Retried::Queued(again))
}

/// Another failed message holds the line, and would hold this one.
fn held(holder: MessageId) -> Reason {
    let text = "Another failed message of the conversation holds the line; retry that one first, or resume.";
    Reason::passing(ReasonCode::CONVERSATION_HELD, text).with("held_by", holder.to_string().as_str())
}

/// Puts a message where the failed one stood, so that nothing that waits behind that overtakes it.
fn take_turn(db: &Connection, failed: MessageId, again: MessageId) -> Result<(), StoreError> {
    let (failed, again) = (failed.to_string(), again.to_string());
    let mut query = db.prepare_cached("SELECT rowid FROM messages WHERE id = ?")?;
    let turn: i64 = query.query_row([&failed], |row| row.get(0))?;
    db.prepare_cached("UPDATE messages SET rowid = (SELECT max(rowid) + 1 FROM messages) WHERE id = ?")?
        .execute([&failed])?;
    db.prepare_cached("UPDATE messages SET rowid = ? WHERE id = ?")?.execute((turn, &again))?;
    Ok(())
}
