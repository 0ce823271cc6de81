//! Moving messages from status to status, never backwards.

use connector_api::{
    Timestamp,
    capabilities::{Permit, Reason},
};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    StoreError, conversations, events,
    ledgers::Place,
    line, media_fetches,
    rows::{id, text},
    search::{self, Words},
};
use crate::model::{
    AccountId, ConversationId, InboxEventKind, Message, MessageId, Signal, Status, StatusChange,
};

/// A step of a message, and what is known about it.
pub(super) struct Step<'a> {
    pub(super) next: Status,
    pub(super) signal: Signal,
    pub(super) at: Timestamp,
    pub(super) reason: Option<&'a Reason>,
}

impl Step<'_> {
    pub(super) fn new(next: Status, signal: Signal, at: Timestamp) -> Self {
        Self { next, signal, at, reason: None }
    }
}

/// Takes the step where it is allowed from where the message stands; whether it was taken.
pub(super) fn advance(db: &Connection, id: MessageId, step: &Step<'_>) -> Result<bool, StoreError> {
    let Some(message) = conversations::message(db, id)? else {
        return Ok(false);
    };
    // Only the platform's own report takes an acceptance back.
    let taken_back =
        (message.status, step.next, step.signal) == (Status::Sent, Status::Failed, Signal::StatusReport);
    if !message.status.may_become(step.next) && !taken_back {
        return Ok(false);
    }
    // The echo, which tells the platform's own time, takes this out again.
    let came_back = (step.next, step.signal) == (Status::Sent, Signal::Response);
    let mut update = db.prepare_cached(
        "UPDATE messages SET status = :status, reason = :reason, came_back_at = ifnull(:came_back, came_back_at)
         WHERE id = :id",
    )?;
    update.execute(named_params! {
        ":came_back": came_back.then_some(step.at.as_millis()),
        ":status": text(&step.next)?,
        ":reason": step.reason.map(text).transpose()?,
        ":id": id.to_string(),
    })?;
    let reason = step.reason.cloned();
    remember(db, id, &StatusChange { status: step.next, at: step.at, signal: step.signal, reason })?;
    let account = account_of(db, message.conversation)?;
    events::message(db, InboxEventKind::MessageStatus, account, &message, step.next, step.at)?;
    line::settle(db, message.conversation)?;
    Ok(true)
}

/// Writes a message's step into its history.
fn remember(db: &Connection, id: MessageId, change: &StatusChange) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO status_changes (message_id, status, at, signal, reason)
         VALUES (:id, :status, :at, :signal, :reason)",
    )?;
    insert.execute(named_params! {
        ":id": id.to_string(),
        ":status": text(&change.status)?,
        ":at": change.at.as_millis(),
        ":signal": text(&change.signal)?,
        ":reason": change.reason.as_ref().map(text).transpose()?,
    })?;
    Ok(())
}

fn account_of(db: &Connection, conversation: ConversationId) -> Result<AccountId, StoreError> {
    let mut query = db.prepare_cached("SELECT account_id FROM conversations WHERE id = ?")?;
    Ok(query.query_row([conversation.to_string()], |row| id(row, "account_id"))?)
}

/// What is inserted beside the message itself.
pub(super) struct Beginning {
    pub(super) account: AccountId,
    pub(super) signal: Signal,
    pub(super) idempotency_key: Option<String>,
    /// What was asked for with that key.
    pub(super) asked: Option<[u8; 32]>,
    /// Its places in the reply window.
    pub(super) permit: Option<Permit>,
    /// Whether listeners are told of it: of what is new, and not of what is read back.
    pub(super) is_told: bool,
}

impl Beginning {
    /// Something new that takes no places.
    pub(super) fn at(account: AccountId, signal: Signal) -> Self {
        Self { account, signal, idempotency_key: None, asked: None, permit: None, is_told: true }
    }
}

/// Inserts a new message with the first entry of its history. `false` where the platform's id is known already.
pub(super) fn insert(db: &Connection, message: &Message, beginning: &Beginning) -> Result<bool, StoreError> {
    let reserved_under = beginning.permit.and_then(|permit| permit.reserved_under);
    let ends = [beginning.permit.and_then(|permit| permit.expires_at), message.dispatch.expires_at];
    let ends_at = ends.into_iter().flatten().min();
    let mut insert = db.prepare_cached(
        "INSERT INTO messages (id, conversation_id, platform_id, direction, origin, content, status,
                               places, reserved_under, ends_at, idempotency_key, created_at, sent_at,
                               not_before, send_at, expires_at, retry_of, quotes, answers, automatic, part_of,
                               losses, asked, sent_as)
         VALUES (:id, :conversation, :platform_id, :direction, :origin, :content, :status,
                 :places, :reserved_under, :ends_at, :key, :created_at, :sent_at,
                 :send_at, :send_at, :expires_at, :retry_of, :quotes, :answers, :automatic, :part_of,
                 :losses, :asked, :sent_as)
         ON CONFLICT (conversation_id, platform_id) DO NOTHING",
    )?;
    let inserted = insert.execute(named_params! {
        ":id": message.id.to_string(),
        ":conversation": message.conversation.to_string(),
        ":platform_id": message.platform_id,
        ":direction": text(&message.direction)?,
        ":origin": text(&message.origin)?,
        ":content": text(&message.content)?,
        ":status": text(&message.status)?,
        ":places": beginning.permit.map_or(0, |permit| permit.places),
        ":reserved_under": reserved_under.map(Timestamp::as_millis),
        ":ends_at": ends_at.map(Timestamp::as_millis),
        ":key": beginning.idempotency_key,
        ":created_at": message.created_at.as_millis(),
        ":sent_at": message.sent_at.as_millis(),
        ":send_at": message.dispatch.send_at.map(Timestamp::as_millis),
        ":expires_at": message.dispatch.expires_at.map(Timestamp::as_millis),
        ":retry_of": message.dispatch.retry_of.map(|id| id.to_string()),
        ":quotes": message.quotes.as_ref().map(|quoted| &quoted.platform_id),
        ":answers": message.answers.as_ref().map(text).transpose()?,
        ":automatic": message.automatic,
        ":part_of": message.dispatch.part_of.map(|id| id.to_string()),
        ":losses": Some(&message.losses).filter(|losses| !losses.is_empty()).map(text).transpose()?,
        ":asked": beginning.asked,
        ":sent_as": message.sent_as,
    })?;
    if inserted == 0 {
        return Ok(false);
    }
    let change = StatusChange {
        status: message.status,
        at: message.created_at,
        signal: beginning.signal,
        reason: None,
    };
    remember(db, message.id, &change)?;
    let place = Place { account: beginning.account, conversation: message.conversation };
    search::add(db, place, &Words::Message(message.id, &message.content), message.sent_at)?;
    media_fetches::begin(db, message)?;
    if beginning.is_told {
        let kind = InboxEventKind::MessageCreated;
        events::message(db, kind, beginning.account, message, message.status, message.created_at)?;
    }
    Ok(true)
}

/// Marks what the contact has read: every outbound message of the conversation up to the remembered mark. Until the
/// platform tells its time, that of a message is when the connector was called; it may have waited long before.
pub(super) fn apply_read_mark(
    db: &Connection,
    conversation: ConversationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT m.id FROM messages m JOIN conversations c ON c.id = m.conversation_id
         WHERE c.id = ? AND m.direction = 'outbound' AND m.status IN ('sent', 'delivered')
           AND m.sent_at <= c.read_up_to
           AND (m.status = 'delivered' OR NOT EXISTS (
                SELECT 1 FROM status_changes s
                WHERE s.message_id = m.id AND s.status = 'sending' AND s.at > c.read_up_to))",
    )?;
    let rows = query.query_map([conversation.to_string()], |row| id(row, "id"))?;
    for message in rows.collect::<Result<Vec<MessageId>, _>>()? {
        advance(db, message, &Step::new(Status::Read, Signal::ReadReceipt, at))?;
    }
    Ok(())
}

/// The message that the platform knows by that id.
pub(super) fn by_platform_id(
    db: &Connection,
    conversation: ConversationId,
    platform_id: &str,
) -> Result<Option<MessageId>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT id FROM messages WHERE conversation_id = ? AND platform_id = ?")?;
    let found = query.query_row([&conversation.to_string(), platform_id], |row| id(row, "id"));
    Ok(found.optional()?)
}
