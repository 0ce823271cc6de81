//! The reply window of a conversation, as it is stored.

use connector_api::{Timestamp, capabilities::WindowLedger};
use rusqlite::{Connection, named_params};

use super::{StoreError, conversations};
use crate::model::{AccountId, ConversationId};

/// A conversation of an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) account: AccountId,
    pub(super) conversation: ConversationId,
}

pub(super) fn ledger(db: &Connection, conversation: ConversationId) -> Result<WindowLedger, StoreError> {
    let mut query = db.prepare_cached("SELECT last_inbound_at, used FROM conversations WHERE id = ?")?;
    Ok(query.query_row([conversation.to_string()], conversations::ledger_from_row)?)
}

pub(super) fn save_ledger(
    db: &Connection,
    conversation: ConversationId,
    ledger: WindowLedger,
) -> Result<(), StoreError> {
    let mut update =
        db.prepare_cached("UPDATE conversations SET last_inbound_at = :at, used = :used WHERE id = :id")?;
    update.execute(named_params! {
        ":at": ledger.last_inbound_at.map(Timestamp::as_millis),
        ":used": ledger.used,
        ":id": conversation.to_string(),
    })?;
    Ok(())
}
