//! What colleagues decide about conversations, and what they write down.

use std::collections::BTreeSet;

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, Row, named_params};

use super::{
    Cursor, Handled, HandlingChange, Inbox, Page, SqliteStore, StoreError, conversations, events,
    ledgers::Place,
    rows::{cursor, id, optional_time, paged, text, time},
    search::{self, Words},
};
use crate::model::{ConversationId, Handling, InboxEventKind, Note};

#[async_trait]
impl Inbox for SqliteStore {
    async fn handle(
        &self,
        conversation: ConversationId,
        change: HandlingChange,
        now: Timestamp,
    ) -> Result<Handled, StoreError> {
        self.writer.write(move |db| handle(db, conversation, change, now)).await
    }

    async fn mark_read(&self, conversation: ConversationId, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |db| mark_read(db, conversation, now)).await
    }

    async fn add_note(&self, note: Note) -> Result<bool, StoreError> {
        self.writer.write(move |db| add_note(db, &note)).await
    }

    async fn notes(
        &self,
        conversation: ConversationId,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Note>, StoreError> {
        self.readers.read(move |db| notes(db, conversation, after.as_ref(), limit)).await
    }
}

pub(super) fn handle(
    db: &Connection,
    id: ConversationId,
    change: HandlingChange,
    now: Timestamp,
) -> Result<Handled, StoreError> {
    let Some(before) = conversations::one(db, id)? else {
        return Ok(Handled::UnknownConversation);
    };
    let HandlingChange { expected, assignee, labels, state } = change;
    if expected.is_some_and(|revision| revision != before.handling.revision) {
        return Ok(Handled::Outdated);
    }
    let old = before.handling.clone();
    let new = Handling {
        assignee: assignee.unwrap_or_else(|| old.assignee.clone()),
        labels: labels.unwrap_or_else(|| old.labels.clone()),
        state: state.unwrap_or(old.state),
        revision: old.revision,
    };
    if new == old {
        return Ok(Handled::Changed(Box::new(before)));
    }
    if new.labels != old.labels {
        save_labels(db, id, &new.labels)?;
    }
    save(db, id, &new)?;
    let place = Place { account: before.account, conversation: id };
    events::conversation(db, InboxEventKind::ConversationUpdated, place.account, place.conversation, now)?;
    let after = conversations::one(db, id)?;
    Ok(after.map_or(Handled::UnknownConversation, |conversation| Handled::Changed(Box::new(conversation))))
}

fn save(db: &Connection, id: ConversationId, new: &Handling) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE conversations SET assignee = :assignee, state = :state, snoozed_until = :until,
                revision = revision + 1 WHERE id = :id",
    )?;
    update.execute(named_params! {
        ":assignee": new.assignee,
        ":state": text(&new.state.name())?,
        ":until": new.state.opens_at().map(Timestamp::as_millis),
        ":id": id.to_string(),
    })?;
    Ok(())
}

fn save_labels(db: &Connection, id: ConversationId, labels: &BTreeSet<String>) -> Result<(), StoreError> {
    let id = id.to_string();
    db.prepare_cached("DELETE FROM conversation_labels WHERE conversation_id = ?")?.execute([&id])?;
    let mut insert =
        db.prepare_cached("INSERT INTO conversation_labels (conversation_id, label) VALUES (?, ?)")?;
    for label in labels {
        insert.execute([&id, label])?;
    }
    Ok(())
}

pub(super) fn mark_read(
    db: &Connection,
    conversation: ConversationId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE conversations SET unread = 0 WHERE id = ? AND unread > 0 RETURNING id, account_id";
    let read = changed(db, sql, [conversation.to_string()])?;
    tell(db, &read, now)?;
    Ok(!read.is_empty())
}

/// The contact wrote: whatever was decided, somebody has to look.
pub(super) fn reopen(db: &Connection, place: Place, now: Timestamp) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE conversations SET state = 'open', snoozed_until = NULL, revision = revision + 1
         WHERE id = ? AND state <> 'open'",
    )?;
    if update.execute([place.conversation.to_string()])? == 1 {
        events::conversation(
            db,
            InboxEventKind::ConversationUpdated,
            place.account,
            place.conversation,
            now,
        )?;
    }
    Ok(())
}

/// Opens snoozed conversations whose time has come.
pub(super) fn wake(db: &Connection, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
    let sql = "UPDATE conversations SET state = 'open', snoozed_until = NULL, revision = revision + 1
               WHERE id IN (SELECT id FROM conversations WHERE state = 'snoozed' AND snoozed_until <= ?
                            ORDER BY snoozed_until LIMIT ?)
               RETURNING id, account_id";
    let woken = changed(db, sql, (now.as_millis(), limit))?;
    tell(db, &woken, now)?;
    Ok(u32::try_from(woken.len()).unwrap_or(u32::MAX))
}

/// The conversations that a statement changed.
fn changed(db: &Connection, sql: &str, parameters: impl rusqlite::Params) -> Result<Vec<Place>, StoreError> {
    let mut update = db.prepare_cached(sql)?;
    let rows = update.query_map(parameters, |row| {
        Ok(Place { account: id(row, "account_id")?, conversation: id(row, "id")? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn tell(db: &Connection, places: &[Place], now: Timestamp) -> Result<(), StoreError> {
    let kind = InboxEventKind::ConversationUpdated;
    places.iter().try_for_each(|place| events::conversation(db, kind, place.account, place.conversation, now))
}

/// When the next one opens.
pub(super) fn next_wake(db: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT min(snoozed_until) AS at FROM conversations WHERE state = 'snoozed'")?;
    Ok(query.query_row([], |row| optional_time(row, "at"))?)
}

pub(super) fn add_note(db: &Connection, note: &Note) -> Result<bool, StoreError> {
    let Some(conversation) = conversations::one(db, note.conversation)? else {
        return Ok(false);
    };
    let mut insert = db.prepare_cached(
        "INSERT INTO notes (id, conversation_id, author, text, created_at)
         VALUES (:id, :conversation, :author, :text, :at)",
    )?;
    insert.execute(named_params! {
        ":id": note.id.to_string(),
        ":conversation": note.conversation.to_string(),
        ":author": note.author,
        ":text": note.text,
        ":at": note.created_at.as_millis(),
    })?;
    let place = Place { account: conversation.account, conversation: conversation.id };
    search::add(db, place, &Words::Note(note.id, &note.text), note.created_at)?;
    events::conversation(
        db,
        InboxEventKind::NoteCreated,
        place.account,
        place.conversation,
        note.created_at,
    )?;
    Ok(true)
}

pub(super) fn notes(
    db: &Connection,
    conversation: ConversationId,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Note>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM notes
         WHERE conversation_id = :conversation AND (:at IS NULL OR (created_at, id) < (:at, :id))
         ORDER BY created_at DESC, id DESC LIMIT :limit",
    )?;
    let rows = query.query_map(
        named_params! {
            ":conversation": conversation.to_string(),
            ":at": after.map(|c| c.at.as_millis()),
            ":id": after.map(|c| c.id.to_string()),
            ":limit": i64::from(limit) + 1,
        },
        note_from_row,
    )?;
    Ok(paged(rows.collect::<Result<_, _>>()?, limit, |note: &Note| cursor(note.created_at, note.id.0)))
}

pub(super) fn note_from_row(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note {
        id: id(row, "id")?,
        conversation: id(row, "conversation_id")?,
        author: row.get("author")?,
        text: row.get("text")?,
        created_at: time(row, "created_at")?,
    })
}
