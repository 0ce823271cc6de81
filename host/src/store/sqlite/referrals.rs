//! How contacts came. The first one by the platform's time is that of the conversation and of the contact, in
//! whatever order they arrive.

use connector_api::{Referral, Timestamp};
use rusqlite::{Connection, Row, named_params};

use super::{
    StoreError, events,
    ledgers::Place,
    rows::{id, json, text, time},
};
use crate::model::{ConversationId, ConversationReferral, InboxEventKind, Referred};

/// One way in which the contact of a conversation came.
pub(super) struct Arrived<'a> {
    pub(super) referral: &'a Referral,
    pub(super) at: Timestamp,
    /// The platform's id of the message that told it.
    pub(super) message: Option<&'a str>,
}

/// Keeps it and tells of it. What is known already changes nothing.
pub(super) fn add(
    db: &Connection,
    place: Place,
    arrived: &Arrived<'_>,
    now: Timestamp,
) -> Result<(), StoreError> {
    match keep(db, place, arrived)? {
        true => events::conversation(
            db,
            InboxEventKind::ConversationReferred,
            place.account,
            place.conversation,
            now,
        ),
        false => Ok(()),
    }
}

/// Keeps it; whether it is new.
pub(super) fn keep(db: &Connection, place: Place, arrived: &Arrived<'_>) -> Result<bool, StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO referrals (conversation_id, referred_at, referral, message_platform_id)
         VALUES (:conversation, :at, :referral, :message) ON CONFLICT DO NOTHING",
    )?;
    let (conversation, referral) = (place.conversation.to_string(), text(arrived.referral)?);
    let inserted = insert.execute(named_params! {
        ":conversation": conversation,
        ":at": arrived.at.as_millis(),
        ":referral": referral,
        ":message": arrived.message,
    })?;
    if inserted == 0 {
        return Ok(false);
    }
    let first =
        "SET referral = :referral, referred_at = :at WHERE (referred_at IS NULL OR referred_at > :at) AND";
    for rest in [
        format!("UPDATE conversations {first} id = :conversation"),
        format!(
            "UPDATE contacts {first} id = (SELECT contact_id FROM conversations WHERE id = :conversation)"
        ),
    ] {
        let parameters = named_params! {
            ":referral": referral, ":at": arrived.at.as_millis(), ":conversation": conversation,
        };
        db.prepare_cached(&rest)?.execute(parameters)?;
    }
    Ok(true)
}

pub(super) fn of_conversation(
    db: &Connection,
    conversation: ConversationId,
    limit: u32,
) -> Result<Vec<ConversationReferral>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM referrals WHERE conversation_id = ? ORDER BY referred_at, referral LIMIT ?",
    )?;
    let rows = query.query_map((conversation.to_string(), limit), from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<ConversationReferral> {
    Ok(ConversationReferral {
        conversation: id(row, "conversation_id")?,
        referred: Referred { at: time(row, "referred_at")?, referral: json(row, "referral")? },
        message: row.get("message_platform_id")?,
    })
}
