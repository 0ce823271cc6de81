//! Profiles and read marks that are due. What is due stands in the row that it is about, so that what arrives writes no
//! other row for it.

use async_trait::async_trait;
use connector_api::{AccountProfile, Contact as ChannelContact, ContactProfile, Timestamp};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::{
    DueAccount, DueContact, DueReadMark, Errands, SqliteStore, StoreError, contacts,
    rows::{id, optional_time, time},
    withheld,
};
use crate::model::{AccountId, ContactId, ConversationId, MediumId};

#[async_trait]
impl Errands for SqliteStore {
    async fn due_contact(&self, instance: &str, now: Timestamp) -> Result<Option<DueContact>, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| due_contact(db, &instance, now)).await
    }

    async fn keep_contact_profile(
        &self,
        contact: ContactId,
        told: ContactProfile,
        avatar: Option<MediumId>,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| keep_contact(db, contact, &told, avatar, next)).await
    }

    async fn postpone_contact(&self, contact: ContactId, next: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "UPDATE contacts SET profile_due = ?, profile_attempts = profile_attempts + 1
                   WHERE public_id = ?";
        self.writer.write(move |db| execute(db, sql, (millis(next), contact.to_string()))).await
    }

    async fn drop_due_contacts(&self, instance: &str) -> Result<(), StoreError> {
        let instance = instance.to_owned();
        let sql = "UPDATE contacts SET profile_due = NULL WHERE profile_due IS NOT NULL
                     AND account_id IN (SELECT id FROM accounts WHERE instance = ?)";
        self.writer.write(move |db| execute(db, sql, [&instance])).await
    }

    async fn due_account(&self, instance: &str, now: Timestamp) -> Result<Option<DueAccount>, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| due_account(db, &instance, now)).await
    }

    async fn keep_account_profile(
        &self,
        account: AccountId,
        told: AccountProfile,
        avatar: Option<MediumId>,
        next: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| keep_account(db, account, &told, avatar, next)).await
    }

    async fn postpone_account(&self, account: AccountId, next: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "UPDATE accounts SET profile_due = ?, profile_attempts = profile_attempts + 1 WHERE id = ?";
        self.writer.write(move |db| execute(db, sql, (millis(next), account.to_string()))).await
    }

    async fn want_read_mark(&self, conversation: ConversationId, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE conversations SET mark_read_due = ?, mark_read_attempts = 0 WHERE id = ?";
        self.writer.write(move |db| execute(db, sql, (now.as_millis(), conversation.to_string()))).await
    }

    async fn due_read_mark(&self, instance: &str, now: Timestamp) -> Result<Option<DueReadMark>, StoreError> {
        let instance = instance.to_owned();
        self.readers.read(move |db| due_read_mark(db, &instance, now)).await
    }

    async fn settle_read_mark(&self, mark: DueReadMark, next: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "UPDATE conversations SET mark_read_due = ?, mark_read_attempts = mark_read_attempts + 1
                   WHERE id = ? AND mark_read_due = ?";
        let (conversation, due) = (mark.conversation.to_string(), mark.due.as_millis());
        self.writer.write(move |db| execute(db, sql, (millis(next), conversation, due))).await
    }

    async fn next_errand(&self, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let instance = instance.to_owned();
        self.readers
            .read(move |db| {
                let next = [next(db, &instance, now)?, withheld::next(db, &instance, now)?];
                Ok(next.into_iter().flatten().min())
            })
            .await
    }
}

fn execute(db: &Connection, sql: &str, parameters: impl rusqlite::Params) -> Result<(), StoreError> {
    db.prepare_cached(sql)?.execute(parameters)?;
    Ok(())
}

fn millis(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::as_millis)
}

/// Accounts of an instance that can be acted for.
const OF_INSTANCE: &str = "(SELECT id FROM accounts WHERE instance = :instance AND status = 'connected')";

fn due_contact(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<DueContact>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT p.public_id, p.account_id, p.profile_attempts, iif(p.avatar_media_id IS NULL, p.avatar_url, NULL) AS url,
                (SELECT c.platform_id FROM conversations c WHERE c.contact_id = p.id
                 ORDER BY c.last_message_at DESC LIMIT 1) AS conversation
         FROM contacts p
         WHERE p.profile_due IS NOT NULL AND p.profile_due <= :now AND p.account_id IN {OF_INSTANCE}
           AND EXISTS (SELECT 1 FROM conversations c WHERE c.contact_id = p.id)
         ORDER BY p.profile_due LIMIT 1"
    ))?;
    let found = query.query_row(named_params! {":instance": instance, ":now": now.as_millis()}, |row| {
        Ok(DueContact {
            contact: id(row, "public_id")?,
            account: id(row, "account_id")?,
            conversation_platform_id: row.get("conversation")?,
            picture_url: row.get("url")?,
            attempts: row.get("profile_attempts")?,
        })
    });
    Ok(found.optional()?)
}

fn keep_contact(
    db: &Connection,
    contact: ContactId,
    told: &ContactProfile,
    avatar: Option<MediumId>,
    next: Option<Timestamp>,
) -> Result<(), StoreError> {
    let Some(known) = contacts::one(db, contact)? else {
        return Ok(());
    };
    let names = ChannelContact::new(known.platform_id)
        .with_handle(told.contact.handle.clone())
        .with_display_name(told.contact.display_name.clone());
    let row = contacts::save(db, known.account, &names, known.created_at)?;
    tell_more(db, row, told)?;
    let mut update = db.prepare_cached(
        "UPDATE contacts SET avatar_media_id = ifnull(:avatar, avatar_media_id), profile_due = :next,
                profile_attempts = profile_attempts + 1
         WHERE id = :id",
    )?;
    update.execute(named_params! {
        ":avatar": avatar.map(|id| id.to_string()), ":next": millis(next), ":id": row,
    })?;
    Ok(())
}

/// Keeps what is told of a contact beside the names.
pub(super) fn tell_more(db: &Connection, contact: i64, told: &ContactProfile) -> Result<(), StoreError> {
    execute(
        db,
        "UPDATE contacts SET avatar_url = ifnull(?, avatar_url), follows = ifnull(?, follows) WHERE id = ?",
        (&told.picture_url, told.follows, contact),
    )
}

fn due_account(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<DueAccount>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT id, profile_attempts FROM accounts
         WHERE instance = ? AND status = 'connected' AND profile_due <= ? ORDER BY profile_due LIMIT 1",
    )?;
    let found = query.query_row((instance, now.as_millis()), |row| {
        Ok(DueAccount { account: id(row, "id")?, attempts: row.get("profile_attempts")? })
    });
    Ok(found.optional()?)
}

fn keep_account(
    db: &Connection,
    account: AccountId,
    told: &AccountProfile,
    avatar: Option<MediumId>,
    next: Option<Timestamp>,
) -> Result<(), StoreError> {
    let mut update = db.prepare_cached(
        "UPDATE accounts SET handle = ifnull(:handle, handle), display_name = ifnull(:name, display_name),
                profile_url = ifnull(:url, profile_url), avatar_media_id = ifnull(:avatar, avatar_media_id),
                profile_due = :next, profile_attempts = iif(:without_picture, profile_attempts + 1, 0)
         WHERE id = :id",
    )?;
    update.execute(named_params! {
        ":handle": told.handle, ":name": told.display_name, ":url": told.profile_url,
        ":without_picture": told.picture_url.is_some() && avatar.is_none(),
        ":avatar": avatar.map(|id| id.to_string()), ":next": millis(next), ":id": account.to_string(),
    })?;
    Ok(())
}

fn due_read_mark(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<DueReadMark>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT id, mark_read_due, mark_read_attempts FROM conversations
         WHERE mark_read_due IS NOT NULL AND mark_read_due <= :now AND account_id IN {OF_INSTANCE}
         ORDER BY mark_read_due LIMIT 1"
    ))?;
    let found = query.query_row(named_params! {":instance": instance, ":now": now.as_millis()}, |row| {
        Ok(DueReadMark {
            conversation: id(row, "id")?,
            due: time(row, "mark_read_due")?,
            attempts: row.get("mark_read_attempts")?,
        })
    });
    Ok(found.optional()?)
}

fn next(db: &Connection, instance: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let mut query = db.prepare_cached(&format!(
        "SELECT min(at) AS at FROM (
            SELECT min(profile_due) AS at FROM contacts
            WHERE profile_due IS NOT NULL AND profile_due > :now AND account_id IN {OF_INSTANCE}
            UNION ALL
            SELECT min(profile_due) FROM accounts WHERE profile_due > :now AND id IN {OF_INSTANCE}
            UNION ALL
            SELECT min(mark_read_due) FROM conversations
            WHERE mark_read_due IS NOT NULL AND mark_read_due > :now AND account_id IN {OF_INSTANCE})"
    ))?;
    let parameters = named_params! {":instance": instance, ":now": now.as_millis()};
    Ok(query.query_row(parameters, |row| optional_time(row, "at"))?)
}
