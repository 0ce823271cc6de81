//! Reading back what platforms remember: a page and the place of the next one are the same write, so that what is cut
//! off goes on there.

use async_trait::async_trait;
use connector_api::{
    Event, EventKind, EventPage, ListedConversation, ListedReferral, Timestamp, capabilities::Reason,
};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Histories, HistoryBounds, HistoryStep, SqliteStore, StoreError, accounts, applying, contacts, erasure,
    errands, events, referrals,
    referrals::Arrived,
    rows::{id, json, name, optional_json, optional_time, text, time},
};
use crate::model::{AccountId, HistoryImport, HistoryState, InboxEventKind};

#[async_trait]
impl Histories for SqliteStore {
    async fn begin_history(&self, account: AccountId, now: Timestamp) -> Result<HistoryImport, StoreError> {
        self.writer
            .write(move |db| {
                begin(db, account, now)?;
                let gone = || StoreError::Failed(format!("the import of {account} is not there"));
                one(db, account)?.ok_or_else(gone)
            })
            .await
    }

    async fn history(&self, account: AccountId) -> Result<Option<HistoryImport>, StoreError> {
        self.readers.read(move |db| one(db, account)).await
    }

    async fn next_page(&self, instance: &str, now: Timestamp) -> Result<Option<HistoryStep>, StoreError> {
        let name = instance.to_owned();
        if !self.readers.read(move |db| any(db, &name, now)).await? {
            return Ok(None);
        }
        let instance = instance.to_owned();
        self.writer.write(move |db| next(db, &instance, now)).await
    }

    async fn next_page_at(&self, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let instance = instance.to_owned();
        let sql = "SELECT min(h.not_before) AS at FROM history_imports h JOIN accounts a ON a.id = h.account_id
                   WHERE a.instance = ? AND a.status = 'connected' AND h.state = 'running' AND h.not_before > ?";
        self.readers
            .read(move |db| {
                let mut query = db.prepare_cached(sql)?;
                Ok(query.query_row((instance, now.as_millis()), |row| optional_time(row, "at"))?)
            })
            .await
    }

    async fn keep_page(
        &self,
        step: HistoryStep,
        page: EventPage,
        bounds: HistoryBounds,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| keep(db, &step, &page, bounds, now)).await
    }

    async fn page_failed(
        &self,
        step: HistoryStep,
        reason: Reason,
        next: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| failed(db, &step, &reason, next, now)).await
    }

    async fn no_history(&self, account: AccountId) -> Result<(), StoreError> {
        self.writer
            .write(move |db| {
                forget_conversations(db, account)?;
                db.execute("DELETE FROM history_imports WHERE account_id = ?", [account.to_string()])?;
                Ok(())
            })
            .await
    }
}

/// Begins it, anew where it has ended.
pub(super) fn begin(db: &Connection, account: AccountId, now: Timestamp) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO history_imports (account_id, state, began_at) VALUES (?, 'running', ?)
         ON CONFLICT DO UPDATE SET state = 'running', cursor = NULL, listed = 0, found = 0, conversations = 0,
            messages = 0, attempts = 0, not_before = 0, reason = NULL, began_at = excluded.began_at,
            ended_at = NULL
         WHERE state <> 'running'",
    )?;
    upsert.execute((account.to_string(), now.as_millis()))?;
    Ok(())
}

fn one(db: &Connection, account: AccountId) -> Result<Option<HistoryImport>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM history_imports WHERE account_id = ?")?;
    Ok(query.query_row([account.to_string()], from_row).optional()?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<HistoryImport> {
    Ok(HistoryImport {
        account: id(row, "account_id")?,
        state: name(row, "state")?,
        found: row.get("found")?,
        conversations: row.get("conversations")?,
        messages: row.get("messages")?,
        reason: optional_json(row, "reason")?,
        began_at: time(row, "began_at")?,
        ended_at: optional_time(row, "ended_at")?,
    })
}

const DUE: &str = "FROM history_imports h JOIN accounts a ON a.id = h.account_id
    WHERE a.instance = ?1 AND a.status = 'connected' AND h.state = 'running' AND h.not_before <= ?2";

fn any(db: &Connection, instance: &str, now: Timestamp) -> Result<bool, StoreError> {
    Ok(db.prepare_cached(&format!("SELECT 1 {DUE} LIMIT 1"))?.exists((instance, now.as_millis()))?)
}

fn next(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<HistoryStep>, StoreError> {
    loop {
        let mut query = db.prepare_cached(&format!(
            "SELECT h.account_id, h.cursor, h.listed, h.attempts {DUE} ORDER BY h.began_at LIMIT 1"
        ))?;
        let found = query.query_row((instance, now.as_millis()), |row| {
            let step = HistoryStep {
                account: id(row, "account_id")?,
                conversation: None,
                cursor: row.get("cursor")?,
                attempts: row.get("attempts")?,
            };
            Ok((step, row.get::<_, bool>("listed")?))
        });
        let Some((step, listed)) = found.optional()? else { return Ok(None) };
        if !listed {
            return Ok(Some(step));
        }
        let mut query = db.prepare_cached(
            "SELECT platform_id, cursor FROM history_conversations WHERE account_id = ? ORDER BY place LIMIT 1",
        )?;
        let found = query
            .query_row([step.account.to_string()], |row| Ok((row.get("platform_id")?, row.get("cursor")?)));
        match found.optional()? {
            Some((conversation, cursor)) => {
                return Ok(Some(HistoryStep { conversation: Some(conversation), cursor, ..step }));
            }
            None => end(db, step.account, HistoryState::Done, None, now)?,
        }
    }
}

fn end(
    db: &Connection,
    account: AccountId,
    state: HistoryState,
    reason: Option<&Reason>,
    now: Timestamp,
) -> Result<(), StoreError> {
    forget_conversations(db, account)?;
    db.prepare_cached(
        "UPDATE history_imports SET state = ?, reason = ?, ended_at = ?, cursor = NULL WHERE account_id = ?",
    )?
    .execute((text(&state)?, reason.map(text).transpose()?, now.as_millis(), account.to_string()))?;
    events::account(db, InboxEventKind::HistoryImported, account, now)
}

fn forget_conversations(db: &Connection, account: AccountId) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM history_conversations WHERE account_id = ?")?
        .execute([account.to_string()])?;
    Ok(())
}

fn failed(
    db: &Connection,
    step: &HistoryStep,
    reason: &Reason,
    next: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(next) = next else {
        return end(db, step.account, HistoryState::Failed, Some(reason), now);
    };
    db.prepare_cached(
        "UPDATE history_imports SET attempts = attempts + 1, not_before = ?, reason = ? WHERE account_id = ?",
    )?
    .execute((next.as_millis(), text(reason)?, step.account.to_string()))?;
    Ok(())
}

fn keep(
    db: &Connection,
    step: &HistoryStep,
    page: &EventPage,
    bounds: HistoryBounds,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(account) = accounts::one(db, step.account)? else { return Ok(()) };
    let mut messages = 0_u32;
    for event in page.events.iter().filter(|event| event.account == account.platform_id) {
        messages += u32::from(matches!(
            event.kind,
            EventKind::MessageReceived { .. } | EventKind::MessageEchoed { .. }
        ));
        applying::read_back(db, &account, event, now)?;
    }
    for told in &page.profiles {
        let mut query =
            db.prepare_cached("SELECT 1 FROM contacts WHERE account_id = ? AND platform_id = ?")?;
        // Somebody of whom nothing was read is nobody of the inbox.
        if query.exists([&account.id.to_string(), &told.contact.id])? {
            let contact = contacts::save(db, account.id, &told.contact, now)?;
            errands::tell_more(db, contact, told)?;
        }
    }
    let ends = page.cursor.is_none() || page.cursor == step.cursor;
    match &step.conversation {
        None => keep_list(db, step.account, page, bounds, ends)?,
        Some(conversation) => keep_conversation(db, step, conversation, page, (messages, bounds, ends), now)?,
    }
    db.prepare_cached(
        "UPDATE history_imports SET attempts = 0, reason = NULL, messages = messages + ? WHERE account_id = ?",
    )?
    .execute((messages, step.account.to_string()))?;
    Ok(())
}

fn keep_list(
    db: &Connection,
    account: AccountId,
    page: &EventPage,
    bounds: HistoryBounds,
    ends: bool,
) -> Result<(), StoreError> {
    let id = account.to_string();
    let mut query = db.prepare_cached("SELECT found FROM history_imports WHERE account_id = ?")?;
    let mut found: u32 = query.query_row([&id], |row| row.get(0))?;
    let wanted = |listed: &&ListedConversation| match (listed.updated_at, bounds.oldest) {
        (Some(at), Some(oldest)) => at >= oldest,
        _ => true,
    };
    for listed in page.conversations.iter().filter(wanted) {
        if found >= bounds.conversations {
            break;
        }
        let mut insert = db.prepare_cached(
            "INSERT INTO history_conversations (account_id, place, platform_id, referrals) VALUES (?, ?, ?, ?)
             ON CONFLICT DO NOTHING",
        )?;
        let new = insert.execute((&id, found, &listed.id, text(&listed.referrals)?))?;
        found += u32::from(new == 1);
    }
    db.prepare_cached("UPDATE history_imports SET found = ?, cursor = ?, listed = ? WHERE account_id = ?")?
        .execute((found, &page.cursor, ends || found >= bounds.conversations, &id))?;
    Ok(())
}

fn keep_conversation(
    db: &Connection,
    step: &HistoryStep,
    conversation: &str,
    page: &EventPage,
    (messages, bounds, ends): (u32, HistoryBounds, bool),
    now: Timestamp,
) -> Result<(), StoreError> {
    let account = step.account.to_string();
    let mut update = db.prepare_cached(
        "UPDATE history_conversations SET cursor = :cursor, messages = messages + :messages
         WHERE account_id = :account AND platform_id = :conversation RETURNING messages, referrals",
    )?;
    let known = update
        .query_row(
            named_params! {
                ":cursor": page.cursor, ":messages": messages, ":account": account,
                ":conversation": conversation,
            },
            |row| Ok((row.get::<_, u32>("messages")?, json::<Vec<ListedReferral>>(row, "referrals")?)),
        )
        .optional()?;
    // It may have been erased meanwhile.
    let Some((read, listed)) = known else { return Ok(()) };
    if !ends && read < bounds.messages {
        return Ok(());
    }
    if let Some(place) = applying::known(db, step.account, conversation)? {
        for ListedReferral { referral, at, .. } in &listed {
            let earliest = at.unwrap_or(Timestamp::from_millis(i64::MIN));
            if erasure::was_erased(db, step.account, conversation, earliest)? {
                continue;
            }
            // Without a time it came at the latest when the conversation was last known to begin.
            let at = at.unwrap_or(now).min(now);
            referrals::keep(db, place, &Arrived { referral, at, message: None })?;
        }
    }
    db.prepare_cached("DELETE FROM history_conversations WHERE account_id = ? AND platform_id = ?")?
        .execute([&account, conversation])?;
    db.prepare_cached("UPDATE history_imports SET conversations = conversations + 1 WHERE account_id = ?")?
        .execute([&account])?;
    Ok(())
}

/// The conversation and the moment of an event, where it is one that reading back takes in.
pub(super) fn is_about(event: &Event) -> Option<(&str, Timestamp)> {
    match &event.kind {
        EventKind::MessageReceived { conversation, message, .. }
        | EventKind::MessageEchoed { conversation, message, .. } => Some((conversation, message.sent_at)),
        EventKind::ConversationRead { conversation, .. }
        | EventKind::MessageReacted { conversation, .. }
        | EventKind::CustomerReferred { conversation, .. } => Some((conversation, event.occurred_at)),
        _ => None,
    }
}
