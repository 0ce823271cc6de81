//! The platform reports back what the business sent: whose message is it?

use connector_api::{ChannelMessage, Content, EchoOrigin, Timestamp, capabilities::Writer};
use rusqlite::{Connection, named_params};

use super::{
    StoreError, answers,
    ledgers::{Place, ledger, save_ledger},
    narrowing,
    rows::{id, json, optional_json, text, time},
    statuses::{self, Beginning, Step},
};
use crate::model::{Direction, Message, MessageId, Origin, Signal, Status};

/// What is older than something of ours by more than this, by the platform's clock, does not follow it.
pub(super) const CLOCKS_DIFFER_SECONDS: i64 = 60;

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
    if let Some(ours) = answers::named(db, place, &echo.id, now)? {
        return confirm(db, place, ours, echo, now);
    }
    if matches!(origin, EchoOrigin::Api | EchoOrigin::Unknown) {
        if in_flight(db, place)? || answers::in_flight(db, place)? {
            return park(db, place, echo);
        }
        let ours = match without_id(db, place, echo)? {
            None => answers::without_id(db, place, echo, now)?,
            ours => ours,
        };
        if let Some(ours) = ours {
            return confirm(db, place, ours, echo, now);
        }
    }
    adopt(db, place, echo, (origin, is_told), now)
}

/// A send of the conversation has come back: what was parked is either that message or another program's.
/// That message has its platform's id by now, where it got one; without one, what it says settles it.
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
        "UPDATE messages SET platform_id = :platform_id, sent_at = :sent_at, came_back_at = NULL WHERE id = :id",
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
    let by = match origin {
        EchoOrigin::App => Writer::App,
        EchoOrigin::Automatic => Writer::Automatic,
        _ => Writer::Api,
    };
    count(db, place, by, echo.sent_at)?;
    statuses::apply_read_mark(db, place.conversation, now)
}

/// Counts a message for which nobody took a place in the reply window.
pub(super) fn count(db: &Connection, place: Place, by: Writer, at: Timestamp) -> Result<(), StoreError> {
    let before = ledger(db, place.conversation)?;
    match narrowing::window(db, place)? {
        Some(window) => save_ledger(db, place.conversation, before.echo(&window, by, at)),
        // Nobody has said yet what counts; planning as if this did is the safe side.
        None if before.last_inbound_at.is_some_and(|opened| at >= opened) => {
            save_ledger(db, place.conversation, before.sent(at))
        }
        None => Ok(()),
    }
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

/// A message whose platform's id is not known: the uncertain one, or one of which a person said that it was sent.
struct Nameless {
    id: MessageId,
    content: Content,
    created_at: Timestamp,
    /// What the platform calls its medium.
    uploaded_as: Option<String>,
}

/// The message of the conversation that this echo is of, where it can be told without the platform's id.
fn without_id(db: &Connection, place: Place, echo: &ChannelMessage) -> Result<Option<MessageId>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT m.id, m.content, m.created_at, u.platform_id FROM messages m
         LEFT JOIN message_media ON message_media.message_id = m.id
         LEFT JOIN media_uploads u ON u.media_id = message_media.media_id
         WHERE m.conversation_id = ? AND m.platform_id IS NULL AND m.status IN ('uncertain', 'sent')
         ORDER BY m.status = 'uncertain' DESC, m.id",
    )?;
    let rows = query.query_map([place.conversation.to_string()], |row| {
        Ok(Nameless {
            id: id(row, "id")?,
            content: json(row, "content")?,
            created_at: time(row, "created_at")?,
            uploaded_as: row.get("platform_id")?,
        })
    })?;
    let nameless = rows.collect::<Result<Vec<_>, _>>()?;
    let equal = nameless.iter().find(|ours| ours.content == echo.content);
    Ok(equal.or_else(|| with_medium(&nameless, echo)).map(|ours| ours.id))
}

/// Media are never equal, because the platform says where they lie. What it calls one tells whose it is; where that is
/// not known, the only one of the kind is meant, and where there are several, nobody can say which.
fn with_medium<'a>(nameless: &'a [Nameless], echo: &ChannelMessage) -> Option<&'a Nameless> {
    let kind = medium_kind(&echo.content)?;
    let name = echo.content.medium().and_then(|medium| medium.media_id.as_ref());
    let of_kind = nameless
        .iter()
        .filter(|ours| medium_kind(&ours.content) == Some(kind) && may_be_of(echo, ours.created_at));
    let mut fitting: Vec<_> = of_kind
        .filter(|ours| name.is_none() || ours.uploaded_as.is_none() || ours.uploaded_as.as_ref() == name)
        .collect();
    if name.is_some() && fitting.iter().any(|ours| ours.uploaded_as.as_ref() == name) {
        fitting.retain(|ours| ours.uploaded_as.as_ref() == name);
        // The same file more than once: like equal texts.
        fitting.truncate(1);
    }
    <[_; 1]>::try_from(fitting).ok().map(|[ours]| ours)
}

/// Whether an echo is young enough to be of something that was begun then.
pub(super) fn may_be_of(echo: &ChannelMessage, begun: Timestamp) -> bool {
    echo.sent_at >= begun.plus_seconds(-CLOCKS_DIFFER_SECONDS)
}

/// The kind of what is shown as a medium, or would be if it could.
fn medium_kind(content: &Content) -> Option<&str> {
    match content {
        Content::Media(medium) => Some(&medium.media_kind),
        Content::Fallback { original_kind, .. } => Some(original_kind),
        _ => None,
    }
}
