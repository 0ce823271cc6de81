//! Answers to comments in private. One has no conversation until the platform names it; with it the message comes into
//! the inbox, and is one like any other from then on.

use async_trait::async_trait;
use connector_api::{
    ChannelMessage, Content, Timestamp,
    capabilities::{Reason, ReasonCode, Writer},
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    AnswerBegun, AnswerOutcome, Answers, Decision, NewAnswer, SqliteStore, StoreError, applying, comments,
    echoes,
    ledgers::Place,
    outbox,
    rows::{id, json, name, optional_json, text, time},
    statuses::{self, Beginning, Step},
};
use crate::model::{AccountId, Comment, CommentId, Direction, Message, MessageId, Origin, Signal, Status};

#[async_trait]
impl Answers for SqliteStore {
    async fn answer_before(
        &self,
        comment: CommentId,
        asked: [u8; 32],
        idempotency_key: Option<String>,
    ) -> Result<Option<AnswerBegun>, StoreError> {
        let look = move |db: &Connection| match comments::one(db, comment)? {
            Some(comment) => before(db, &comment, asked, idempotency_key.as_ref()),
            None => Ok(Some(AnswerBegun::UnknownComment)),
        };
        self.readers.read(look).await
    }

    async fn begin_answer(&self, answer: NewAnswer) -> Result<AnswerBegun, StoreError> {
        self.writer.write(move |db| begin(db, answer)).await
    }

    async fn record_answer(
        &self,
        comment: CommentId,
        outcome: AnswerOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| record(db, comment, &outcome, now)).await
    }

    async fn decide_answer(
        &self,
        comment: CommentId,
        decision: Decision,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writer.write(move |db| decide(db, comment, decision, now)).await
    }
}

/// An answer whose message is in no conversation yet.
struct Unplaced {
    comment: CommentId,
    message: MessageId,
    account: AccountId,
    /// Who wrote the comment.
    contact: Option<i64>,
    content: Content,
    status: Status,
    signal: Signal,
    reason: Option<Reason>,
    platform_id: Option<String>,
    created_at: Timestamp,
    changed_at: Timestamp,
}

const UNPLACED: &str = "SELECT w.*, k.account_id, k.contact_id FROM comment_answers w
    JOIN comments k ON k.id = w.comment_id WHERE w.content IS NOT NULL";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Unplaced> {
    Ok(Unplaced {
        comment: id(row, "comment_id")?,
        message: id(row, "message_id")?,
        account: id(row, "account_id")?,
        contact: row.get("contact_id")?,
        content: json(row, "content")?,
        status: name(row, "status")?,
        signal: name(row, "signal")?,
        reason: optional_json(row, "reason")?,
        platform_id: row.get("platform_id")?,
        created_at: time(row, "created_at")?,
        changed_at: time(row, "changed_at")?,
    })
}

/// Why a comment is not answered twice.
fn answered() -> Reason {
    let text = "The comment was answered before, or may have been; a comment is answered once.";
    Reason::permanent(ReasonCode::COMMENT_ANSWERED, text)
}

/// What the answer that a comment has means for another one.
fn before(
    db: &Connection,
    comment: &Comment,
    asked: [u8; 32],
    idempotency_key: Option<&String>,
) -> Result<Option<AnswerBegun>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT idempotency_key, asked FROM comment_answers WHERE comment_id = ?")?;
    let known = query.query_row([comment.id.to_string()], |row| {
        Ok((row.get::<_, Option<String>>("idempotency_key")?, row.get::<_, [u8; 32]>("asked")?))
    });
    if let Some((Some(key), asked_before)) = known.optional()?
        && idempotency_key == Some(&key)
    {
        let same = asked_before == asked;
        return Ok(Some(if same { AnswerBegun::Repeated } else { AnswerBegun::KeyReused }));
    }
    Ok(comment.is_answered().then(|| AnswerBegun::Denied(vec![answered()])))
}

fn begin(db: &Connection, new: NewAnswer) -> Result<AnswerBegun, StoreError> {
    let Some(comment) = comments::one(db, new.comment)? else { return Ok(AnswerBegun::UnknownComment) };
    if let Some(before) = before(db, &comment, new.asked, new.idempotency_key.as_ref())? {
        return Ok(before);
    }
    if let Err(reasons) = (new.check)(&comment, last_exchange(db, comment.id)?) {
        return Ok(AnswerBegun::Denied(reasons));
    }
    let mut insert = db.prepare_cached(
        "INSERT OR REPLACE INTO comment_answers (comment_id, message_id, content, status, signal, idempotency_key, asked,
                                                 created_at, changed_at)
         VALUES (:comment, :message, :content, :status, :signal, :key, :asked, :now, :now)",
    )?;
    insert.execute(named_params! {
        ":comment": comment.id.to_string(), ":message": new.message.to_string(),
        ":content": text(&new.content)?, ":status": text(&Status::Sending)?, ":signal": text(&Signal::Host)?,
        ":key": new.idempotency_key, ":asked": new.asked, ":now": new.now.as_millis(),
    })?;
    comments::tell(db, comment.account, comment.id, comment.contact, new.now)?;
    Ok(AnswerBegun::Sending)
}

/// When the writer of a comment and the business last wrote to each other in private, or may have: an answer to another
/// comment that is in no conversation yet counts, too.
fn last_exchange(db: &Connection, comment: CommentId) -> Result<Option<Timestamp>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT max(at) FROM (
             SELECT m.sent_at AS at FROM comments k JOIN conversations c ON c.contact_id = k.contact_id
             JOIN messages m ON m.conversation_id = c.id AND m.status <> 'failed' WHERE k.id = ?1
             UNION ALL
             SELECT w.created_at FROM comments k JOIN comments o ON o.contact_id = k.contact_id AND o.id <> k.id
             JOIN comment_answers w ON w.comment_id = o.id AND w.content IS NOT NULL AND w.status <> 'failed'
             WHERE k.id = ?1)",
    )?;
    let last: Option<i64> = query.query_row([comment.to_string()], |row| row.get(0))?;
    Ok(last.map(Timestamp::from_millis))
}

/// Takes a step that is no step back, with what said so.
fn step(db: &Connection, answer: &Unplaced, step: &Step<'_>) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE comment_answers SET status = :status, signal = :signal, reason = :reason, changed_at = :at
         WHERE comment_id = :comment",
    )?;
    update.execute(named_params! {
        ":status": text(&step.next)?, ":signal": text(&step.signal)?,
        ":reason": step.reason.map(text).transpose()?, ":at": step.at.as_millis(),
        ":comment": answer.comment.to_string(),
    })?;
    tell(db, answer, step.at)
}

fn tell(db: &Connection, answer: &Unplaced, now: Timestamp) -> Result<(), StoreError> {
    let contact = comments::one(db, answer.comment)?.and_then(|comment| comment.contact);
    comments::tell(db, answer.account, answer.comment, contact, now)
}

/// The answer to a comment, where that stands there and is in no conversation.
fn standing(db: &Connection, comment: CommentId, at: Status) -> Result<Option<Unplaced>, StoreError> {
    let mut query = db.prepare_cached(&format!("{UNPLACED} AND w.comment_id = ? AND w.status = ?"))?;
    Ok(query.query_row([comment.to_string(), text(&at)?], from_row).optional()?)
}

fn record(
    db: &Connection,
    comment: CommentId,
    outcome: &AnswerOutcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(answer) = standing(db, comment, Status::Sending)? else {
        return Err(StoreError::Failed(format!("no answer to the comment {comment} is being sent")));
    };
    let came = Step::new(outcome.status(), Signal::Response, now);
    step(db, &answer, &Step { reason: outcome.reason(), ..came })?;
    match outcome {
        AnswerOutcome::Sent { platform_id, conversation } => {
            db.prepare_cached("UPDATE comment_answers SET platform_id = ? WHERE comment_id = ?")?
                .execute([platform_id, &comment.to_string()])?;
            find_place(db, comment, conversation.as_deref(), now)?;
        }
        // The same request may be made again, and is not answered with this refusal for ever.
        AnswerOutcome::NotSent(reason) if !reason.permanent => {
            db.prepare_cached("UPDATE comment_answers SET idempotency_key = NULL WHERE comment_id = ?")?
                .execute([comment.to_string()])?;
        }
        _ => {}
    }
    unpark(db, answer.account, now)
}

/// Puts an accepted message into the conversation that the platform named, or in which it is already: an echo that could
/// not be told from another program's was taken for one.
fn find_place(
    db: &Connection,
    comment: CommentId,
    conversation: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(answer) = standing(db, comment, Status::Sent)? else { return Ok(()) };
    let account = answer.account;
    let place = match (conversation, answer.contact) {
        (Some(named), Some(contact)) => {
            Some(applying::place_of_contact(db, account, named, contact, answer.created_at)?)
        }
        (Some(named), None) => applying::known(db, account, named)?,
        (None, _) => {
            let mut query = db.prepare_cached(
                "SELECT m.conversation_id FROM messages m JOIN conversations c ON c.id = m.conversation_id
                 WHERE c.account_id = ? AND m.platform_id = ? AND m.direction = 'outbound'",
            )?;
            let found = query.query_row((account.to_string(), &answer.platform_id), |row| {
                Ok(Place { account, conversation: id(row, "conversation_id")? })
            });
            found.optional()?
        }
    };
    match place {
        Some(place) => put(db, &answer, place, now).map(drop),
        None => Ok(()),
    }
}

/// Puts the message into its conversation, with what became of it until now; its id.
fn put(db: &Connection, answer: &Unplaced, place: Place, now: Timestamp) -> Result<MessageId, StoreError> {
    let known = answer.platform_id.as_ref();
    let known = known.map(|known| statuses::by_platform_id(db, place.conversation, known)).transpose()?;
    let message = match known.flatten() {
        Some(message) => message,
        None => insert(db, answer, place)?,
    };
    let mut update =
        db.prepare_cached("UPDATE comment_answers SET content = NULL, message_id = ? WHERE comment_id = ?")?;
    update.execute([message.to_string(), answer.comment.to_string()])?;
    tell(db, answer, now)?;
    Ok(message)
}

fn insert(db: &Connection, answer: &Unplaced, place: Place) -> Result<MessageId, StoreError> {
    let at = answer.created_at;
    let by = (Direction::Outbound, Origin::Host);
    let message = Message::new(place.conversation, by, Status::Sending, answer.content.clone(), at, at);
    let message = Message { id: answer.message, ..message };
    statuses::insert(db, &message, &Beginning::at(place.account, Signal::Host))?;
    if let Some(platform_id) = &answer.platform_id {
        outbox::set_platform_id(db, &message, platform_id)?;
    }
    let so_far = Step::new(answer.status, answer.signal, answer.changed_at);
    statuses::advance(db, message.id, &Step { reason: answer.reason.as_ref(), ..so_far })?;
    let mut update =
        db.prepare_cached("UPDATE conversations SET last_message_at = max(last_message_at, ?) WHERE id = ?")?;
    update.execute((at.as_millis(), place.conversation.to_string()))?;
    echoes::count(db, place, Writer::Api, at)?;
    statuses::apply_read_mark(db, place.conversation, answer.changed_at)?;
    Ok(message.id)
}

/// Whether an answer is being sent that an echo in this conversation may be of: one to its contact, to nobody knows whom,
/// or any where the conversation is new.
pub(super) fn in_flight(db: &Connection, place: Place) -> Result<bool, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "{UNPLACED} AND w.status = 'sending' AND k.account_id = :account
           AND (k.contact_id IS NULL OR k.contact_id = (SELECT contact_id FROM conversations WHERE id = :conversation)
                OR NOT EXISTS (SELECT 1 FROM messages WHERE conversation_id = :conversation))"
    ))?;
    Ok(query.exists(named_params! {
        ":account": place.account.to_string(), ":conversation": place.conversation.to_string(),
    })?)
}

/// The message of the answer that the platform accepted under that id, which is in this conversation from now on.
pub(super) fn named(
    db: &Connection,
    place: Place,
    platform_id: &str,
    now: Timestamp,
) -> Result<Option<MessageId>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "{UNPLACED} AND w.status = 'sent' AND k.account_id = ? AND w.platform_id = ?"
    ))?;
    let answer = query.query_row([&place.account.to_string(), platform_id], from_row).optional()?;
    answer.map(|answer| put(db, &answer, place, now)).transpose()
}

/// The message of the answer that this echo is of, where it can be told without the platform's id: one in doubt that says
/// the same, to the contact of this conversation; or, to nobody knows whom, the only one, in a new conversation.
pub(super) fn without_id(
    db: &Connection,
    place: Place,
    echo: &ChannelMessage,
    now: Timestamp,
) -> Result<Option<MessageId>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "{UNPLACED} AND w.status IN ('uncertain', 'sent') AND w.platform_id IS NULL AND k.account_id = :account
           AND (k.contact_id = (SELECT contact_id FROM conversations WHERE id = :conversation)
                OR k.contact_id IS NULL AND NOT EXISTS
                    (SELECT 1 FROM messages WHERE conversation_id = :conversation))
         ORDER BY k.contact_id IS NULL, w.created_at, w.comment_id"
    ))?;
    let rows = query.query_map(
        named_params! {
            ":account": place.account.to_string(), ":conversation": place.conversation.to_string(),
        },
        from_row,
    )?;
    let mut fitting = rows.collect::<Result<Vec<_>, _>>()?;
    fitting.retain(|answer| answer.content == echo.content && echoes::may_be_of(echo, answer.created_at));
    match &fitting[..] {
        // Equal texts to one person are one like the other.
        [answer, ..] if answer.contact.is_some() => put(db, answer, place, now).map(Some),
        [answer] => put(db, answer, place, now).map(Some),
        _ => Ok(None),
    }
}

/// What was told of an account's conversations while an answer was on its way.
fn unpark(db: &Connection, account: AccountId, now: Timestamp) -> Result<(), StoreError> {
    let mut query = db.prepare_cached(
        "SELECT DISTINCT p.conversation_id FROM parked_echoes p JOIN conversations c ON c.id = p.conversation_id
         WHERE c.account_id = ?",
    )?;
    let rows = query.query_map([account.to_string()], |row| {
        Ok(Place { account, conversation: id(row, "conversation_id")? })
    })?;
    let places = rows.collect::<Result<Vec<_>, _>>()?;
    // Where a message of the conversation is on its way, it is parked again.
    places.into_iter().try_for_each(|place| echoes::unpark(db, place, now))
}

/// Whoever was sending answers is gone with the host; how many there are.
pub(super) fn recover(db: &Connection, reason: &Reason, now: Timestamp) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached(&format!("{UNPLACED} AND w.status = 'sending'"))?;
    let in_flight = query.query_map([], from_row)?.collect::<Result<Vec<_>, _>>()?;
    for answer in &in_flight {
        let cut_off = Step::new(Status::Uncertain, Signal::Restart, now);
        step(db, answer, &Step { reason: Some(reason), ..cut_off })?;
    }
    for answer in &in_flight {
        unpark(db, answer.account, now)?;
    }
    Ok(u32::try_from(in_flight.len()).unwrap_or(u32::MAX))
}

fn decide(
    db: &Connection,
    comment: CommentId,
    decision: Decision,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(answer) = standing(db, comment, Status::Uncertain)? else { return Ok(false) };
    let next = match decision {
        Decision::WasSent => Step::new(Status::Sent, Signal::Person, now),
        Decision::WasNotSent => {
            Step { reason: answer.reason.as_ref(), ..Step::new(Status::Failed, Signal::Person, now) }
        }
    };
    step(db, &answer, &next)?;
    Ok(true)
}
