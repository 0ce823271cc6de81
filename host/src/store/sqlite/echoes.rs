//! The platform reports back what the business sent: whose message is it?

use connector_api::{ChannelMessage, Content, EchoOrigin, Timestamp, capabilities::Writer};
use rusqlite::{Connection, named_params};

use super::{
    StoreError,
    ledgers::{Place, ledger, save_ledger},
    rows::{id, json, optional_json, text, time},
    statuses::{self, Beginning, Step},
    windows,
};
use crate::model::{Direction, Message, MessageId, Origin, Signal, Status};

/// Takes an echo in; of one that `is_told`, listeners hear. One of ours is recognised by the id that `send` returned; while a send of the conversation is
/// in flight that id may still be on its way, so an unknown echo of the API waits for it.
pub(super) fn apply(
    db: &Connection,
    place: Place,
    echo: &ChannelMessage,
    (origin, is_told): (EchoOrigin, bool),
    now: Timestamp,
) -> Result<(), StoreError> {
    if let Some(ours) = statuses::by_platform_id(db, place.conversation, &echo.id)? {
        return confirm(db, place, ours, echo, now);
    }
    if matches!(origin, EchoOrigin::Api | EchoOrigin::Unknown) {
        if in_flight(db, place)? {
            return park(db, place, echo);
        }
        if let Some(ours) = without_id(db, place, &echo.content)? {
            return confirm(db, place, ours, echo, now);
        }
    }
    adopt(db, place, echo, (origin, is_told), now)
}

/// A send of the conversation has come back: what was parked is either that message or another program's.
/// That message has its platform's id by now, where it got one; without one, an equal text settles it.
pub(super) fn unpark(db: &Connection, place: Place, now: Timestamp) -> Result<(), StoreError> {
    let mut query =
        db.prepare_cached("SELECT * FROM parked_echoes WHERE conversation_id = ? ORDER BY sent_at")?;
    let parked = query.query_map([place.conversation.to_string()], |row| {
        if let Some(whole) = optional_json(row, "message")? {
            return Ok(whole);
        }
        // One that an earlier version parked.
        let id: String = row.get("platform_id")?;
        Ok(ChannelMessage::new(id, time(row, "sent_at")?, json(row, "content")?))
    })?;
    let parked = parked.collect::<Result<Vec<_>, _>>()?;
    db.prepare_cached("DELETE FROM parked_echoes WHERE conversation_id = ?")?
        .execute([place.conversation.to_string()])?;
    for echo in parked {
        apply(db, place, &echo, (EchoOrigin::Api, true), now)?;
    }
    Ok(())
}

/// The echo is of this message: it was sent, under this id and at this time.
fn confirm(
    db: &Connection,
    place: Place,
    message: MessageId,
    echo: &ChannelMessage,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE messages SET platform_id = :platform_id, sent_at = :sent_at WHERE id = :id",
    )?;
    update.execute(named_params! {
        ":platform_id": echo.id,
        ":sent_at": echo.sent_at.as_millis(),
        ":id": message.to_string(),
    })?;
    statuses::advance(db, message, &Step::new(Status::Sent, Signal::Echo, now))?;
    statuses::advance(db, message, &Step::new(Status::Delivered, Signal::Echo, now))?;
    statuses::apply_read_mark(db, place.conversation, now)
}

/// Somebody else of the business wrote: a colleague, another program, or the platform itself.
fn adopt(
    db: &Connection,
    place: Place,
    echo: &ChannelMessage,
    (origin, is_told): (EchoOrigin, bool),
    now: Timestamp,
) -> Result<(), StoreError> {
    let by = match origin {
        EchoOrigin::App => Origin::App,
        EchoOrigin::Automatic => Origin::Automatic,
        _ => Origin::Other,
    };
    let (content, sent_at) = (echo.content.clone(), echo.sent_at);
    let by = (Direction::Outbound, by);
    let message =
        Message::new(place.conversation, by, Status::Delivered, content, now, sent_at).told_by(echo);
    let beginning = Beginning { is_told, ..Beginning::at(place.account, Signal::Echo) };
    if !statuses::insert(db, &message, &beginning)? {
        return Ok(());
    }
    let before = ledger(db, place.conversation)?;
    let by = match origin {
        EchoOrigin::App => Writer::App,
        EchoOrigin::Automatic => Writer::Automatic,
        _ => Writer::Api,
    };
    match windows::of(db, place.account)? {
        Some(window) => save_ledger(db, place.conversation, before.echo(&window, by, echo.sent_at))?,
        // Nobody has said yet what counts; planning as if this did is the safe side.
        None if before.last_inbound_at.is_some_and(|opened| echo.sent_at >= opened) => {
            save_ledger(db, place.conversation, before.sent(echo.sent_at))?;
        }
        None => {}
    }
    statuses::apply_read_mark(db, place.conversation, now)
}

fn park(db: &Connection, place: Place, echo: &ChannelMessage) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO parked_echoes (conversation_id, platform_id, content, sent_at, message)
         VALUES (:conversation, :platform_id, :content, :sent_at, :message) ON CONFLICT DO NOTHING",
    )?;
    insert.execute(named_params! {
        ":conversation": place.conversation.to_string(),
        ":platform_id": echo.id,
        ":content": text(&echo.content)?,
        ":sent_at": echo.sent_at.as_millis(),
        ":message": text(echo)?,
    })?;
    Ok(())
}

/// Whether a message of the conversation is being sent.
pub(super) fn in_flight(db: &Connection, place: Place) -> Result<bool, StoreError> {
    let mut query =
        db.prepare_cached("SELECT 1 FROM messages WHERE conversation_id = ? AND status = 'sending'")?;
    Ok(query.exists([place.conversation.to_string()])?)
}

/// A message of the conversation with exactly this content whose platform's id is not known: the uncertain one, or
/// one of which a person said that it was sent.
fn without_id(db: &Connection, place: Place, content: &Content) -> Result<Option<MessageId>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, content FROM messages
         WHERE conversation_id = ? AND platform_id IS NULL AND status IN ('uncertain', 'sent')
         ORDER BY status = 'uncertain' DESC, id",
    )?;
    let rows = query.query_map([place.conversation.to_string()], |row| {
        Ok((id::<MessageId>(row, "id")?, json::<Content>(row, "content")?))
    })?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.into_iter().find(|(_, theirs)| theirs == content).map(|(id, _)| id))
}
