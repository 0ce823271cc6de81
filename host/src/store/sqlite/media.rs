//! Rows of files.

use async_trait::async_trait;
use connector_api::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params};

use super::{
    Media, MediaPast, SqliteStore, StoreError, media_fetches,
    rows::{id, name, text, time},
};
use crate::model::{
    AccountId, ConversationId, MediumId, MediumState, MessageId, MessageMedium, PixelSize, StoredMedium,
};

#[async_trait]
impl Media for SqliteStore {
    async fn keep_medium(&self, medium: StoredMedium) -> Result<StoredMedium, StoreError> {
        self.writer.write(move |db| keep(db, &medium)).await
    }

    async fn medium(&self, id: MediumId) -> Result<Option<StoredMedium>, StoreError> {
        self.readers.read(move |db| kept(db, id)).await
    }

    async fn uploaded_as(&self, medium: MediumId, now: Timestamp) -> Result<Option<String>, StoreError> {
        self.readers.read(move |db| uploaded_as(db, medium, now)).await
    }

    async fn keep_upload(
        &self,
        medium: MediumId,
        platform_id: String,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| keep_upload(db, medium, &platform_id, expires_at)).await
    }

    async fn hand_over(&self, message: MessageId) -> Result<(), StoreError> {
        self.writer.write(move |db| media_fetches::hand_over(db, message, true)).await
    }

    async fn expire_media(&self, past: MediaPast, limit: u32) -> Result<Vec<StoredMedium>, StoreError> {
        self.writer.write(move |db| expire(db, past, limit)).await
    }

    async fn media_removed(&self, media: Vec<MediumId>) -> Result<(), StoreError> {
        let removed = "media WHERE state = 'removing' AND id";
        self.writer.write(move |db| media.iter().try_for_each(|id| delete(db, removed, *id))).await
    }

    async fn medium_lost(&self, medium: MediumId) -> Result<(), StoreError> {
        self.writer.write(move |db| take_out(db, medium)).await
    }

    async fn media_after(
        &self,
        after: Option<MediumId>,
        limit: u32,
    ) -> Result<Vec<StoredMedium>, StoreError> {
        self.readers.read(move |db| page(db, after, limit)).await
    }

    async fn media_without_row(&self, media: Vec<MediumId>) -> Result<Vec<MediumId>, StoreError> {
        self.readers.read(move |db| without_row(db, media)).await
    }

    async fn forget_media_of(&self, conversation: ConversationId) -> Result<u32, StoreError> {
        self.writer.write(move |db| forget_of(db, conversation)).await
    }
}

fn keep(db: &Connection, medium: &StoredMedium) -> Result<StoredMedium, StoreError> {
    let mut insert = db.prepare_cached(
        "INSERT INTO media (id, account_id, sha256, kind, mime, bytes, width, height, name, origin, state, used,
                            kept_from, created_at)
         VALUES (:id, :account, :sha256, :kind, :mime, :bytes, :width, :height, :name, :origin, 'kept', 0, :at, :at)
         ON CONFLICT (account_id, sha256) WHERE state = 'kept'
            DO UPDATE SET kept_from = max(kept_from, excluded.kept_from)
         RETURNING *",
    )?;
    let row = named_params! {
        ":id": medium.id.to_string(),
        ":account": medium.account.to_string(),
        ":sha256": medium.sha256,
        ":kind": medium.kind,
        ":mime": medium.mime,
        ":bytes": i64::try_from(medium.bytes).unwrap_or(i64::MAX),
        ":width": medium.size.map(|size| size.width),
        ":height": medium.size.map(|size| size.height),
        ":name": medium.name,
        ":origin": text(&medium.origin)?,
        ":at": medium.created_at.as_millis(),
    };
    Ok(insert.query_row(row, from_row)?)
}

pub(super) fn kept(db: &Connection, id: MediumId) -> Result<Option<StoredMedium>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM media WHERE id = ? AND state = 'kept'")?;
    Ok(query.query_row([id.to_string()], from_row).optional()?)
}

/// A file of an account as the medium of a message.
pub(super) fn ready(
    db: &Connection,
    id: MediumId,
    account: AccountId,
) -> Result<Option<MessageMedium>, StoreError> {
    let medium = kept(db, id)?.filter(|medium| medium.account == account);
    Ok(medium.map(|medium| MessageMedium { state: MediumState::Ready, medium: Some(medium), reason: None }))
}

fn uploaded_as(db: &Connection, medium: MediumId, now: Timestamp) -> Result<Option<String>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT platform_id FROM media_uploads WHERE media_id = ? AND expires_at > ?")?;
    Ok(query.query_row((medium.to_string(), now.as_millis()), |row| row.get(0)).optional()?)
}

fn keep_upload(
    db: &Connection,
    medium: MediumId,
    platform_id: &str,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO media_uploads (media_id, platform_id, expires_at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET platform_id = excluded.platform_id, expires_at = excluded.expires_at",
    )?;
    upsert.execute((medium.to_string(), platform_id, expires_at.as_millis()))?;
    Ok(())
}

fn delete(db: &Connection, what: &str, medium: MediumId) -> Result<(), StoreError> {
    db.prepare_cached(&format!("DELETE FROM {what} = ?"))?.execute([medium.to_string()])?;
    Ok(())
}

fn expire(db: &Connection, past: MediaPast, limit: u32) -> Result<Vec<StoredMedium>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT m.id FROM media m WHERE m.state = 'kept'
           AND ((m.used = 0 AND m.kept_from < :unused) OR (m.used = 1 AND m.kept_from < :used))
           AND NOT EXISTS (SELECT 1 FROM message_media l JOIN messages w ON w.id = l.message_id
                           WHERE l.media_id = m.id AND w.status IN ('queued', 'sending', 'uncertain'))
           AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.avatar_media_id = m.id)
           AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.avatar_media_id = m.id)
         LIMIT :limit",
    )?;
    let parameters = named_params! {
        ":unused": past.unused.as_millis(),
        ":used": past.used.as_millis(),
        ":limit": limit,
    };
    let over = query.query_map(parameters, |row| id(row, "id"))?.collect::<Result<Vec<MediumId>, _>>()?;
    over.into_iter().try_for_each(|medium| take_out(db, medium))?;
    let mut query = db.prepare_cached("SELECT * FROM media WHERE state = 'removing' LIMIT ?")?;
    let removing = query.query_map([limit], from_row)?;
    Ok(removing.collect::<Result<_, _>>()?)
}

/// From now on it is in no message, and nobody finds it.
fn take_out(db: &Connection, medium: MediumId) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE message_media SET media_id = NULL, state = ? WHERE media_id = ?")?
        .execute([text(&MediumState::Expired)?, medium.to_string()])?;
    delete(db, "media_uploads WHERE media_id", medium)?;
    for table in ["contacts", "accounts"] {
        let without = format!("UPDATE {table} SET avatar_media_id = NULL WHERE avatar_media_id = ?");
        db.prepare_cached(&without)?.execute([medium.to_string()])?;
    }
    db.prepare_cached("UPDATE media SET state = 'removing' WHERE id = ?")?.execute([medium.to_string()])?;
    Ok(())
}

fn page(db: &Connection, after: Option<MediumId>, limit: u32) -> Result<Vec<StoredMedium>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT * FROM media WHERE state = 'kept' AND id > ? ORDER BY id LIMIT ?")?;
    let after = after.map(|after| after.to_string()).unwrap_or_default();
    let rows = query.query_map((after, limit), from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn without_row(db: &Connection, mut media: Vec<MediumId>) -> Result<Vec<MediumId>, StoreError> {
    let mut query = db.prepare_cached("SELECT 1 FROM media WHERE id = ?")?;
    let known = media.iter().map(|id| query.exists([id.to_string()])).collect::<Result<Vec<_>, _>>()?;
    let mut known = known.into_iter();
    media.retain(|_| known.next() == Some(false));
    Ok(media)
}

/// Has the files of a conversation removed, but for those that another one has too.
fn forget_of(db: &Connection, conversation: ConversationId) -> Result<u32, StoreError> {
    forget_in(db, "(SELECT ?1)", &conversation.to_string())
}

/// Before a contact's messages are deleted: has their files removed, but for those that another contact has too.
pub(super) fn forget_of_contact(db: &Connection, row: i64) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT avatar_media_id AS id FROM contacts c WHERE c.id = ?1 AND avatar_media_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM contacts o WHERE o.avatar_media_id = c.avatar_media_id AND o.id <> ?1)
           AND NOT EXISTS (SELECT 1 FROM accounts a WHERE a.avatar_media_id = c.avatar_media_id)
           AND NOT EXISTS (SELECT 1 FROM message_media l JOIN messages w ON w.id = l.message_id
                           JOIN conversations v ON v.id = w.conversation_id
                           WHERE l.media_id = c.avatar_media_id AND v.contact_id <> ?1)",
    )?;
    let avatar: Option<MediumId> = query.query_row([row], |row| id(row, "id")).optional()?;
    avatar.map_or(Ok(()), |avatar| take_out(db, avatar))?;
    forget_in(db, "(SELECT id FROM conversations WHERE contact_id = ?1)", &row)
}

fn forget_in(db: &Connection, conversations: &str, whose: &dyn ToSql) -> Result<u32, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT DISTINCT l.media_id AS id FROM message_media l JOIN messages m ON m.id = l.message_id
         WHERE m.conversation_id IN {conversations} AND l.media_id IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM message_media o JOIN messages w ON w.id = o.message_id
                           WHERE o.media_id = l.media_id AND w.conversation_id NOT IN {conversations})"
    ))?;
    let media = query.query_map([whose], |row| id(row, "id"))?.collect::<Result<Vec<MediumId>, _>>()?;
    media.iter().try_for_each(|medium| take_out(db, *medium))?;
    Ok(u32::try_from(media.len()).unwrap_or(u32::MAX))
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<StoredMedium> {
    let size: (Option<u32>, Option<u32>) = (row.get("width")?, row.get("height")?);
    Ok(StoredMedium {
        id: id(row, "id")?,
        account: id(row, "account_id")?,
        sha256: row.get("sha256")?,
        kind: row.get("kind")?,
        mime: row.get("mime")?,
        bytes: row.get::<_, i64>("bytes")?.unsigned_abs(),
        size: size.0.zip(size.1).map(|(width, height)| PixelSize { width, height }),
        name: row.get("name")?,
        origin: name(row, "origin")?,
        created_at: time(row, "created_at")?,
    })
}
