//! Reading conversations and messages.

use async_trait::async_trait;
use connector_api::capabilities::WindowLedger;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Conversations, Cursor, Page, SqliteStore, StoreError, media_fetches,
    rows::{cursor, id, json, name, optional_id, optional_json, optional_time, paged, scope_text, time},
};
use crate::model::{
    Contact, Conversation, ConversationId, Dispatch, Message, MessageId, Scope, StatusChange,
};

#[async_trait]
impl Conversations for SqliteStore {
    async fn conversations(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Conversation>, StoreError> {
        let scope = scope_text(scope)?;
        self.readers.read(move |db| page(db, scope.as_deref(), after.as_ref(), limit)).await
    }

    async fn conversation(&self, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
        self.readers.read(move |db| one(db, id)).await
    }

    async fn messages(
        &self,
        conversation: ConversationId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Message>, StoreError> {
        self.readers.read(move |db| messages(db, conversation, after.as_ref(), limit)).await
    }

    async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.readers.read(move |db| message(db, id)).await
    }
}

pub(super) const CONVERSATIONS: &str =
    "SELECT c.*, a.instance, p.platform_id AS contact_platform_id, p.handle, p.display_name
    FROM conversations c JOIN accounts a ON a.id = c.account_id JOIN contacts p ON p.id = c.contact_id";

pub(super) fn page(
    db: &Connection,
    scope: Option<&str>,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Conversation>, StoreError> {
    let sql = format!(
        "{CONVERSATIONS} WHERE (:at IS NULL OR (c.last_message_at, c.id) < (:at, :id))
            AND (:scope IS NULL OR c.account_id IN (SELECT value FROM json_each(:scope)))
         ORDER BY c.last_message_at DESC, c.id DESC LIMIT :limit"
    );
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map(
        named_params! {
            ":scope": scope,
            ":at": after.map(|c| c.at.as_millis()),
            ":id": after.map(|c| c.id.to_string()),
            ":limit": i64::from(limit) + 1,
        },
        conversation_from_row,
    )?;
    let items = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(paged(items, limit, |c| cursor(c.last_message_at, c.id.0)))
}

pub(super) fn one(db: &Connection, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    let mut query = db.prepare_cached(&format!("{CONVERSATIONS} WHERE c.id = ?"))?;
    Ok(query.query_row([id.to_string()], conversation_from_row).optional()?)
}

pub(super) fn messages(
    db: &Connection,
    conversation: ConversationId,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Message>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM messages
         WHERE conversation_id = :conversation AND (:at IS NULL OR (sent_at, id) < (:at, :id))
         ORDER BY sent_at DESC, id DESC LIMIT :limit",
    )?;
    let rows = query.query_map(
        named_params! {
            ":conversation": conversation.to_string(),
            ":at": after.map(|c| c.at.as_millis()),
            ":id": after.map(|c| c.id.to_string()),
            ":limit": i64::from(limit) + 1,
        },
        message_from_row,
    )?;
    let items = rows.collect::<Result<Vec<_>, _>>()?;
    let mut page = paged(items, limit, |m| cursor(m.sent_at, m.id.0));
    for message in &mut page.items {
        complete(db, message)?;
    }
    Ok(page)
}

pub(super) fn message(db: &Connection, id: MessageId) -> Result<Option<Message>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM messages WHERE id = ?")?;
    let found = query.query_row([id.to_string()], message_from_row).optional()?;
    let Some(mut message) = found else { return Ok(None) };
    complete(db, &mut message)?;
    Ok(Some(message))
}

/// Adds what stands in other tables.
pub(super) fn complete(db: &Connection, message: &mut Message) -> Result<(), StoreError> {
    message.history = history(db, message.id)?;
    message.medium = media_fetches::of(db, message.id)?;
    Ok(())
}

fn history(db: &Connection, message: MessageId) -> Result<Vec<StatusChange>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM status_changes WHERE message_id = ? ORDER BY rowid")?;
    let rows = query.query_map([message.to_string()], |row| {
        Ok(StatusChange {
            status: name(row, "status")?,
            at: time(row, "at")?,
            signal: name(row, "signal")?,
            reason: optional_json(row, "reason")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn conversation_from_row(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    Ok(Conversation {
        id: id(row, "id")?,
        account: id(row, "account_id")?,
        instance: row.get("instance")?,
        platform_id: row.get("platform_id")?,
        contact: Contact {
            platform_id: row.get("contact_platform_id")?,
            handle: row.get("handle")?,
            display_name: row.get("display_name")?,
        },
        last_message_at: time(row, "last_message_at")?,
        ledger: ledger_from_row(row)?,
        unread: row.get("unread")?,
        held_by: optional_id(row, "held_by")?,
        paused: optional_json(row, "paused")?,
    })
}

pub(super) fn ledger_from_row(row: &Row<'_>) -> rusqlite::Result<WindowLedger> {
    Ok(WindowLedger {
        last_inbound_at: optional_time(row, "last_inbound_at")?,
        used: row.get("used")?,
        first_inbound_at: optional_time(row, "first_inbound_at")?,
        wrote_again: row.get("wrote_again")?,
        used_after_close: row.get("used_after_close")?,
        total: row.get("total")?,
        last_sent_at: optional_time(row, "last_sent_at")?,
    })
}

/// Without what [`complete`] adds.
pub(super) fn message_from_row(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: id(row, "id")?,
        conversation: id(row, "conversation_id")?,
        platform_id: row.get("platform_id")?,
        direction: name(row, "direction")?,
        origin: name(row, "origin")?,
        content: json(row, "content")?,
        status: name(row, "status")?,
        reason: optional_json(row, "reason")?,
        created_at: time(row, "created_at")?,
        sent_at: time(row, "sent_at")?,
        history: Vec::new(),
        medium: None,
        dispatch: Dispatch {
            send_at: optional_time(row, "send_at")?,
            expires_at: optional_time(row, "expires_at")?,
            retry_of: optional_id(row, "retry_of")?,
            retried_as: optional_id(row, "retried_as")?,
        },
    })
}
