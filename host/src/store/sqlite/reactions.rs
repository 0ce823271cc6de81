//! What people put on messages, and take back. By the platform's time, in whatever order it arrives.

use connector_api::{Reaction, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    StoreError, events,
    ledgers::Place,
    rows::{id, time},
    statuses,
};
use crate::model::{ConversationId, EventDetail, InboxEventKind, MessageReaction};

/// One report of a reaction.
pub(super) struct Reacted<'a> {
    /// The contact's row.
    pub(super) contact: i64,
    /// The platform's id of the message.
    pub(super) message: &'a str,
    pub(super) reaction: &'a Reaction,
    pub(super) at: Timestamp,
}

/// Keeps it. What is known already, or older than what is known, changes nothing.
pub(super) fn apply(
    db: &Connection,
    place: Place,
    reacted: &Reacted<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Reacted { reaction, .. } = reacted;
    let changed = match (&reaction.emoji, &reaction.url, reaction.removed) {
        (None, None, true) => take_all_back(db, place, reacted)?,
        _ => put(db, place, reacted)?,
    };
    if !changed {
        return Ok(());
    }
    let mut query = db.prepare_cached("SELECT public_id FROM contacts WHERE id = ?")?;
    let contact = query.query_row([reacted.contact], |row| id(row, "public_id"))?;
    let about = events::About {
        conversation: Some(place.conversation),
        message: statuses::by_platform_id(db, place.conversation, reacted.message)?,
        contact: Some(contact),
        detail: Some(EventDetail::Reaction {
            message_platform_id: reacted.message.to_owned(),
            removed: reaction.removed,
        }),
    };
    events::about(db, InboxEventKind::MessageReacted, place.account, &about, now)
}

/// Whether that changed what stands on the message.
fn put(db: &Connection, place: Place, reacted: &Reacted<'_>) -> Result<bool, StoreError> {
    let Reacted { contact, message, reaction, at } = reacted;
    let conversation = place.conversation.to_string();
    let emoji = reaction.emoji.as_deref().unwrap_or_default();
    let mut query = db.prepare_cached(
        "SELECT removed, at FROM reactions
         WHERE conversation_id = ? AND message_platform_id = ? AND contact_id = ? AND emoji = ?",
    )?;
    let known: Option<(bool, Timestamp)> = query
        .query_row((&conversation, message, contact, emoji), |row| {
            Ok((row.get("removed")?, time(row, "at")?))
        })
        .optional()?;
    if known.is_some_and(|(_, known_at)| known_at > *at) {
        return Ok(false);
    }
    let mut upsert = db.prepare_cached(
        "INSERT INTO reactions (conversation_id, message_platform_id, contact_id, emoji, url, removed, at)
         VALUES (:conversation, :message, :contact, :emoji, :url, :removed, :at)
         ON CONFLICT DO UPDATE SET url = excluded.url, removed = excluded.removed, at = excluded.at",
    )?;
    upsert.execute(named_params! {
        ":conversation": conversation, ":message": message, ":contact": contact, ":emoji": emoji,
        ":url": reaction.url, ":removed": reaction.removed, ":at": at.as_millis(),
    })?;
    Ok(known.is_none_or(|(removed, _)| removed) != reaction.removed)
}

/// The platform does not say which sign was taken back: whatever that person has put on the message.
fn take_all_back(db: &Connection, place: Place, reacted: &Reacted<'_>) -> Result<bool, StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE reactions SET removed = 1, at = :at
         WHERE conversation_id = :conversation AND message_platform_id = :message AND contact_id = :contact
           AND NOT removed AND at <= :at",
    )?;
    let changed = update.execute(named_params! {
        ":conversation": place.conversation.to_string(), ":message": reacted.message,
        ":contact": reacted.contact, ":at": reacted.at.as_millis(),
    })?;
    Ok(changed > 0)
}

/// What stands on a message, the oldest first.
pub(super) fn of(
    db: &Connection,
    conversation: ConversationId,
    message: &str,
) -> Result<Vec<MessageReaction>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT r.emoji, r.url, r.at, c.public_id FROM reactions r JOIN contacts c ON c.id = r.contact_id
         WHERE r.conversation_id = ? AND r.message_platform_id = ? AND NOT r.removed ORDER BY r.at, c.id, r.emoji",
    )?;
    let rows = query.query_map([&conversation.to_string(), message], |row| {
        let emoji: String = row.get("emoji")?;
        Ok(MessageReaction {
            contact: id(row, "public_id")?,
            emoji: Some(emoji).filter(|emoji| !emoji.is_empty()),
            url: row.get("url")?,
            at: time(row, "at")?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
