//! Reading conversations and messages.

use async_trait::async_trait;
use connector_api::capabilities::WindowLedger;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    ConversationFilter, Conversations, Cursor, Page, SqliteStore, StoreError, contacts, media_fetches,
    reactions,
    rows::{
        cursor, id, json, name, optional_id, optional_json, optional_time, paged, referred, scope_text, text,
        time,
    },
    statuses,
};
use crate::model::{
    Conversation, ConversationId, ConversationState, Dispatch, Handling, Message, MessageId, Quoted, Scope,
    StateName, StatusChange,
};

#[async_trait]
impl Conversations for SqliteStore {
    async fn conversations(
        &self,
        scope: &Scope,
        filter: ConversationFilter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Conversation>, StoreError> {
        let scope = scope_text(scope)?;
        self.readers.read(move |db| page(db, scope.as_deref(), &filter, after.as_ref(), limit)).await
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

pub(super) const CONVERSATIONS: &str = "SELECT c.*, a.instance, p.public_id AS contact_public_id,
        p.platform_id AS contact_platform_id, p.handle, p.display_name, p.avatar_url,
        p.avatar_media_id, p.follows,
        p.created_at AS contact_created_at, p.referral AS contact_referral, p.referred_at AS contact_referred_at,
        (SELECT json_group_array(l.label) FROM conversation_labels l WHERE l.conversation_id = c.id) AS labels
    FROM conversations c JOIN accounts a ON a.id = c.account_id JOIN contacts p ON p.id = c.contact_id";

pub(super) fn page(
    db: &Connection,
    scope: Option<&str>,
    filter: &ConversationFilter,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Conversation>, StoreError> {
    let sql = format!(
        "{CONVERSATIONS}
         WHERE (:at IS NULL OR (c.last_message_at, c.id) < (:at, :id))
           AND (:scope IS NULL OR c.account_id IN (SELECT value FROM json_each(:scope)))
           AND (:account IS NULL OR c.account_id = :account) AND (:instance IS NULL OR a.instance = :instance)
           AND (:state IS NULL OR c.state = :state) AND (:unread IS NULL OR (c.unread > 0) = :unread)
           AND (NOT :by_assignee OR c.assignee IS :assignee)
           AND (:label IS NULL OR EXISTS (SELECT 1 FROM conversation_labels l
                                          WHERE l.conversation_id = c.id AND l.label = :label))
           AND (NOT :by_referral OR c.referral IS NOT NULL)
           AND (:source IS NULL OR c.referral ->> 'source' = :source)
         ORDER BY c.last_message_at DESC, c.id DESC LIMIT :limit"
    );
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map(
        named_params! {
            ":scope": scope,
            ":at": after.map(|c| c.at.as_millis()),
            ":id": after.map(|c| c.id.to_string()),
            ":account": filter.account.map(|account| account.to_string()),
            ":instance": filter.instance,
            ":state": filter.state.as_ref().map(text).transpose()?,
            ":unread": filter.unread,
            ":by_assignee": filter.assignee.is_some(),
            ":assignee": filter.assignee.as_ref().and_then(Option::as_deref),
            ":label": filter.label,
            ":by_referral": filter.referral.is_some(),
            ":source": filter.referral.as_ref().and_then(Option::as_deref),
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
    if let Some(quoted) = &mut message.quotes {
        quoted.message = statuses::by_platform_id(db, message.conversation, &quoted.platform_id)?;
    }
    if let Some(platform_id) = &message.platform_id {
        message.reactions = reactions::of(db, message.conversation, platform_id)?;
    }
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
        contact: contacts::of_conversation(row)?,
        last_message_at: time(row, "last_message_at")?,
        ledger: ledger_from_row(row)?,
        unread: row.get("unread")?,
        held_by: optional_id(row, "held_by")?,
        handling: Handling {
            assignee: row.get("assignee")?,
            labels: json(row, "labels")?,
            state: state(row)?,
            revision: row.get("revision")?,
        },
        referral: referred(row, "referral", "referred_at")?,
        paused: optional_json(row, "paused")?,
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<ConversationState> {
    Ok(match name(row, "state")? {
        StateName::Open => ConversationState::Open,
        StateName::Closed => ConversationState::Closed,
        StateName::Snoozed => ConversationState::Snoozed { until: time(row, "snoozed_until")? },
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
        sent_as: row.get("sent_as")?,
        medium: None,
        dispatch: Dispatch {
            send_at: optional_time(row, "send_at")?,
            expires_at: optional_time(row, "expires_at")?,
            retry_of: optional_id(row, "retry_of")?,
            retried_as: optional_id(row, "retried_as")?,
            part_of: optional_id(row, "part_of")?,
        },
        quotes: row
            .get::<_, Option<String>>("quotes")?
            .map(|platform_id| Quoted { platform_id, message: None }),
        answers: optional_json(row, "answers")?,
        automatic: row.get("automatic")?,
        reactions: Vec::new(),
        losses: optional_json(row, "losses")?.unwrap_or_default(),
    })
}
