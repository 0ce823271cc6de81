//! What one event of a channel changes.

use connector_api::{
    ChannelMessage, Contact, Event, EventKind, Timestamp,
    capabilities::{Reason, ReasonCode},
};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    StoreError, accounts, comments, contacts, echoes, erasure, events, history, inbound, inbox,
    ledgers::Place,
    notices,
    reactions::{self, Reacted},
    referrals::{self, Arrived},
    reports::{self, Report},
    rows::id,
    statuses::{self, Beginning},
    windows,
};
use crate::model::{
    Account, AccountId, ConversationId, Direction, EventDetail, InboxEventKind, Message, Origin, Signal,
    Status,
};

/// Takes in what an event says that arrived at `now`. What is known already changes nothing.
pub(super) fn apply(
    db: &Connection,
    account: AccountId,
    event: &Event,
    now: Timestamp,
) -> Result<(), StoreError> {
    match &event.kind {
        EventKind::MessageReceived { conversation, contact, message } => {
            let message = arrived(message, now);
            let place = place(db, account, conversation, contact, message.sent_at, now)?;
            receive(db, place, &message, now)?;
            refer(db, place, &message, now)
        }
        EventKind::MessageEchoed { conversation, contact, message, origin } => {
            let message = arrived(message, now);
            let place = place(db, account, conversation, contact, message.sent_at, now)?;
            echoes::apply(db, place, &message, (*origin, true), now)
        }
        EventKind::ConversationRead { conversation, up_to } => {
            read(db, account, conversation, (*up_to).min(now), now)
        }
        EventKind::MessageStatus { conversation, message, status, reason } => {
            let report = Report { conversation, message, status: *status, reason: reason.as_ref() };
            reports::apply(db, account, &report, now)
        }
        EventKind::CustomerReferred { conversation, contact, referral } => {
            let at = event.occurred_at.min(now);
            let place = place(db, account, conversation, contact, at, now)?;
            referrals::add(db, place, &Arrived { referral, at, message: None }, now)
        }
        EventKind::AccountDisconnected { reason } => {
            let reason = Reason::permanent(ReasonCode::AUTH_EXPIRED, reason);
            accounts::needs_attention(db, account, &reason, event.occurred_at, now)
        }
        EventKind::MessageReacted { conversation, contact, message, reaction } => {
            let at = event.occurred_at.min(now);
            let place = match known(db, account, conversation)? {
                Some(place) => place,
                None => self::place(db, account, conversation, contact, at, now)?,
            };
            let contact = contacts::save(db, account, contact, now)?;
            reactions::apply(db, place, &Reacted { contact, message, reaction, at }, now)
        }
        EventKind::Commented { contact, comment } => {
            let at = event.occurred_at.min(now);
            let contact = contact.as_ref().map(|contact| contacts::save(db, account, contact, now));
            comments::apply(db, account, contact.transpose()?, comment, at, now)
        }
        EventKind::MessageWithheld { reason } => {
            notices::withhold(db, account, reason, event.occurred_at.min(now), now)
        }
        EventKind::AutomaticMessageChanged { kind, id, change } => {
            let (kind, id, change) = (kind.clone(), id.clone(), change.clone());
            let detail = Some(EventDetail::AutomaticMessage { kind, id, change });
            let about = events::About { detail, ..events::About::default() };
            events::about(db, InboxEventKind::AutomaticMessageChanged, account, &about, now)
        }
        EventKind::Notice { name } => notices::count(db, account, name, event.occurred_at.min(now)),
        // Kept raw with the payload.
        _ => Ok(()),
    }
}

/// Takes in what is read back of an account, where it has not arrived before. Nothing of it is new.
pub(super) fn read_back(
    db: &Connection,
    account: &Account,
    event: &Event,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some((conversation, at)) = history::is_about(event) else { return Ok(()) };
    if erasure::was_erased(db, account.id, conversation, at)?
        || !inbound::first(db, &account.instance, &event.account, &event.dedup_key, now)?
    {
        return Ok(());
    }
    match &event.kind {
        EventKind::MessageReceived { conversation, contact, message } => {
            let message = arrived(message, now);
            let place = place(db, account.id, conversation, contact, message.sent_at, now)?;
            if insert(db, place, &message, now, false)? {
                windows::reopen(db, place, message.sent_at)?;
            }
            match &message.referral {
                Some(referral) => {
                    let arrived = Arrived { referral, at: message.sent_at, message: Some(&message.id) };
                    referrals::keep(db, place, &arrived).map(drop)
                }
                None => Ok(()),
            }
        }
        EventKind::MessageEchoed { conversation, contact, message, origin } => {
            let message = arrived(message, now);
            let place = place(db, account.id, conversation, contact, message.sent_at, now)?;
            echoes::apply(db, place, &message, (*origin, false), now)
        }
        EventKind::CustomerReferred { conversation, contact, referral } => {
            let at = event.occurred_at.min(now);
            let place = place(db, account.id, conversation, contact, at, now)?;
            referrals::keep(db, place, &Arrived { referral, at, message: None }).map(drop)
        }
        _ => apply(db, account.id, event, now),
    }
}

/// What would happen, or be counted, once more if it were taken in once more.
pub(super) fn happens_again(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::AccountDisconnected { .. }
            | EventKind::MessageWithheld { .. }
            | EventKind::AutomaticMessageChanged { .. }
            | EventKind::Notice { .. }
    )
}

/// The conversation that the platform knows by that id, where it is known here.
pub(super) fn known(
    db: &Connection,
    account: AccountId,
    platform_id: &str,
) -> Result<Option<Place>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT id FROM conversations WHERE account_id = ? AND platform_id = ?")?;
    let found = query.query_row([&account.to_string(), platform_id], |row| id(row, "id")).optional()?;
    Ok(found.map(|conversation| Place { account, conversation }))
}

/// The message as of its arrival: a time in the future would hold the window open for longer than it is, and the
/// conversation on top of every list.
fn arrived(message: &ChannelMessage, now: Timestamp) -> ChannelMessage {
    let mut message = message.clone();
    message.sent_at = message.sent_at.min(now);
    message
}

/// The conversation, new where it was not known, with what the event tells about the contact.
fn place(
    db: &Connection,
    account: AccountId,
    platform_id: &str,
    contact: &Contact,
    sent_at: Timestamp,
    now: Timestamp,
) -> Result<Place, StoreError> {
    let contact = contacts::save(db, account, contact, now)?;
    place_of_contact(db, account, platform_id, contact, sent_at)
}

/// The conversation, new where it was not known: with the contact of that row.
pub(super) fn place_of_contact(
    db: &Connection,
    account: AccountId,
    platform_id: &str,
    contact: i64,
    sent_at: Timestamp,
) -> Result<Place, StoreError> {
    let mut conversations = db.prepare_cached(
        "INSERT INTO conversations (id, account_id, platform_id, contact_id, last_message_at, used, unread)
         VALUES (:id, :account, :platform_id, :contact, :at, 0, 0)
         ON CONFLICT (account_id, platform_id) DO UPDATE SET
            last_message_at = max(last_message_at, excluded.last_message_at)
         RETURNING id",
    )?;
    let conversation = conversations.query_row(
        named_params! {
            ":id": ConversationId::generate().to_string(),
            ":account": account.to_string(),
            ":platform_id": platform_id,
            ":contact": contact,
            ":at": sent_at.as_millis(),
        },
        |row| id(row, "id"),
    )?;
    Ok(Place { account, conversation })
}

fn receive(
    db: &Connection,
    place: Place,
    incoming: &ChannelMessage,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !insert(db, place, incoming, now, true)? {
        return Ok(());
    }
    db.prepare_cached("UPDATE conversations SET unread = unread + 1 WHERE id = ?")?
        .execute([place.conversation.to_string()])?;
    inbox::reopen(db, place, now)?;
    windows::reopen(db, place, incoming.sent_at)
}

/// Inserts what the contact wrote; `false` where it is known. Listeners hear of what is told.
fn insert(
    db: &Connection,
    place: Place,
    incoming: &ChannelMessage,
    now: Timestamp,
    is_told: bool,
) -> Result<bool, StoreError> {
    let by = (Direction::Inbound, Origin::Contact);
    let (content, sent_at) = (incoming.content.clone(), incoming.sent_at);
    let message =
        Message::new(place.conversation, by, Status::Received, content, now, sent_at).told_by(incoming);
    statuses::insert(db, &message, &Beginning { is_told, ..Beginning::at(place.account, Signal::Host) })
}

/// How the contact came, where the message tells it.
fn refer(db: &Connection, place: Place, message: &ChannelMessage, now: Timestamp) -> Result<(), StoreError> {
    let Some(referral) = &message.referral else {
        return Ok(());
    };
    referrals::add(db, place, &Arrived { referral, at: message.sent_at, message: Some(&message.id) }, now)
}

fn read(
    db: &Connection,
    account: AccountId,
    platform_id: &str,
    up_to: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE conversations SET read_up_to = max(ifnull(read_up_to, :up_to), :up_to)
         WHERE account_id = :account AND platform_id = :platform_id RETURNING id",
    )?;
    let conversation = update
        .query_row(
            named_params! {
                ":up_to": up_to.as_millis(),
                ":account": account.to_string(),
                ":platform_id": platform_id,
            },
            |row| id(row, "id"),
        )
        .optional()?;
    match conversation {
        Some(conversation) => statuses::apply_read_mark(db, conversation, now),
        None => Ok(()),
    }
}
