//! Erasing a contact, so that nothing of what was said is left in the file.

use std::collections::BTreeSet;

use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, params_from_iter};
use sha2::{Digest, Sha256};

use super::{
    Erased, Erasure, SqliteStore, StoreError, Upkeep as _, contacts, events, media,
    rows::{id, time},
    search,
};
use crate::model::{AccountId, Contact, ContactId};

pub(super) async fn erase(store: &SqliteStore, id: ContactId, now: Timestamp) -> Result<Erased, StoreError> {
    // Off the writer, because it reads many bodies; what arrives meanwhile is looked at again there.
    let Some(looked) = store.readers.read(move |db| look(db, id, 0)).await? else {
        return Ok(Erased::UnknownContact);
    };
    let erased = store.writer.write(move |db| erase_now(db, id, &looked, now)).await?;
    if let Erased::Gone(_) = erased
        && let Err(error) = store.settle().await
    {
        tracing::warn!(%error, "What was erased stays in the database's -wal file until it is next emptied");
    }
    Ok(erased)
}

/// Raw bodies that are not known to be about one conversation, and tell of the contact.
struct Looked {
    payloads: Vec<i64>,
    /// Bodies after this one were not looked at.
    up_to: i64,
}

fn look(db: &Connection, id: ContactId, after: i64) -> Result<Option<Looked>, StoreError> {
    let Some((row, contact)) = row_of(db, id)? else {
        return Ok(None);
    };
    let names = names(db, row, &contact)?;
    let found = vec!["instr(p.body, CAST(? AS BLOB)) > 0"; names.len()].join(" OR ");
    let mut query = db.prepare(&format!(
        "SELECT p.id FROM payloads p WHERE p.id > {after} AND p.conversation_id IS NULL
           AND p.instance = (SELECT a.instance FROM accounts a JOIN contacts c ON c.account_id = a.id
                             WHERE c.id = {row}) AND ({found})"
    ))?;
    let payloads = query.query_map(params_from_iter(names), |row| row.get(0))?.collect::<Result<_, _>>()?;
    let up_to = db.query_row("SELECT ifnull(max(id), 0) FROM payloads", [], |row| row.get(0))?;
    Ok(Some(Looked { payloads, up_to }))
}

fn row_of(db: &Connection, id: ContactId) -> Result<Option<(i64, Contact)>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM contacts WHERE public_id = ?")?;
    let found = query.query_row([id.to_string()], |row| Ok((row.get("id")?, contacts::from_row(row)?)));
    Ok(found.optional()?)
}

/// The platform's names for the contact and the conversations, as they may be written in a body.
fn names(db: &Connection, row: i64, contact: &Contact) -> Result<BTreeSet<String>, StoreError> {
    let mut query = db.prepare_cached("SELECT platform_id FROM conversations WHERE contact_id = ?")?;
    let ids = query.query_map([row], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(ids.iter().chain([&contact.platform_id]).flat_map(|id| spellings(id)).collect())
}

/// An id as it is, in JSON, and in JSON inside JSON.
fn spellings(id: &str) -> Vec<String> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string().trim_matches('"').to_owned();
    let once = quoted(id);
    let twice = quoted(&once);
    let slashes = [id.replace('/', "\\/"), id.replace('/', "\\\\/"), id.replace('/', "\\\\\\/")];
    [id.to_owned(), once, twice].into_iter().chain(slashes).collect()
}

fn erase_now(db: &Connection, id: ContactId, looked: &Looked, now: Timestamp) -> Result<Erased, StoreError> {
    let Some((row, contact)) = row_of(db, id)? else {
        return Ok(Erased::UnknownContact);
    };
    let sending = "SELECT 1 FROM messages m JOIN conversations c ON c.id = m.conversation_id
                   WHERE c.contact_id = ?1 AND m.status = 'sending'
                   UNION ALL SELECT 1 FROM comment_answers w JOIN comments k ON k.id = w.comment_id
                   WHERE k.contact_id = ?1 AND w.status = 'sending'";
    if db.prepare_cached(sending)?.exists([row])? {
        return Ok(Erased::Sending);
    }
    let mut erasure = Erasure::default();
    let later = look(db, id, looked.up_to)?.map(|later| later.payloads).unwrap_or_default();
    for payload in looked.payloads.iter().chain(&later) {
        erasure.payloads += delete(db, "DELETE FROM payloads WHERE id = ?", *payload)?;
    }
    search::remove(db, row, None)?;
    media::forget_of_contact(db, row)?;
    erasure.payloads += delete(db, &format!("DELETE FROM payloads WHERE conversation_id IN {THEIRS}"), row)?;
    erasure.notes = count(db, &format!("SELECT count(*) FROM notes WHERE conversation_id IN {THEIRS}"), row)?;
    let messages = format!("(SELECT id FROM messages WHERE conversation_id IN {THEIRS})");
    for (table, column) in references(db, "messages")? {
        delete(db, &format!("DELETE FROM {table} WHERE {column} IN {messages}"), row)?;
    }
    erasure.messages = delete(db, &format!("DELETE FROM messages WHERE conversation_id IN {THEIRS}"), row)?;
    for (table, column) in references(db, "conversations")? {
        delete(db, &format!("DELETE FROM {table} WHERE {column} IN {THEIRS}"), row)?;
    }
    // What is still to be read back would bring them back.
    delete(
        db,
        "DELETE FROM history_conversations WHERE (account_id, platform_id) IN
            (SELECT account_id, platform_id FROM conversations WHERE contact_id = ?)",
        row,
    )?;
    remember(db, row, now)?;
    erasure.conversations = delete(db, "DELETE FROM conversations WHERE contact_id = ?", row)?;
    for (table, column) in references(db, "contacts")? {
        delete(db, &format!("DELETE FROM {table} WHERE {column} = ?"), row)?;
    }
    delete(db, "DELETE FROM contacts WHERE id = ?", row)?;
    events::erased(db, contact.account, id, now)?;
    Ok(Erased::Gone(erasure))
}

/// Remembers that the contact's conversations were erased, and nothing of them.
fn remember(db: &Connection, row: i64, now: Timestamp) -> Result<(), StoreError> {
    let mut query =
        db.prepare_cached("SELECT account_id, platform_id FROM conversations WHERE contact_id = ?")?;
    let rows = query.query_map([row], |row| Ok((id(row, "account_id")?, row.get("platform_id")?)))?;
    for (account, platform_id) in rows.collect::<Result<Vec<(AccountId, String)>, _>>()? {
        let mut keep = db.prepare_cached(
            "INSERT INTO erased_conversations (name, erased_at) VALUES (?, ?)
             ON CONFLICT DO UPDATE SET erased_at = max(erased_at, excluded.erased_at)",
        )?;
        keep.execute((hash(account, &platform_id), now.as_millis()))?;
    }
    Ok(())
}

/// Whether what is of that moment was erased with its conversation. What came after it is somebody's who began anew.
pub(super) fn was_erased(
    db: &Connection,
    account: AccountId,
    platform_id: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    Ok(erased_at(db, account, platform_id)?.is_some_and(|erased| erased >= at))
}

/// When a conversation was last erased.
pub(super) fn erased_at(
    db: &Connection,
    account: AccountId,
    platform_id: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let mut query = db.prepare_cached("SELECT erased_at FROM erased_conversations WHERE name = ?")?;
    let found = query.query_row([hash(account, platform_id)], |row| time(row, "erased_at"));
    Ok(found.optional()?)
}

fn hash(account: AccountId, platform_id: &str) -> [u8; 32] {
    Sha256::digest(format!("{account}/{platform_id}")).into()
}

/// The contact's conversations.
const THEIRS: &str = "(SELECT id FROM conversations WHERE contact_id = ?)";

/// Every table and column that refers to a table: whatever belongs to it goes with it.
fn references(db: &Connection, referred: &str) -> Result<Vec<(String, String)>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT t.name, f.\"from\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f
         WHERE t.type = 'table' AND f.\"table\" = ?1 AND t.name <> ?1",
    )?;
    let rows = query.query_map([referred], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn count(db: &Connection, sql: &str, row: i64) -> Result<u32, StoreError> {
    Ok(db.prepare_cached(sql)?.query_row([row], |row| row.get(0))?)
}

/// How many rows were deleted.
fn delete(db: &Connection, sql: &str, row: i64) -> Result<u32, StoreError> {
    let deleted = db.prepare_cached(sql)?.execute([row])?;
    Ok(u32::try_from(deleted).unwrap_or(u32::MAX))
}
