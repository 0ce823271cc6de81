//! The medium of a message: written down with it, fetched later.

use async_trait::async_trait;
use connector_api::{Content, Medium, Timestamp, capabilities::Reason};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    FetchOutcome, MediaFetch, MediaFetches, SqliteStore, StoreError, conversations, events, media,
    rows::{id, json, name, optional_id, optional_json, optional_time, text, time},
};
use crate::model::{AccountId, InboxEventKind, MediumId, MediumState, Message, MessageId, MessageMedium};

#[async_trait]
impl MediaFetches for SqliteStore {
    async fn media_due(
        &self,
        instance: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<MediaFetch>, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| due(db, &instance, now, limit)).await
    }

    async fn next_media_fetch(
        &self,
        instance: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| next(db, &instance, now)).await
    }

    async fn record_fetch(
        &self,
        message: MessageId,
        outcome: FetchOutcome,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| record(db, message, &outcome, now)).await
    }

    async fn fetch_again(&self, message: MessageId, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |db| again(db, message, now)).await
    }
}

/// The medium of a message, where it has one.
pub(super) fn of(db: &Connection, message: MessageId) -> Result<Option<MessageMedium>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT state, media_id, reason FROM message_media WHERE message_id = ?")?;
    let found = query.query_row([message.to_string()], |row| {
        Ok((name(row, "state")?, optional_id(row, "media_id")?, optional_json(row, "reason")?))
    });
    let Some((state, id, reason)): Option<(_, Option<MediumId>, _)> = found.optional()? else {
        return Ok(None);
    };
    let medium = id.map_or(Ok(None), |id| media::kept(db, id))?;
    Ok(Some(MessageMedium { state, medium, reason }))
}

/// Writes down, with a new message, which medium it has, or that it is to be fetched.
pub(super) fn begin(db: &Connection, message: &Message) -> Result<(), StoreError> {
    let medium = message.medium.as_ref().and_then(|medium| medium.medium.as_ref()).map(|medium| medium.id);
    let state = match (medium, brought(&message.content)) {
        (Some(_), _) => MediumState::Ready,
        (None, Some(_)) => MediumState::Pending,
        (None, None) => return Ok(()),
    };
    let mut insert = db.prepare_cached(
        "INSERT INTO message_media (message_id, media_id, state, began_at) VALUES (:id, :medium, :state, :at)",
    )?;
    insert.execute(named_params! {
        ":id": message.id.to_string(),
        ":medium": medium.map(|id| id.to_string()),
        ":state": text(&state)?,
        ":at": message.created_at.as_millis(),
    })?;
    medium.map_or(Ok(()), |medium| used(db, medium, message.created_at))
}

/// The medium that a message brought, where the channel says how to get it.
fn brought(content: &Content) -> Option<&Medium> {
    content.medium().filter(|medium| medium.media_id.is_some() || medium.url.is_some())
}

fn used(db: &Connection, medium: MediumId, at: Timestamp) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE media SET used = 1, kept_from = max(kept_from, ?) WHERE id = ?")?
        .execute((at.as_millis(), medium.to_string()))?;
    Ok(())
}

/// Whether a message that is marked as being sent has not got further than giving its medium to the platform.
pub(super) fn is_only_uploading(db: &Connection, message: MessageId) -> Result<bool, StoreError> {
    let mut query =
        db.prepare_cached("SELECT 1 FROM message_media WHERE message_id = ? AND handed_over = 0")?;
    Ok(query.exists([message.to_string()])?)
}

/// Remembers whether the connector may have sent the message with its medium.
pub(super) fn hand_over(db: &Connection, message: MessageId, handed_over: bool) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE message_media SET handed_over = ? WHERE message_id = ?")?
        .execute((handed_over, message.to_string()))?;
    Ok(())
}

/// The platform refused the message: the next one with its medium gives that to the platform anew.
pub(super) fn forget_upload(db: &Connection, message: MessageId) -> Result<(), StoreError> {
    db.prepare_cached(
        "DELETE FROM media_uploads WHERE media_id = (SELECT media_id FROM message_media WHERE message_id = ?)",
    )?
    .execute([message.to_string()])?;
    Ok(())
}

/// `CROSS JOIN` keeps SQLite from beginning with the accounts and reading all their messages.
const PENDING: &str = "FROM message_media l CROSS JOIN messages m ON m.id = l.message_id
     JOIN conversations c ON c.id = m.conversation_id JOIN accounts a ON a.id = c.account_id
     WHERE l.state = 'pending' AND a.instance = :instance AND a.status = 'connected'";

fn due(db: &Connection, instance: &str, now: Timestamp, limit: u32) -> Result<Vec<MediaFetch>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT l.message_id, m.platform_id AS message_platform_id, c.platform_id, c.account_id, m.content, l.attempts,
                l.began_at
         {PENDING} AND l.not_before <= :now ORDER BY l.not_before, l.message_id LIMIT :limit"
    ))?;
    let parameters = named_params! {":instance": instance, ":now": now.as_millis(), ":limit": limit};
    let rows = query.query_map(parameters, |row| {
        let content: Content = json(row, "content")?;
        let Some(medium) = brought(&content).cloned() else { return Ok(None) };
        Ok(Some(MediaFetch {
            message: id(row, "message_id")?,
            message_platform_id: row.get::<_, Option<String>>("message_platform_id")?.unwrap_or_default(),
            conversation_platform_id: row.get("platform_id")?,
            account: id(row, "account_id")?,
            medium,
            content_kind: content.kind().to_owned(),
            attempts: row.get("attempts")?,
            began_at: time(row, "began_at")?,
        }))
    })?;
    rows.filter_map(Result::transpose).map(|row| Ok(row?)).collect()
}

fn next(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let mut query =
        db.prepare_cached(&format!("SELECT min(l.not_before) AS at {PENDING} AND l.not_before > :now"))?;
    let parameters = named_params! {":instance": instance, ":now": now.as_millis()};
    Ok(query.query_row(parameters, |row| optional_time(row, "at"))?)
}

fn record(
    db: &Connection,
    message: MessageId,
    outcome: &FetchOutcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (state, medium, reason, not_before) = match outcome {
        // What is to be removed by now is fetched once more.
        FetchOutcome::Ready(medium) => match media::kept(db, *medium)? {
            Some(_) => (MediumState::Ready, Some(*medium), None, None),
            None => (MediumState::Pending, None, None, Some(now)),
        },
        FetchOutcome::Retry { not_before, reason } => {
            (MediumState::Pending, None, Some(reason), Some(*not_before))
        }
        FetchOutcome::Failed { reason } => (MediumState::Failed, None, Some(reason), None),
    };
    let mut update = db.prepare_cached(
        "UPDATE message_media SET state = :state, media_id = :medium, reason = :reason, attempts = attempts + 1,
                not_before = ifnull(:not_before, not_before)
         WHERE message_id = :message AND state = 'pending'",
    )?;
    let changed = update.execute(named_params! {
        ":state": text(&state)?,
        ":medium": medium.map(|id| id.to_string()),
        ":reason": reason.map(text::<Reason>).transpose()?,
        ":not_before": not_before.map(Timestamp::as_millis),
        ":message": message.to_string(),
    })?;
    // It may have been erased meanwhile.
    if changed == 0 || state == MediumState::Pending {
        return Ok(());
    }
    medium.map_or(Ok(()), |medium| used(db, medium, now))?;
    tell(db, message, now)
}

/// Tells listeners that the medium is there, or is given up.
fn tell(db: &Connection, message: MessageId, now: Timestamp) -> Result<(), StoreError> {
    let Some(message) = conversations::message(db, message)? else { return Ok(()) };
    let mut query = db.prepare_cached("SELECT account_id FROM conversations WHERE id = ?")?;
    let account: AccountId =
        query.query_row([message.conversation.to_string()], |row| id(row, "account_id"))?;
    events::message(db, InboxEventKind::MessageMedia, account, &message, message.status, now)
}

fn again(db: &Connection, message: MessageId, now: Timestamp) -> Result<bool, StoreError> {
    let Some(stored) = conversations::message(db, message)? else { return Ok(false) };
    if brought(&stored.content).is_none() {
        return Ok(false);
    }
    let mut update = db.prepare_cached(
        "UPDATE message_media SET state = 'pending', attempts = 0, not_before = :now, began_at = :now
         WHERE message_id = :message AND state <> 'ready'",
    )?;
    let parameters = named_params! {":now": now.as_millis(), ":message": message.to_string()};
    Ok(update.execute(parameters)? == 1)
}
