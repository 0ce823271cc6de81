//! What happens by itself once its time has come.

use std::time::Duration;

use async_trait::async_trait;
use connector_api::{CapabilityDocument, Timestamp};
use rusqlite::{Connection, named_params};

use super::{
    Cursor, Deadlines, Due, Page, SqliteStore, StoreError, WindowFilter, consents, conversations, events,
    inbox, ledgers, over, pauses,
    rows::{cursor, id, optional_time, paged, scope_text, time},
    statuses::{self, Step},
    windows,
};
use crate::model::{
    AccountId, Conversation, ConversationId, InboxEventKind, MessageId, Pausable, Scope, Signal, Status,
};

#[async_trait]
impl Deadlines for SqliteStore {
    async fn use_windows(&self, instance: &str, document: &CapabilityDocument) -> Result<(), StoreError> {
        let (instance, declared) = (instance.to_owned(), windows::declared(document)?);
        self.writer.write(move |db| windows::declare(db, &instance, &declared)).await
    }

    async fn next_due(&self, now: Timestamp, lead: Duration) -> Result<Option<Timestamp>, StoreError> {
        self.readers.read(move |db| next_due(db, now, lead)).await
    }

    async fn fall_due(&self, now: Timestamp, lead: Duration, limit: u32) -> Result<Due, StoreError> {
        self.writer.write(move |db| fall_due(db, now, lead, limit)).await
    }

    async fn conversations_by_window(
        &self,
        scope: &Scope,
        filter: WindowFilter,
        now: Timestamp,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Conversation>, StoreError> {
        let scope = scope_text(scope)?;
        self.readers.read(move |db| by_window(db, scope.as_deref(), filter, now, after.as_ref(), limit)).await
    }
}

/// Open windows that close soon, of which nobody was told, and in which nobody has answered: neither a person here nor
/// a colleague in the platform's app. What the platform says by itself is no answer, and neither is what failed.
const CLOSING: &str = "SELECT c.id, c.account_id FROM conversations c
    WHERE c.closes_at > :now AND c.closes_at <= :until AND c.closing_told IS NOT c.closes_at
      AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.direction = 'outbound'
                      AND m.sent_at >= c.last_inbound_at AND m.status <> 'failed' AND m.origin <> 'automatic')
    ORDER BY c.closes_at LIMIT :limit";

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    let millis = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(moment.as_millis().saturating_add(millis))
}

fn next_due(db: &Connection, now: Timestamp, lead: Duration) -> Result<Option<Timestamp>, StoreError> {
    let until = later(now, lead);
    if !closing(db, now, until, 1)?.is_empty() {
        return Ok(Some(now));
    }
    let mut expiry = db.prepare_cached(
        "SELECT min(ends_at) AS at FROM messages WHERE status = 'queued' AND ends_at IS NOT NULL",
    )?;
    let expiry = expiry.query_row([], |row| optional_time(row, "at"))?;
    let mut close =
        db.prepare_cached("SELECT min(closes_at) AS at FROM conversations WHERE closes_at > ?")?;
    let close = close.query_row([until.as_millis()], |row| optional_time(row, "at"))?;
    let warning = close.map(|at| Timestamp::from_millis(at.as_millis() - (until.millis_since(now))));
    let mut pause =
        db.prepare_cached("SELECT min(paused ->> '$.until') AS at FROM accounts WHERE paused IS NOT NULL")?;
    let pause = pause.query_row([], |row| optional_time(row, "at"))?;
    let wake = inbox::next_wake(db)?;
    let consent = consents::next_warning(db, now)?;
    Ok([expiry, warning, pause, wake, consent].into_iter().flatten().min().map(|at| at.max(now)))
}

fn fall_due(db: &Connection, now: Timestamp, lead: Duration, limit: u32) -> Result<Due, StoreError> {
    let expired = expire(db, now, limit)?;
    let closing = closing(db, now, later(now, lead), limit)?;
    for (conversation, account) in &closing {
        db.prepare_cached("UPDATE conversations SET closing_told = closes_at WHERE id = ?")?
            .execute([conversation.to_string()])?;
        events::conversation(db, InboxEventKind::WindowClosing, *account, *conversation, now)?;
    }
    let unpaused = pauses::ended(db, now, limit)?;
    for account in &unpaused {
        pauses::end(db, &Pausable::Account(*account), now)?;
    }
    let count = |rows: usize| u32::try_from(rows).unwrap_or(u32::MAX);
    let woken = inbox::wake(db, now, limit)?;
    let ending = consents::warn(db, now, limit)?;
    Ok(Due { expired, closing: count(closing.len()), unpaused: count(unpaused.len()), woken, ending })
}

/// Fails queued messages whose time is over.
fn expire(db: &Connection, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id FROM messages WHERE status = 'queued' AND ends_at <= :now ORDER BY ends_at LIMIT :limit",
    )?;
    let rows =
        query.query_map(named_params! {":now": now.as_millis(), ":limit": limit}, |row| id(row, "id"))?;
    let due = rows.collect::<Result<Vec<MessageId>, _>>()?;
    for message in &due {
        let Some(message) = conversations::message(db, *message)? else { continue };
        let reason = over(message.dispatch.expires_at, now);
        let step = Step { reason: Some(&reason), ..Step::new(Status::Failed, Signal::Host, now) };
        statuses::advance(db, message.id, &step)?;
        ledgers::release(db, &message)?;
    }
    Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
}

fn closing(
    db: &Connection,
    now: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<(ConversationId, AccountId)>, StoreError> {
    let mut query = db.prepare_cached(CLOSING)?;
    let parameters = named_params! {":now": now.as_millis(), ":until": until.as_millis(), ":limit": limit};
    let rows = query.query_map(parameters, |row| Ok((id(row, "id")?, id(row, "account_id")?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn by_window(
    db: &Connection,
    scope: Option<&str>,
    filter: WindowFilter,
    now: Timestamp,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Conversation>, StoreError> {
    // From the earlier of two moments, excluded, to the later, included.
    let end = Timestamp::from_millis(i64::MAX);
    let (from, to, order, beyond) = match filter {
        WindowFilter::Open => (now, end, "ASC", ">"),
        WindowFilter::Closing(lead) => (now, later(now, lead), "ASC", ">"),
        WindowFilter::Closed => (Timestamp::from_millis(i64::MIN), now, "DESC", "<"),
    };
    let mut query = db.prepare_cached(&format!(
        "{} WHERE c.closes_at > :from AND c.closes_at <= :to
           AND (:scope IS NULL OR c.account_id IN (SELECT value FROM json_each(:scope)))
           AND (:at IS NULL OR (c.closes_at, c.id) {beyond} (:at, :id))
         ORDER BY c.closes_at {order}, c.id {order} LIMIT :limit",
        conversations::CONVERSATIONS
    ))?;
    let parameters = named_params! {
        ":scope": scope,
        ":from": from.as_millis(),
        ":to": to.as_millis(),
        ":at": after.map(|c| c.at.as_millis()),
        ":id": after.map(|c| c.id.to_string()),
        ":limit": i64::from(limit) + 1,
    };
    let rows = query.query_map(parameters, |row| {
        Ok((conversations::conversation_from_row(row)?, time(row, "closes_at")?))
    })?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let page = paged(rows, limit, |(c, closes_at)| cursor(*closes_at, c.id.0));
    Ok(Page {
        items: page.items.into_iter().map(|(conversation, _)| conversation).collect(),
        next: page.next,
    })
}
