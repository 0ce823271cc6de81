//! What people decide about messages that went wrong, or wait.

use connector_api::{
    Timestamp,
    capabilities::{Reason, ReasonCode},
};
use rusqlite::Connection;

use super::{
    Decision, StoreError, conversations, ledgers, line, outbox,
    rows::id,
    statuses::{self, Step},
};
use crate::model::{AccountId, ConversationId, Message, MessageId, Signal, Status};

pub(super) fn decide(
    db: &Connection,
    message: MessageId,
    decision: Decision,
    now: Timestamp,
) -> Result<Option<Status>, StoreError> {
    let stored = conversations::message(db, message)?.filter(|m| m.status == Status::Uncertain);
    let Some(stored) = stored else {
        return Ok(None);
    };
    match decision {
        Decision::WasSent => {
            statuses::advance(db, message, &Step::new(Status::Sent, Signal::Person, now))?;
            Ok(Some(Status::Sent))
        }
        Decision::WasNotSent => {
            let reason = stored.reason.clone();
            let step = Step::new(Status::Failed, Signal::Person, now);
            outbox::fail(db, &stored, &Step { reason: reason.as_ref(), ..step })?;
            Ok(Some(Status::Failed))
        }
    }
}

pub(super) fn resume(db: &Connection, conversation: ConversationId) -> Result<bool, StoreError> {
    let changed = db
        .prepare_cached("UPDATE conversations SET held_by = NULL WHERE id = ? AND held_by IS NOT NULL")?
        .execute([conversation.to_string()])?;
    line::settle(db, conversation)?;
    Ok(changed == 1)
}

/// The code of a message that somebody has given up.
fn discarded() -> Reason {
    Reason::permanent(ReasonCode::MESSAGE_DISCARDED, "Somebody gave the message up before it was sent.")
}

pub(super) fn discard(
    db: &Connection,
    conversation: ConversationId,
    now: Timestamp,
) -> Result<Vec<MessageId>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id FROM messages WHERE conversation_id = ? AND status = 'queued' ORDER BY rowid",
    )?;
    let rows = query.query_map([conversation.to_string()], |row| id(row, "id"))?;
    let waiting = rows.collect::<Result<Vec<MessageId>, _>>()?;
    for message in &waiting {
        discard_message(db, *message, now)?;
    }
    resume(db, conversation)?;
    Ok(waiting)
}

pub(super) fn discard_message(
    db: &Connection,
    message: MessageId,
    now: Timestamp,
) -> Result<Option<Status>, StoreError> {
    let Some(message) = conversations::message(db, message)? else {
        return Ok(None);
    };
    if message.status == Status::Queued {
        give_up(db, &message, &discarded(), now)?;
        return Ok(Some(Status::Failed));
    }
    Ok(Some(message.status))
}

/// Gives up whatever an account that is taken out had still to send.
pub(super) fn give_up_all(db: &Connection, account: AccountId, now: Timestamp) -> Result<(), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id
         WHERE c.account_id = ? AND m.status = 'queued' ORDER BY m.rowid",
    )?;
    let rows = query.query_map([account.to_string()], |row| id(row, "id"))?;
    let waiting = rows.collect::<Result<Vec<MessageId>, _>>()?;
    let text = "The account was taken out before the message was sent.";
    let reason = Reason::permanent(ReasonCode::ACCOUNT_REMOVED, text);
    for message in waiting {
        if let Some(message) = conversations::message(db, message)? {
            give_up(db, &message, &reason, now)?;
        }
    }
    Ok(())
}

fn give_up(db: &Connection, message: &Message, reason: &Reason, now: Timestamp) -> Result<(), StoreError> {
    let step = Step { reason: Some(reason), ..Step::new(Status::Failed, Signal::Person, now) };
    statuses::advance(db, message.id, &step)?;
    ledgers::release(db, message)
}
