//! The reply window of a conversation, as it is stored.

use connector_api::{
    Timestamp,
    capabilities::{Permit, WindowLedger},
};
use rusqlite::{Connection, named_params};

use super::{StoreError, conversations, rows::optional_time};
use crate::model::{AccountId, ConversationId, Message};

/// A conversation of an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) account: AccountId,
    pub(super) conversation: ConversationId,
}

pub(super) fn ledger(db: &Connection, conversation: ConversationId) -> Result<WindowLedger, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM conversations WHERE id = ?")?;
    Ok(query.query_row([conversation.to_string()], conversations::ledger_from_row)?)
}

pub(super) fn save_ledger(
    db: &Connection,
    conversation: ConversationId,
    ledger: WindowLedger,
) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE conversations SET last_inbound_at = :last, used = :used, first_inbound_at = :first,
                wrote_again = :again, used_after_close = :after, total = :total, last_sent_at = :sent
         WHERE id = :id",
    )?;
    update.execute(named_params! {
        ":last": ledger.last_inbound_at.map(Timestamp::as_millis),
        ":used": ledger.used,
        ":first": ledger.first_inbound_at.map(Timestamp::as_millis),
        ":again": ledger.wrote_again,
        ":after": ledger.used_after_close,
        ":total": ledger.total,
        ":sent": ledger.last_sent_at.map(Timestamp::as_millis),
        ":id": conversation.to_string(),
    })?;
    Ok(())
}

/// Gives the places of a message back that certainly was not sent.
pub(super) fn release(db: &Connection, message: &Message) -> Result<(), StoreError> {
    let mut query = db.prepare_cached("SELECT places, reserved_under FROM messages WHERE id = ?")?;
    let permit = query.query_row([message.id.to_string()], |row| {
        let reserved_under = optional_time(row, "reserved_under")?;
        Ok(Permit { places: row.get("places")?, reserved_under, expires_at: None })
    })?;
    if permit.places == 0 {
        return Ok(());
    }
    save_ledger(db, message.conversation, permit.release(ledger(db, message.conversation)?))
}
