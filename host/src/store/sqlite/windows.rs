//! When reply windows close, by the rules that hold for the account.

use connector_api::{
    CapabilityDocument, Timestamp,
    capabilities::{
        AccountLayer, ConversationLayer, Effective, WindowLedger, WindowState,
        document::{Limit, Restart, Window},
    },
};
use rusqlite::{Connection, OptionalExtension, named_params};
use serde_json::json;

use super::{
    StoreError,
    ledgers::{Place, ledger, save_ledger},
    line, narrowing,
    rows::{id, optional_json, text},
};
use crate::model::AccountId;

/// What a document says of windows, and nothing else: as JSON, the same for equal windows.
pub(super) fn declared(document: &CapabilityDocument) -> Result<String, StoreError> {
    let windows = json!({
        "schema": document.schema, "connector": document.connector, "windows": document.windows,
    });
    text(&windows)
}

/// The rules that hold for an account; `None` where the channel has no window, or nobody has said so yet.
pub(super) fn of(db: &Connection, account: AccountId) -> Result<Option<Window>, StoreError> {
    under(db, account, &ConversationLayer::default())
}

/// The same in a conversation with that layer.
pub(super) fn under(
    db: &Connection,
    account: AccountId,
    conversation: &ConversationLayer,
) -> Result<Option<Window>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT i.windows, a.layer FROM accounts a JOIN instances i ON i.name = a.instance WHERE a.id = ?",
    )?;
    let found = query.query_row([account.to_string()], |row| {
        Ok((
            optional_json::<CapabilityDocument>(row, "windows")?,
            optional_json::<AccountLayer>(row, "layer")?,
        ))
    });
    let Some((Some(document), layer)) = found.optional()? else {
        return Ok(None);
    };
    let effective = Effective::of(&document, &layer.unwrap_or_default(), conversation);
    Ok(effective.window().cloned())
}

/// The contact wrote: the quota is full again but for replies that wait or are on their way, and for those sent
/// before this message was heard of. What waits may leave for as long as the new window is open.
pub(super) fn reopen(db: &Connection, place: Place, at: Timestamp) -> Result<(), StoreError> {
    let before = ledger(db, place.conversation)?;
    let after = before.inbound(at);
    if after == before {
        return Ok(());
    }
    if after.last_inbound_at == before.last_inbound_at {
        return save_ledger(db, place.conversation, after);
    }
    let conversation = place.conversation.to_string();
    let waiting = waiting(db, &conversation)?;
    let sent = sent_since(db, &conversation, at)?;
    let used = waiting.iter().fold(sent, |used, (_, places)| used.saturating_add(*places));
    let ledger = WindowLedger { used, ..after };
    save_ledger(db, place.conversation, ledger)?;
    let window = narrowing::window(db, place)?;
    let closes_at = window.as_ref().and_then(|window| closes_at(window, ledger, at));
    db.prepare_cached("UPDATE conversations SET closes_at = ?1 WHERE id = ?2 AND closes_at IS NOT ?1")?
        .execute((closes_at.map(Timestamp::as_millis), &conversation))?;
    if waiting.is_empty() {
        return Ok(());
    }
    let mut carry = db.prepare_cached(
        "UPDATE messages SET reserved_under = iif(places > 0, :at, reserved_under),
                ends_at = min(ifnull(expires_at, :end), ifnull(:end, expires_at)) WHERE id = :id",
    )?;
    let end = closes_at.filter(|_| !window.as_ref().is_some_and(trails)).map(Timestamp::as_millis);
    for (message, _) in waiting {
        carry.execute(named_params! {":at": at.as_millis(), ":end": end, ":id": message})?;
    }
    line::settle(db, place.conversation)
}

/// Messages that the business sent since then. Until the platform tells its time, one may have been sent as late as it came back;
/// its own time is that of the queue.
fn sent_since(db: &Connection, conversation: &str, at: Timestamp) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT count(*) FROM (
             SELECT id FROM messages WHERE conversation_id = ?1 AND sent_at >= ?2
                AND direction = 'outbound' AND status IN ('sent', 'delivered', 'read')
             UNION
             SELECT id FROM messages WHERE conversation_id = ?1 AND came_back_at >= ?2
                AND status IN ('sent', 'delivered', 'read'))",
    )?;
    Ok(query.query_row((conversation, at.as_millis()), |row| row.get(0))?)
}

/// The messages of a conversation that wait or are on their way, with their places in the window. One query for each
/// of the indexes, because together they would be looked for among all messages of the conversation.
fn waiting(db: &Connection, conversation: &str) -> Result<Vec<(String, u32)>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, places FROM messages WHERE conversation_id = ?1 AND status = 'queued' UNION ALL
         SELECT id, places FROM messages WHERE conversation_id = ?1 AND status IN ('sending', 'uncertain')",
    )?;
    let rows = query.query_map([conversation], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// When a window closes, or closed; `None` where it has no end or that is not known.
pub(super) fn closes_at(window: &Window, ledger: WindowLedger, now: Timestamp) -> Option<Timestamp> {
    match ledger.state(window, now) {
        WindowState::Open { closes_at, .. } | WindowState::Exhausted { closes_at } => closes_at,
        WindowState::Trailing { closed_at, .. } | WindowState::Closed { closed_at } => Some(closed_at),
        WindowState::NeverOpened | WindowState::Unknown => None,
    }
}

/// Whether messages may leave after the window has closed.
pub(super) fn trails(window: &Window) -> bool {
    match window.after_close {
        Limit::At(places) => places > 0,
        Limit::Unbounded => true,
        Limit::Unknown => false,
    }
}

/// From now on an instance's channel declares these windows.
pub(super) fn declare(db: &Connection, instance: &str, windows: &str) -> Result<(), StoreError> {
    let changed = db.execute(
        "INSERT INTO instances (name, windows) VALUES (:name, :windows)
         ON CONFLICT DO UPDATE SET windows = excluded.windows WHERE windows IS NOT excluded.windows",
        named_params! {":name": instance, ":windows": windows},
    )?;
    if changed == 0 {
        return Ok(());
    }
    let mut query = db.prepare_cached("SELECT id FROM accounts WHERE instance = ?")?;
    let accounts = query.query_map([instance], |row| id(row, "id"))?;
    let accounts = accounts.collect::<Result<Vec<AccountId>, _>>()?;
    accounts.into_iter().try_for_each(|account| follow(db, account))
}

/// Another window holds for an account: the ends of its conversations' windows and of what waits follow.
pub(super) fn follow(db: &Connection, id: AccountId) -> Result<(), StoreError> {
    let window = of(db, id)?;
    let length = window.as_ref().and_then(|window| window.length_seconds.number());
    let length = length.and_then(|seconds| i64::try_from(seconds.saturating_mul(1000)).ok());
    let each = window.as_ref().is_some_and(|window| window.restarts == Restart::EachInbound);
    let account = id.to_string();
    db.execute(
        "UPDATE conversations SET closes_at = iif(:each, last_inbound_at, first_inbound_at) + :length
         WHERE account_id = :account",
        named_params! {":each": each, ":length": length, ":account": account},
    )?;
    db.execute(
        "UPDATE messages SET ends_at = min(ifnull(messages.expires_at, c.end), ifnull(c.end, messages.expires_at))
         FROM (SELECT id, iif(:trails, NULL, closes_at) AS end FROM conversations
               WHERE account_id = :account) AS c
         WHERE c.id = messages.conversation_id AND messages.status IN ('queued', 'sending', 'uncertain')",
        named_params! {":trails": window.as_ref().is_some_and(trails), ":account": account},
    )?;
    narrowing::follow_account(db, id)?;
    line::settle_account(db, &account)
}
