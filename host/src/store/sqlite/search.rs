//! The full-text index: kept in the transactions that change what it finds, at their end for all writes at once,
//! because each savepoint would make the index write what it has gathered.

use std::borrow::Cow;

use async_trait::async_trait;
use connector_api::{Content, Timestamp};
use rusqlite::{Connection, Row, named_params};

use super::{
    Hits, Search, SearchQuery, SqliteStore, StoreError,
    ledgers::Place,
    rows::{id, json, malformed, optional_id, scope_text, time},
    words,
};
use crate::model::{ContactId, Found, Hit, MessageId, NoteId};

#[async_trait]
impl Search for SqliteStore {
    async fn search(&self, query: SearchQuery, after: Option<i64>, limit: u32) -> Result<Hits, StoreError> {
        self.readers.read(move |db| find(db, &query, after, limit)).await
    }
}

/// Words around what was found.
const SNIPPET_WORDS: u32 = 24;

pub(super) fn find(
    db: &Connection,
    query: &SearchQuery,
    after: Option<i64>,
    limit: u32,
) -> Result<Hits, StoreError> {
    let mut select = db.prepare_cached(
        "SELECT s.id, s.kind, s.item_id, s.account_id, s.conversation_id, s.at, p.public_id,
                snippet(search, 0, :begins, :ends, '…', :words) AS snippet
         FROM search JOIN searchable s ON s.id = search.rowid JOIN contacts p ON p.id = s.contact_id
         WHERE search MATCH :query AND (:after IS NULL OR search.rowid < :after)
           AND (:scope IS NULL OR s.account_id IN (SELECT value FROM json_each(:scope)))
         ORDER BY search.rowid DESC LIMIT :limit",
    )?;
    let rows = select.query_map(
        named_params! {
            ":begins": words::HIT_BEGINS.to_string(),
            ":ends": words::HIT_ENDS.to_string(),
            ":words": SNIPPET_WORDS,
            ":query": words::query(&query.text),
            ":after": after,
            ":scope": scope_text(&query.scope)?,
            ":limit": i64::from(limit) + 1,
        },
        |row| Ok((row.get::<_, i64>("id")?, hit(row)?)),
    )?;
    let mut found = rows.collect::<Result<Vec<_>, _>>()?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(|(place, _)| *place);
    Ok(Hits { items: found.into_iter().map(|(_, hit)| hit).collect(), next })
}

fn hit(row: &Row<'_>) -> rusqlite::Result<Hit> {
    let found = match row.get_ref("kind")?.as_str()? {
        MESSAGE => Found::Message(id(row, "item_id")?),
        NOTE => Found::Note(id(row, "item_id")?),
        CONTACT => Found::Contact,
        _ => return Err(malformed(rusqlite::types::FromSqlError::InvalidType)),
    };
    Ok(Hit {
        account: id(row, "account_id")?,
        contact: id::<ContactId>(row, "public_id")?,
        conversation: optional_id(row, "conversation_id")?,
        found,
        at: time(row, "at")?,
        snippet: words::snippet(row.get_ref("snippet")?.as_str()?),
    })
}

const MESSAGE: &str = "message";
const NOTE: &str = "note";
const CONTACT: &str = "contact";

/// Something of a conversation that can be found from now on.
pub(super) enum Words<'a> {
    Message(MessageId, &'a Content),
    Note(NoteId, &'a str),
}

pub(super) fn add(
    db: &Connection,
    place: Place,
    written: &Words<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (kind, item, text) = match written {
        Words::Message(id, content) => (MESSAGE, id.to_string(), said(content)),
        Words::Note(id, text) => (NOTE, id.to_string(), Some(Cow::Borrowed(*text))),
    };
    let Some(text) = text else { return Ok(()) };
    let mut insert = db.prepare_cached(
        "INSERT INTO searchable (kind, item_id, account_id, contact_id, conversation_id, at, words)
         SELECT :kind, :item, account_id, contact_id, id, :at, :words
         FROM conversations WHERE id = :conversation AND account_id = :account",
    )?;
    let words = words::words(&text);
    insert.execute(named_params! {
        ":kind": kind, ":item": item, ":at": at.as_millis(), ":words": words,
        ":conversation": place.conversation.to_string(), ":account": place.account.to_string(),
    })?;
    index(db, db.last_insert_rowid(), &words)
}

/// What people can read of a content.
fn said(content: &Content) -> Option<Cow<'_, str>> {
    match content {
        Content::Text { text } | Content::Fallback { text, .. } => Some(text.into()),
        Content::Media(medium) => medium.caption.as_deref().map(Cow::from),
        Content::QuestionCard(card) => {
            let labels = card.buttons.iter().map(|button| button.label.as_str());
            Some(std::iter::once(card.title.as_str()).chain(labels).collect::<Vec<_>>().join("\n").into())
        }
        _ => None,
    }
}

/// A contact can be found by the present names, and by no other.
pub(super) fn name_contact(db: &Connection, contact: i64, at: Timestamp) -> Result<(), StoreError> {
    remove(db, contact, Some(CONTACT))?;
    let mut query = db.prepare_cached(
        "SELECT public_id, account_id, concat_ws(' ', display_name, handle) AS names FROM contacts WHERE id = ?",
    )?;
    let (public_id, account, names): (String, String, String) =
        query.query_row([contact], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    if names.is_empty() {
        return Ok(());
    }
    let words = words::words(&names);
    let mut insert = db.prepare_cached(
        "INSERT INTO searchable (kind, item_id, account_id, contact_id, at, words)
         VALUES (:kind, :item, :account, :contact, :at, :words)",
    )?;
    insert.execute(named_params! {
        ":kind": CONTACT, ":item": public_id, ":account": account, ":contact": contact,
        ":at": at.as_millis(), ":words": words,
    })?;
    index(db, db.last_insert_rowid(), &words)
}

fn index(db: &Connection, row: i64, words: &str) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO to_index (id, words) VALUES (?, ?)")?.execute((row, words))?;
    Ok(())
}

/// Brings what was added into the index. Called before each commit.
pub(super) fn index_waiting(db: &Connection) -> Result<(), StoreError> {
    if !db.prepare_cached("SELECT 1 FROM to_index")?.exists([])? {
        return Ok(());
    }
    db.prepare_cached("INSERT INTO search (rowid, words) SELECT id, words FROM to_index ORDER BY id")?
        .execute([])?;
    db.prepare_cached("DELETE FROM to_index")?.execute([])?;
    Ok(())
}

/// Nothing of a contact is found any more; with a kind, nothing of that kind.
pub(super) fn remove(db: &Connection, contact: i64, kind: Option<&str>) -> Result<(), StoreError> {
    let mut known =
        db.prepare_cached("SELECT 1 FROM searchable WHERE contact_id = ?1 AND (?2 IS NULL OR kind = ?2)")?;
    if !known.exists((contact, kind))? {
        return Ok(());
    }
    // The index has to be told what it had.
    index_waiting(db)?;
    for sql in [
        "INSERT INTO search (search, rowid, words) SELECT 'delete', id, words FROM searchable
         WHERE contact_id = ?1 AND (?2 IS NULL OR kind = ?2)",
        "DELETE FROM searchable WHERE contact_id = ?1 AND (?2 IS NULL OR kind = ?2)",
    ] {
        db.prepare_cached(sql)?.execute((contact, kind))?;
    }
    Ok(())
}

/// Makes the connection one that may change what is found, and brings what is older than the index into it, once.
pub(super) fn begin(db: &Connection) -> Result<(), StoreError> {
    // What is to be indexed at the end of a transaction; undone with what put it there.
    db.execute_batch("CREATE TEMP TABLE to_index (id INTEGER PRIMARY KEY, words TEXT NOT NULL) STRICT")?;
    let complete: bool = db.query_row("SELECT complete FROM search_progress", [], |row| row.get(0))?;
    if complete {
        return Ok(());
    }
    let transaction = db.unchecked_transaction()?;
    let mut contacts = db.prepare("SELECT id, created_at FROM contacts ORDER BY id")?;
    let mut rows = contacts.query([])?;
    while let Some(row) = rows.next()? {
        name_contact(db, row.get("id")?, time(row, "created_at")?)?;
    }
    let mut messages = db.prepare(
        "SELECT m.id, m.content, m.sent_at, m.conversation_id, c.account_id
         FROM messages m JOIN conversations c ON c.id = m.conversation_id ORDER BY m.rowid",
    )?;
    let mut rows = messages.query([])?;
    while let Some(row) = rows.next()? {
        let place = Place { account: id(row, "account_id")?, conversation: id(row, "conversation_id")? };
        let content: Content = json(row, "content")?;
        add(db, place, &Words::Message(id(row, "id")?, &content), time(row, "sent_at")?)?;
    }
    drop(rows);
    index_waiting(db)?;
    db.execute("UPDATE search_progress SET complete = 1", [])?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
