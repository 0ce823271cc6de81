//! Whose turn it is. The table `line` has the first message of each conversation that could go, so that a claim looks
//! at a few rows however many wait.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Claimed, Line, SqliteStore, StoreError, conversations,
    rows::{id, json, name, optional_time, text},
    statuses::{self, Step},
};
use crate::model::{AccountId, ConversationId, Message, MessageId, Priority, Signal, Status};

/// A message whose window closes within this time goes before all others: it would be lost, they are only late.
const CLOSES_SOON_SECONDS: i64 = 15 * 60;

/// Windows that close soon.
const CLOSING: u8 = 0;
/// Somebody waits.
const INTERACTIVE: u8 = 1;
/// Nobody waits.
const BULK: u8 = 2;

/// Of an account `a`: nothing holds up all of it.
const MAY_SEND: &str = "a.status = 'connected' AND a.paused IS NULL
    AND NOT EXISTS (SELECT 1 FROM instances i WHERE i.name = a.instance AND i.paused IS NOT NULL)";

/// Every so many turns each lane comes first, so that none waits for ever for those before it.
const BULK_EVERY: i64 = 10;
const INTERACTIVE_EVERY: i64 = 4;

#[async_trait]
impl Line for SqliteStore {
    async fn ready(&self, instance: &str, now: Timestamp) -> Result<bool, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| ready(db, &instance, now)).await
    }

    async fn claim(&self, instance: &str, now: Timestamp, limit: u32) -> Result<Vec<Claimed>, StoreError> {
        let instance = instance.to_owned();
        self.writer.write(move |db| claim(db, &instance, now, limit)).await
    }

    async fn next_retry(&self, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| next_retry(db, &instance, now)).await
    }
}

pub(super) fn ready(db: &Connection, instance: &str, now: Timestamp) -> Result<bool, StoreError> {
    // What stands aside and is due may turn out to be held up; then the next claim says so, once.
    let mut query = db.prepare_cached(&format!(
        "SELECT 1 FROM accounts a WHERE a.instance = :instance AND {MAY_SEND}
           AND (EXISTS (SELECT 1 FROM line l WHERE l.account_id = a.id AND l.lane IN (0, 1, 2)
                        AND l.not_before <= :now AND ifnull(l.must_leave_by, :now + 1) > :now)
                OR EXISTS (SELECT 1 FROM messages m JOIN conversations c ON c.id = m.conversation_id
                           WHERE m.status = 'queued' AND m.aside_until <= :now AND c.account_id = a.id))",
    ))?;
    Ok(query.exists(named_params! {":instance": instance, ":now": now.as_millis()})?)
}

pub(super) fn claim(
    db: &Connection,
    instance: &str,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Claimed>, StoreError> {
    move_up(db, instance, now)?;
    let mut claimed = Vec::new();
    while claimed.len() < limit as usize {
        let Some(next) = take_turn(db, instance, now)? else { break };
        db.prepare_cached("UPDATE messages SET attempts = attempts + 1 WHERE id = ?")?
            .execute([next.message.to_string()])?;
        statuses::advance(db, next.message, &Step::new(Status::Sending, Signal::Host, now))?;
        claimed.push(next);
    }
    Ok(claimed)
}

/// What stood aside goes back to its place, retries whose time has come may go, messages whose window closes soon change
/// the lane. The `+` keeps SQLite from looking for the accounts first, which have many more rows than those that move.
fn move_up(db: &Connection, instance: &str, now: Timestamp) -> Result<(), StoreError> {
    let mut due = db.prepare_cached(
        "UPDATE messages SET aside_until = NULL WHERE status = 'queued' AND aside_until <= :now
           AND EXISTS (SELECT 1 FROM conversations c JOIN accounts a ON a.id = c.account_id
                       WHERE c.id = messages.conversation_id AND a.instance = :instance)
         RETURNING conversation_id",
    )?;
    let parameters = named_params! {":now": now.as_millis(), ":instance": instance};
    let due = due.query_map(parameters, |row| id(row, "conversation_id"))?;
    for conversation in due.collect::<Result<Vec<ConversationId>, _>>()? {
        settle(db, conversation)?;
    }
    db.prepare_cached(
        "UPDATE line SET not_before = 0 WHERE not_before > 0 AND not_before <= :now
           AND +account_id IN (SELECT id FROM accounts WHERE instance = :instance)",
    )?
    .execute(named_params! {":now": now.as_millis(), ":instance": instance})?;
    db.prepare_cached(
        "UPDATE line SET lane = 0, place = must_leave_by
         WHERE lane > 0 AND must_leave_by IS NOT NULL AND must_leave_by <= :soon
           AND +account_id IN (SELECT id FROM accounts WHERE instance = :instance)",
    )?
    .execute(named_params! {
        ":soon": now.plus_seconds(CLOSES_SOON_SECONDS).as_millis(), ":instance": instance,
    })?;
    Ok(())
}

/// The next message, if there is one; its account's turn is over.
fn take_turn(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<Claimed>, StoreError> {
    let mut query = db.prepare_cached("SELECT taken FROM turns WHERE instance = ?")?;
    let taken: Option<i64> = query.query_row([instance], |row| row.get("taken")).optional()?;
    let turn = taken.unwrap_or(0) + 1;
    for lane in lanes(turn) {
        let Some(account) = next_account(db, instance, lane, now)? else { continue };
        db.prepare_cached(
            "INSERT INTO turns (instance, taken) VALUES (?, ?)
             ON CONFLICT DO UPDATE SET taken = excluded.taken",
        )?
        .execute((instance, turn))?;
        db.prepare_cached(
            "INSERT INTO account_turns (account_id, lane, latest) VALUES (?, ?, ?)
             ON CONFLICT DO UPDATE SET latest = excluded.latest",
        )?
        .execute((account.to_string(), lane, turn))?;
        return first(db, account, lane, now);
    }
    Ok(None)
}

/// The lanes in the order in which they are asked at that turn.
fn lanes(turn: i64) -> [u8; 3] {
    if turn % BULK_EVERY == 0 {
        [BULK, CLOSING, INTERACTIVE]
    } else if turn % INTERACTIVE_EVERY == 0 {
        [INTERACTIVE, CLOSING, BULK]
    } else {
        [CLOSING, INTERACTIVE, BULK]
    }
}

/// The account with a message in the lane whose latest turn there is the longest ago.
fn next_account(
    db: &Connection,
    instance: &str,
    lane: u8,
    now: Timestamp,
) -> Result<Option<AccountId>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT a.id FROM accounts a LEFT JOIN account_turns t ON t.account_id = a.id AND t.lane = :lane
         WHERE a.instance = :instance AND {MAY_SEND}
           AND EXISTS (SELECT 1 FROM line l WHERE l.account_id = a.id AND l.lane = :lane AND l.not_before = 0
                       AND ifnull(l.must_leave_by, :now + 1) > :now)
         ORDER BY ifnull(t.latest, 0), a.id LIMIT 1",
    ))?;
    let parameters = named_params! {":instance": instance, ":lane": lane, ":now": now.as_millis()};
    Ok(query.query_row(parameters, |row| id(row, "id")).optional()?)
}

/// An account's first message in a lane. Messages stand in the order in which they were inserted, whatever any clock
/// said.
fn first(
    db: &Connection,
    account: AccountId,
    lane: u8,
    now: Timestamp,
) -> Result<Option<Claimed>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT m.id, m.content, m.quotes, m.attempts, m.conversation_id, m.ends_at, m.expires_at, c.platform_id, c.account_id,
                a.instance, c.last_inbound_at, c.used, c.first_inbound_at, c.wrote_again, c.used_after_close,
                c.total, c.last_sent_at
         FROM line l
         JOIN messages m ON m.id = l.message_id
         JOIN conversations c ON c.id = l.conversation_id
         JOIN accounts a ON a.id = l.account_id
         WHERE l.account_id = :account AND l.lane = :lane AND l.not_before = 0
           AND ifnull(l.must_leave_by, :now + 1) > :now
         ORDER BY l.place LIMIT 1",
    )?;
    let parameters = named_params! {":account": account.to_string(), ":lane": lane, ":now": now.as_millis()};
    Ok(query.query_row(parameters, claimed_from_row).optional()?)
}

fn claimed_from_row(row: &Row<'_>) -> rusqlite::Result<Claimed> {
    Ok(Claimed {
        message: id(row, "id")?,
        content: json(row, "content")?,
        quotes: row.get("quotes")?,
        conversation: id(row, "conversation_id")?,
        conversation_platform_id: row.get("platform_id")?,
        account: id(row, "account_id")?,
        instance: row.get("instance")?,
        ledger: conversations::ledger_from_row(row)?,
        attempts: row.get("attempts")?,
        ends_at: optional_time(row, "ends_at")?,
        expires_at: optional_time(row, "expires_at")?,
    })
}

pub(super) fn next_retry(
    db: &Connection,
    instance: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT min(at) AS at FROM (
            SELECT min(l.not_before) AS at FROM line l JOIN accounts a ON a.id = l.account_id
            WHERE l.not_before > :now AND l.not_before > 0 AND a.instance = :instance
            UNION ALL
            SELECT min(m.aside_until) FROM messages m JOIN conversations c ON c.id = m.conversation_id
            JOIN accounts a ON a.id = c.account_id
            WHERE m.status = 'queued' AND m.aside_until > :now AND a.instance = :instance)",
    )?;
    let parameters = named_params! {":instance": instance, ":now": now.as_millis()};
    Ok(query.query_row(parameters, |row| optional_time(row, "at"))?)
}

/// A new message joins the line of its conversation.
pub(super) fn join(db: &Connection, message: &Message, priority: Priority) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE messages SET priority = ?, aside_until = ? WHERE id = ?")?.execute((
        text(&priority)?,
        message.dispatch.send_at.map(Timestamp::as_millis),
        message.id.to_string(),
    ))?;
    settle(db, message.conversation)
}

pub(super) fn priority_of(db: &Connection, message: MessageId) -> Result<Priority, StoreError> {
    let mut query = db.prepare_cached("SELECT priority FROM messages WHERE id = ?")?;
    Ok(query.query_row([message.to_string()], |row| name(row, "priority"))?)
}

/// A message that could not be sent goes back to its place, and waits there.
pub(super) fn postpone(
    db: &Connection,
    conversation: ConversationId,
    message: MessageId,
    not_before: Timestamp,
) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE messages SET not_before = ? WHERE id = ?")?
        .execute((not_before.as_millis(), message.to_string()))?;
    settle(db, conversation)
}

/// Other windows hold for an account: what waits may leave for longer, or less long.
pub(super) fn settle_account(db: &Connection, account: &str) -> Result<(), StoreError> {
    let mut query = db.prepare_cached("SELECT conversation_id FROM line WHERE account_id = ?")?;
    let rows = query.query_map([account], |row| id(row, "conversation_id"))?;
    rows.collect::<Result<Vec<_>, _>>()?.into_iter().try_for_each(|conversation| settle(db, conversation))
}

/// Brings the conversation's row up to date. Called after every change of what it follows from: the status of a
/// message, its times, and what holds the line.
pub(super) fn settle(db: &Connection, conversation: ConversationId) -> Result<(), StoreError> {
    let conversation = conversation.to_string();
    db.prepare_cached("DELETE FROM line WHERE conversation_id = ?")?.execute([&conversation])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO line (conversation_id, account_id, message_id, lane, place, not_before, must_leave_by)
         SELECT c.id, c.account_id, m.id,
                CASE WHEN EXISTS (SELECT 1 FROM messages o WHERE o.conversation_id = c.id
                                  AND o.status = 'queued' AND o.priority = 'interactive')
                     THEN :interactive ELSE :bulk END,
                m.rowid, ifnull(m.not_before, 0), m.ends_at
         FROM conversations c JOIN messages m ON m.conversation_id = c.id
         WHERE c.id = :conversation AND c.held_by IS NULL AND c.paused IS NULL
           AND m.status = 'queued' AND m.aside_until IS NULL
           AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.conversation_id = c.id
                           AND o.status IN ('sending', 'uncertain'))
         ORDER BY m.rowid LIMIT 1",
    )?;
    insert
        .execute(named_params! {":conversation": conversation, ":interactive": INTERACTIVE, ":bulk": BULK})?;
    Ok(())
}

/// Makes the whole table anew: a restored or migrated database may have none that fits.
pub(super) fn rebuild(db: &Connection) -> Result<(), StoreError> {
    db.execute("DELETE FROM line", [])?;
    let mut query =
        db.prepare_cached("SELECT DISTINCT conversation_id FROM messages WHERE status = 'queued'")?;
    let rows = query.query_map([], |row| id(row, "conversation_id"))?;
    for conversation in rows.collect::<Result<Vec<ConversationId>, _>>()? {
        settle(db, conversation)?;
    }
    Ok(())
}
