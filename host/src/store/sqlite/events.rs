//! What listeners are told, in the order of commits.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use tokio::sync::watch;

use super::{
    Events, SqliteStore, StoreError,
    rows::{id, name, optional_id, optional_json, optional_name, text, time},
};
use crate::model::{
    AccountId, ContactId, ConversationId, EndpointId, EventDetail, InboxEvent, InboxEventKind, Message,
    MessageId, Status,
};

#[async_trait]
impl Events for SqliteStore {
    async fn events_after(&self, sequence: i64, limit: u32) -> Result<Vec<InboxEvent>, StoreError> {
        self.readers.read(move |db| after(db, sequence, limit)).await
    }

    async fn oldest_event(&self) -> Result<Option<i64>, StoreError> {
        self.readers.read(oldest).await
    }

    fn latest_event(&self) -> watch::Receiver<i64> {
        self.writer.latest_event()
    }
}

pub(super) fn latest(db: &Connection) -> Result<i64, StoreError> {
    // Not the newest row: that may have been pruned.
    let mut query =
        db.prepare_cached("SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'events'")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

pub(super) fn oldest(db: &Connection) -> Result<Option<i64>, StoreError> {
    let mut query = db.prepare_cached("SELECT min(sequence) FROM events")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

pub(super) fn after(db: &Connection, sequence: i64, limit: u32) -> Result<Vec<InboxEvent>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT * FROM events WHERE sequence > :after ORDER BY sequence LIMIT :limit")?;
    let rows = query.query_map(named_params! {":after": sequence, ":limit": limit}, from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<InboxEvent> {
    Ok(InboxEvent {
        sequence: row.get("sequence")?,
        at: time(row, "at")?,
        kind: name(row, "kind")?,
        account: account_id(row)?,
        conversation: optional_id(row, "conversation_id")?,
        message: optional_id(row, "message_id")?,
        contact: optional_id(row, "contact_id")?,
        status: optional_name(row, "status")?,
        endpoint: optional_id(row, "endpoint_id")?,
        detail: optional_json(row, "detail")?,
    })
}

/// Empty where the event is about no account.
fn account_id(row: &Row<'_>) -> rusqlite::Result<Option<AccountId>> {
    let text: String = row.get("account_id")?;
    if text.is_empty() { Ok(None) } else { id(row, "account_id").map(Some) }
}

/// The event of that sequence, unless it was forgotten.
pub(super) fn one(db: &Connection, sequence: i64) -> Result<Option<InboxEvent>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM events WHERE sequence = ?")?;
    Ok(query.query_row([sequence], from_row).optional()?)
}

/// The newest event from before that moment; 0 where there is none.
pub(super) fn newest_before(db: &Connection, at: Timestamp) -> Result<i64, StoreError> {
    // By the first one of the index, and not `max(sequence)`, which would read them all.
    let mut query = db
        .prepare_cached("SELECT sequence FROM events WHERE at < ? ORDER BY at DESC, sequence DESC LIMIT 1")?;
    Ok(query.query_row([at.as_millis()], |row| row.get(0)).optional()?.unwrap_or(0))
}

/// Tells that something happened to a message.
pub(super) fn message(
    db: &Connection,
    kind: InboxEventKind,
    account: AccountId,
    message: &Message,
    status: Status,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO events (at, kind, account_id, conversation_id, message_id, status)
         VALUES (:at, :kind, :account, :conversation, :message, :status)",
    )?;
    insert.execute(named_params! {
        ":at": at.as_millis(),
        ":kind": text(&kind)?,
        ":account": account.to_string(),
        ":conversation": message.conversation.to_string(),
        ":message": message.id.to_string(),
        ":status": text(&status)?,
    })?;
    Ok(())
}

/// Tells that something happened to a conversation.
pub(super) fn conversation(
    db: &Connection,
    kind: InboxEventKind,
    account: AccountId,
    conversation: ConversationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO events (at, kind, account_id, conversation_id) VALUES (:at, :kind, :account, :conversation)",
    )?;
    insert.execute(named_params! {
        ":at": at.as_millis(),
        ":kind": text(&kind)?,
        ":account": account.to_string(),
        ":conversation": conversation.to_string(),
    })?;
    Ok(())
}

/// Tells that a contact was erased.
pub(super) fn erased(
    db: &Connection,
    account: AccountId,
    contact: ContactId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO events (at, kind, account_id, contact_id) VALUES (:at, :kind, :account, :contact)",
    )?;
    insert.execute(named_params! {
        ":at": at.as_millis(),
        ":kind": text(&InboxEventKind::ContactErased)?,
        ":account": account.to_string(),
        ":contact": contact.to_string(),
    })?;
    Ok(())
}

/// Tells that something happened to an account.
pub(super) fn account(
    db: &Connection,
    kind: InboxEventKind,
    account: AccountId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut insert =
        db.prepare_cached("INSERT INTO events (at, kind, account_id) VALUES (:at, :kind, :account)")?;
    insert.execute(
        named_params! {":at": at.as_millis(), ":kind": text(&kind)?, ":account": account.to_string()},
    )?;
    Ok(())
}

/// What an event of an account is about, and what it tells beside.
#[derive(Default)]
pub(super) struct About {
    pub(super) conversation: Option<ConversationId>,
    pub(super) message: Option<MessageId>,
    pub(super) contact: Option<ContactId>,
    pub(super) detail: Option<EventDetail>,
}

/// Tells that something happened that is about these.
pub(super) fn about(
    db: &Connection,
    kind: InboxEventKind,
    account: AccountId,
    about: &About,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO events (at, kind, account_id, conversation_id, message_id, contact_id, detail)
         VALUES (:at, :kind, :account, :conversation, :message, :contact, :detail)",
    )?;
    insert.execute(named_params! {
        ":at": at.as_millis(),
        ":kind": text(&kind)?,
        ":account": account.to_string(),
        ":conversation": about.conversation.map(|id| id.to_string()),
        ":message": about.message.map(|id| id.to_string()),
        ":contact": about.contact.map(|id| id.to_string()),
        ":detail": about.detail.as_ref().map(text).transpose()?,
    })?;
    Ok(())
}

/// Tells that something happened to a webhook endpoint.
pub(super) fn endpoint(
    db: &Connection,
    kind: InboxEventKind,
    endpoint: EndpointId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO events (at, kind, account_id, endpoint_id) VALUES (:at, :kind, '', :endpoint)",
    )?;
    insert.execute(
        named_params! {":at": at.as_millis(), ":kind": text(&kind)?, ":endpoint": endpoint.to_string()},
    )?;
    Ok(())
}
