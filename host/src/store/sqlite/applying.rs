//! What one event of a channel changes.

use connector_api::{
    ChannelMessage, Contact, Event, EventKind, Timestamp,
    capabilities::{Reason, ReasonCode},
};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    StoreError, accounts, contacts, echoes, inbox,
    ledgers::Place,
    referrals::{self, Arrived},
    reports::{self, Report},
    rows::id,
    statuses::{self, Beginning},
    windows,
};
use crate::model::{
    AccountId, ConversationId, Direction, Dispatch, Message, MessageId, Origin, Signal, Status,
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
            echoes::apply(db, place, &message, *origin, now)
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
        // Kept raw with the payload.
        _ => Ok(()),
    }
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
    let message = Message {
        id: MessageId::generate(),
        conversation: place.conversation,
        platform_id: Some(incoming.id.clone()),
        direction: Direction::Inbound,
        origin: Origin::Contact,
        content: incoming.content.clone(),
        status: Status::Received,
        reason: None,
        created_at: now,
        sent_at: incoming.sent_at,
        history: Vec::new(),
        medium: None,
        dispatch: Dispatch::default(),
    };
    let beginning =
        Beginning { account: place.account, signal: Signal::Host, idempotency_key: None, permit: None };
    if !statuses::insert(db, &message, &beginning)? {
        return Ok(());
    }
    db.prepare_cached("UPDATE conversations SET unread = unread + 1 WHERE id = ?")?
        .execute([place.conversation.to_string()])?;
    inbox::reopen(db, place, now)?;
    windows::reopen(db, place, incoming.sent_at)
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
