//! Taking one webhook in: everything it says, in one transaction.

use async_trait::async_trait;
use connector_api::{
    ChannelMessage, Contact, Event, EventKind, Timestamp,
    capabilities::{Reason, ReasonCode},
};
use rusqlite::{Connection, OptionalExtension, named_params};
use sha2::{Digest, Sha256};

use super::{
    Arrival, Inbound, Ingested, Polled, SqliteStore, StoreError, accounts, echoes,
    ledgers::Place,
    reports::{self, Report},
    rows::id,
    statuses::{self, Beginning},
    windows,
};
use crate::model::{
    AccountId, AccountStatus, ConversationId, Direction, Dispatch, Message, MessageId, Origin, Signal, Status,
};

#[async_trait]
impl Inbound for SqliteStore {
    async fn ingest(&self, arrival: Arrival) -> Result<Ingested, StoreError> {
        self.writer.write(move |db| ingest(db, &arrival)).await
    }

    async fn poll_cursor(&self, instance: &str, account: &str) -> Result<Option<String>, StoreError> {
        let (instance, account) = (instance.to_owned(), account.to_owned());
        self.readers.read(move |db| poll_cursor(db, &instance, &account)).await
    }
}

pub(super) fn ingest(db: &Connection, arrival: &Arrival) -> Result<Ingested, StoreError> {
    let mut ingested = Ingested::default();
    for event in &arrival.events {
        match account_of(db, arrival, &event.account)? {
            None => ingested.unrouted += 1,
            Some(account) if first_time(db, arrival, &event.account, &event.dedup_key)? => {
                ingested.new += 1;
                apply(db, arrival, account, event)?;
            }
            Some(_) => ingested.duplicates += 1,
        }
    }
    // What the events do not tell is only in the body; that is told apart by its hash.
    let untold = arrival.events.is_empty() || ingested.unrouted > 0;
    // A part without a body is followed by one with the body of all.
    let is_part = arrival.body.is_empty() && !arrival.events.is_empty();
    let unseen = !is_part && untold && first_time(db, arrival, "", &body_key(&arrival.body))?;
    if !is_part && (ingested.new > 0 || unseen) {
        keep_payload(db, arrival, ingested)?;
    }
    if let Some(polled) = &arrival.polled {
        keep_cursor(db, &arrival.instance, polled)?;
    }
    Ok(ingested)
}

pub(super) fn poll_cursor(
    db: &Connection,
    instance: &str,
    account: &str,
) -> Result<Option<String>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT cursor FROM poll_cursors WHERE instance = ? AND account = ?")?;
    Ok(query.query_row([instance, account], |row| row.get(0)).optional()?)
}

fn keep_cursor(db: &Connection, instance: &str, polled: &Polled) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO poll_cursors (instance, account, cursor) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET cursor = excluded.cursor",
    )?;
    upsert.execute([instance, &polled.account, &polled.cursor])?;
    Ok(())
}

/// The account, connected now where the arrival brings it.
fn account_of(
    db: &Connection,
    arrival: &Arrival,
    platform_id: &str,
) -> Result<Option<AccountId>, StoreError> {
    let known = accounts::by_platform_id(db, &arrival.instance, platform_id)?;
    let brought = arrival.accounts.iter().find(|account| account.platform_id == platform_id);
    match (known, brought) {
        // Whoever took it out does not want it back because somebody writes.
        (Some((_, AccountStatus::Removed)), _) => Ok(None),
        (Some((account, _)), _) => Ok(Some(account)),
        (None, Some(new)) => Ok(Some(accounts::save(db, new, arrival.received_at)?.id)),
        (None, None) => Ok(None),
    }
}

/// Whether nothing with this key has arrived before; from now on it has.
fn first_time(db: &Connection, arrival: &Arrival, account: &str, key: &str) -> Result<bool, StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO seen (instance, account, dedup_key, seen_at) VALUES (:instance, :account, :key, :at)
         ON CONFLICT DO NOTHING",
    )?;
    let inserted = insert.execute(named_params! {
        ":instance": arrival.instance,
        ":account": account,
        ":key": key,
        ":at": arrival.received_at.as_millis(),
    })?;
    Ok(inserted == 1)
}

fn body_key(body: &[u8]) -> String {
    format!("body:{}", hex::encode(Sha256::digest(body)))
}

fn keep_payload(db: &Connection, arrival: &Arrival, ingested: Ingested) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO payloads (instance, received_at, stale, events, unrouted, body)
         VALUES (:instance, :at, :stale, :events, :unrouted, :body)",
    )?;
    insert.execute(named_params! {
        ":instance": arrival.instance,
        ":at": arrival.received_at.as_millis(),
        ":stale": arrival.stale,
        ":events": arrival.events.len() as i64,
        ":unrouted": ingested.unrouted,
        ":body": arrival.body,
    })?;
    Ok(())
}

fn apply(db: &Connection, arrival: &Arrival, account: AccountId, event: &Event) -> Result<(), StoreError> {
    let now = arrival.received_at;
    match &event.kind {
        EventKind::MessageReceived { conversation, contact, message } => {
            let message = arrived(message, now);
            let place = place(db, account, conversation, contact, message.sent_at)?;
            receive(db, place, &message, now)
        }
        EventKind::MessageEchoed { conversation, contact, message, origin } => {
            let message = arrived(message, now);
            let place = place(db, account, conversation, contact, message.sent_at)?;
            echoes::apply(db, place, &message, *origin, now)
        }
        EventKind::ConversationRead { conversation, up_to } => {
            read(db, account, conversation, (*up_to).min(now), now)
        }
        EventKind::MessageStatus { conversation, message, status, reason } => {
            let report = Report { conversation, message, status: *status, reason: reason.as_ref() };
            reports::apply(db, account, &report, now)
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
) -> Result<Place, StoreError> {
    let mut contacts = db.prepare_cached(
        "INSERT INTO contacts (account_id, platform_id, handle, display_name)
         VALUES (:account, :platform_id, :handle, :display_name)
         ON CONFLICT (account_id, platform_id) DO UPDATE SET
            handle = ifnull(excluded.handle, handle), display_name = ifnull(excluded.display_name, display_name)
         RETURNING id",
    )?;
    let contact: i64 = contacts.query_row(
        named_params! {
            ":account": account.to_string(),
            ":platform_id": contact.id,
            ":handle": contact.handle,
            ":display_name": contact.display_name,
        },
        |row| row.get(0),
    )?;
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
        dispatch: Dispatch::default(),
    };
    let beginning =
        Beginning { account: place.account, signal: Signal::Host, idempotency_key: None, permit: None };
    if !statuses::insert(db, &message, &beginning)? {
        return Ok(());
    }
    db.prepare_cached("UPDATE conversations SET unread = unread + 1 WHERE id = ?")?
        .execute([place.conversation.to_string()])?;
    windows::reopen(db, place, incoming.sent_at)
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
