//! Reply windows in conversations whose own layer makes them shorter.

use connector_api::{
    Timestamp,
    capabilities::{ConversationLayer, document::Window},
};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    StoreError,
    ledgers::{Place, ledger},
    line,
    rows::{id, optional_json},
    windows::{closes_at, trails, under},
};
use crate::model::{AccountId, ConversationId};

/// The rules that hold in a conversation; `None` where the channel has no window, or nobody has said so yet.
pub(super) fn window(db: &Connection, place: Place) -> Result<Option<Window>, StoreError> {
    let mut query = db.prepare_cached("SELECT layer FROM conversations WHERE id = ?")?;
    let layer: Option<ConversationLayer> =
        query.query_row([place.conversation.to_string()], |row| optional_json(row, "layer"))?;
    under(db, place.account, &layer.unwrap_or_default())
}

/// The layer of a conversation has changed: the end of its window and of what waits in it follow.
pub(super) fn follow(db: &Connection, conversation: ConversationId) -> Result<(), StoreError> {
    let mut query = db.prepare_cached("SELECT account_id FROM conversations WHERE id = ?")?;
    let account = query.query_row([conversation.to_string()], |row| id(row, "account_id")).optional()?;
    let Some(account) = account else { return Ok(()) };
    set_ends(db, Place { account, conversation })?;
    line::settle(db, conversation)
}

/// Another window holds for an account: conversations with a layer of their own follow each by itself.
pub(super) fn follow_account(db: &Connection, account: AccountId) -> Result<(), StoreError> {
    let mut query =
        db.prepare_cached("SELECT id FROM conversations WHERE account_id = ? AND layer IS NOT NULL")?;
    let narrowed = query.query_map([account.to_string()], |row| id(row, "id"))?;
    let narrowed = narrowed.collect::<Result<Vec<ConversationId>, _>>()?;
    narrowed.into_iter().try_for_each(|conversation| set_ends(db, Place { account, conversation }))
}

fn set_ends(db: &Connection, place: Place) -> Result<(), StoreError> {
    let (window, ledger) = (window(db, place)?, ledger(db, place.conversation)?);
    // An end is the same whenever it is looked at.
    let looked_at = ledger.last_inbound_at.unwrap_or(Timestamp::from_millis(0));
    let closes_at = window.as_ref().and_then(|window| closes_at(window, ledger, looked_at));
    let conversation = place.conversation.to_string();
    db.prepare_cached("UPDATE conversations SET closes_at = ? WHERE id = ?")?
        .execute((closes_at.map(Timestamp::as_millis), &conversation))?;
    let mut ends = db.prepare_cached(
        "UPDATE messages SET ends_at = min(ifnull(expires_at, :end), ifnull(:end, expires_at))
         WHERE conversation_id = :conversation AND status IN ('queued', 'sending', 'uncertain')",
    )?;
    ends.execute(named_params! {
        ":end": closes_at.filter(|_| !window.as_ref().is_some_and(trails)).map(Timestamp::as_millis),
        ":conversation": conversation,
    })?;
    Ok(())
}
