//! Messages on their way out: a place in line, the claim, and what came back.

use async_trait::async_trait;
use connector_api::{
    Content, Timestamp,
    capabilities::{Permit, Reason, ReasonCode},
};
use rusqlite::{Connection, OptionalExtension};

use super::{
    Check, Cursor, Decision, Enqueued, NewMessage, Outbox, Outcome, Page, Plan, Retried, Sought, SqliteStore,
    StoreError, answers, conversations, dead_letters, decisions, echoes,
    ledgers::{self, Place, save_ledger},
    line, media, media_fetches, medium_gone, not_quotable, refusals, reports, retries,
    rows::{id, scope_text},
    statuses::{self, Beginning, Step},
};
use crate::model::{
    Conversation, ConversationId, Direction, Dispatch, Message, MessageId, Origin, Priority, Quoted, Scope,
    Signal, Status,
};

#[async_trait]
impl Outbox for SqliteStore {
    async fn enqueue(&self, message: NewMessage) -> Result<Enqueued, StoreError> {
        self.writer.write(move |db| enqueue(db, message)).await
    }

    async fn record(&self, message: MessageId, outcome: Outcome, now: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |db| record(db, message, &outcome, now)).await
    }

    async fn recover(&self, now: Timestamp) -> Result<u32, StoreError> {
        self.writer.write(move |db| recover(db, now)).await
    }

    async fn decide(
        &self,
        message: MessageId,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Option<Status>, StoreError> {
        self.writer.write(move |db| decisions::decide(db, message, decision, now)).await
    }

    async fn resume(&self, conversation: ConversationId) -> Result<bool, StoreError> {
        self.writer.write(move |db| decisions::resume(db, conversation)).await
    }

    async fn retry(&self, message: MessageId, now: Timestamp, check: Check) -> Result<Retried, StoreError> {
        self.writer.write(move |db| retries::retry(db, message, now, check)).await
    }

    async fn discard(
        &self,
        conversation: ConversationId,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        self.writer.write(move |db| decisions::discard(db, conversation, now)).await
    }

    async fn discard_message(
        &self,
        message: MessageId,
        now: Timestamp,
    ) -> Result<Option<Status>, StoreError> {
        self.writer.write(move |db| decisions::discard_message(db, message, now)).await
    }

    async fn sought(
        &self,
        scope: &Scope,
        sought: Sought,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Message>, StoreError> {
        let scope = scope_text(scope)?;
        self.readers
            .read(move |db| dead_letters::sought(db, scope.as_deref(), &sought, after.as_ref(), limit))
            .await
    }
}

pub(super) fn enqueue(db: &Connection, new: NewMessage) -> Result<Enqueued, StoreError> {
    let Some(conversation) = conversations::one(db, new.conversation)? else {
        return Ok(Enqueued::UnknownConversation);
    };
    if let Some((first, asked)) = repeated(db, &new)? {
        // One that an earlier version kept does not say what was asked for.
        let same = asked.is_none_or(|asked| asked == new.asked);
        return Ok(if same { Enqueued::Repeated(of_request(db, first)?) } else { Enqueued::KeyReused });
    }
    let quoted = match new.quotes {
        None => None,
        Some(id) => {
            match conversations::message(db, id)?.filter(|quoted| quoted.conversation == conversation.id) {
                Some(Message { platform_id: Some(platform_id), .. }) => {
                    Some(Quoted { platform_id, message: Some(id) })
                }
                _ => return Ok(Enqueued::Denied(vec![not_quotable()])),
            }
        }
    };
    let Plan { messages: planned, losses, ledger } = match (new.plan)(conversation.ledger) {
        Ok(plan) => plan,
        Err(reasons) => return Ok(Enqueued::Denied(reasons)),
    };
    let mut messages: Vec<(Message, Permit)> = Vec::with_capacity(planned.len());
    for one in planned {
        let medium = match one.medium.map(|id| media::ready(db, id, conversation.account)).transpose()? {
            Some(None) => return Ok(Enqueued::Denied(vec![medium_gone()])),
            medium => medium.flatten(),
        };
        let part_of = messages.first().map(|(first, _)| first.id);
        let dispatch =
            Dispatch { send_at: new.send_at, expires_at: new.expires_at, part_of, ..Dispatch::default() };
        let quotes = quoted.clone().filter(|_| one.quotes);
        let message = new_message(&conversation, one.content, dispatch, new.now);
        messages.push((Message { medium, quotes, sent_as: one.sent_as, ..message }, one.permit));
    }
    if let Some((first, _)) = messages.first_mut() {
        first.losses = losses;
    }
    save_ledger(db, conversation.id, ledger)?;
    let queued = messages.into_iter().enumerate().map(|(index, (message, permit))| {
        let key = new.idempotency_key.clone().filter(|_| index == 0);
        let asked = Some(new.asked).filter(|_| key.is_some());
        let beginning = Beginning {
            idempotency_key: key,
            asked,
            permit: Some(permit),
            ..Beginning::at(conversation.account, Signal::Host)
        };
        insert(db, &conversation, message, new.priority, &beginning)
    });
    queued.collect::<Result<_, _>>().map(Enqueued::Queued)
}

/// A message that waits.
pub(super) fn new_message(
    conversation: &Conversation,
    content: Content,
    dispatch: Dispatch,
    now: Timestamp,
) -> Message {
    let by = (Direction::Outbound, Origin::Host);
    Message { dispatch, ..Message::new(conversation.id, by, Status::Queued, content, now, now) }
}

/// Puts a message into its line; its places are taken already.
pub(super) fn insert(
    db: &Connection,
    conversation: &Conversation,
    message: Message,
    priority: Priority,
    beginning: &Beginning,
) -> Result<Message, StoreError> {
    statuses::insert(db, &message, beginning)?;
    line::join(db, &message, priority)?;
    db.prepare_cached(
        "UPDATE conversations SET unread = 0, last_message_at = max(last_message_at, ?) WHERE id = ?",
    )?
    .execute((message.created_at.as_millis(), conversation.id.to_string()))?;
    let stored = conversations::message(db, message.id)?;
    Ok(stored.unwrap_or(message))
}

/// A message with an idempotency key, and what was asked for with it.
type Keyed = (MessageId, Option<[u8; 32]>);

/// The first message of the same key.
fn repeated(db: &Connection, new: &NewMessage) -> Result<Option<Keyed>, StoreError> {
    let Some(key) = &new.idempotency_key else {
        return Ok(None);
    };
    let mut query = db
        .prepare_cached("SELECT id, asked FROM messages WHERE conversation_id = ? AND idempotency_key = ?")?;
    let found =
        query.query_row([&new.conversation.to_string(), key], |row| Ok((id(row, "id")?, row.get("asked")?)));
    Ok(found.optional()?)
}

/// The messages of one request, in order.
fn of_request(db: &Connection, first: MessageId) -> Result<Vec<Message>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT id FROM messages WHERE id = ?1 OR part_of = ?1 ORDER BY rowid")?;
    let rows = query.query_map([first.to_string()], |row| id(row, "id"))?;
    let ids = rows.collect::<Result<Vec<MessageId>, _>>()?;
    ids.into_iter().filter_map(|id| conversations::message(db, id).transpose()).collect()
}

pub(super) fn record(
    db: &Connection,
    message: MessageId,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(stored) = conversations::message(db, message)?.filter(|m| m.status == Status::Sending) else {
        return Err(StoreError::Failed(format!("message {message} is not being sent")));
    };
    let step = |next| Step::new(next, Signal::Response, now);
    match outcome {
        Outcome::Sent { platform_id } => {
            set_platform_id(db, &stored, platform_id)?;
            statuses::advance(db, message, &step(Status::Sent))?;
            statuses::apply_read_mark(db, stored.conversation, now)?;
        }
        Outcome::Retry { not_before, reason } => {
            statuses::advance(db, message, &Step { reason: Some(reason), ..step(Status::Queued) })?;
            media_fetches::hand_over(db, message, false)?;
            line::postpone(db, stored.conversation, message, *not_before)?;
        }
        Outcome::Failed { reason } => {
            fail(db, &stored, &Step { reason: Some(reason), ..step(Status::Failed) })?;
            media_fetches::forget_upload(db, message)?;
            if reason.code == ReasonCode::WINDOW_REFUSED {
                refusals::note(db, place_of(db, stored.conversation)?, now)?;
            }
        }
        Outcome::Expired { reason } => {
            statuses::advance(db, message, &Step { reason: Some(reason), ..step(Status::Failed) })?;
            ledgers::release(db, &stored)?;
        }
        Outcome::Uncertain { reason } => {
            statuses::advance(db, message, &Step { reason: Some(reason), ..step(Status::Uncertain) })?;
        }
    }
    unpark(db, stored.conversation, now)
}

/// What was told of the conversation while its message was on its way.
fn unpark(db: &Connection, conversation: ConversationId, now: Timestamp) -> Result<(), StoreError> {
    let place = place_of(db, conversation)?;
    echoes::unpark(db, place, now)?;
    reports::unpark(db, place, now)
}

/// Keeps the platform's id, unless another message of the conversation has it: then the platform called an echo of
/// this message somebody else's, and one id cannot name two.
pub(super) fn set_platform_id(
    db: &Connection,
    message: &Message,
    platform_id: &str,
) -> Result<(), StoreError> {
    if statuses::by_platform_id(db, message.conversation, platform_id)?.is_some() {
        tracing::warn!(message_id = %message.id, "Platform gave the id of another message");
        return Ok(());
    }
    db.prepare_cached("UPDATE messages SET platform_id = ? WHERE id = ?")?
        .execute((platform_id, message.id.to_string()))?;
    Ok(())
}

/// The message certainly was not sent: its place is given back, and the rest of the line waits for a decision.
pub(super) fn fail(db: &Connection, message: &Message, step: &Step<'_>) -> Result<(), StoreError> {
    statuses::advance(db, message.id, step)?;
    ledgers::release(db, message)?;
    db.prepare_cached("UPDATE conversations SET held_by = ? WHERE id = ?")?
        .execute([message.id.to_string(), message.conversation.to_string()])?;
    line::settle(db, message.conversation)
}

fn place_of(db: &Connection, conversation: ConversationId) -> Result<Place, StoreError> {
    let mut query = db.prepare_cached("SELECT account_id FROM conversations WHERE id = ?")?;
    let account = query.query_row([conversation.to_string()], |row| id(row, "account_id"))?;
    Ok(Place { account, conversation })
}

pub(super) fn recover(db: &Connection, now: Timestamp) -> Result<u32, StoreError> {
    // Whoever was renewing credentials is gone with the host.
    db.execute("UPDATE accounts SET refresh_lease_until = NULL", [])?;
    let mut query = db.prepare_cached("SELECT id, conversation_id FROM messages WHERE status = 'sending'")?;
    let rows = query.query_map([], |row| Ok((id(row, "id")?, id(row, "conversation_id")?)))?;
    let in_flight = rows.collect::<Result<Vec<(MessageId, ConversationId)>, _>>()?;
    let text = "The host stopped while the message was being sent; nobody can say whether it was.";
    let reason = Reason::passing(ReasonCode::OUTCOME_UNKNOWN, text);
    let mut uncertain = 0;
    for (message, conversation) in &in_flight {
        if media_fetches::is_only_uploading(db, *message)? {
            statuses::advance(db, *message, &Step::new(Status::Queued, Signal::Restart, now))?;
            continue;
        }
        uncertain += 1;
        let step = Step::new(Status::Uncertain, Signal::Restart, now);
        statuses::advance(db, *message, &Step { reason: Some(&reason), ..step })?;
        unpark(db, *conversation, now)?;
    }
    uncertain += answers::recover(db, &reason, now)?;
    line::rebuild(db)?;
    Ok(uncertain)
}
