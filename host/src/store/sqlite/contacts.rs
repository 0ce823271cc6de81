//! The people who write.

use async_trait::async_trait;
use connector_api::{Contact as ChannelContact, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Contacts, Cursor, Erased, Page, SqliteStore, StoreError, erasure, referrals,
    rows::{cursor, id, optional_id, paged, referred, scope_text, time},
    search,
};
use crate::model::{AccountId, Contact, ContactId, ConversationId, ConversationReferral, Scope};

#[async_trait]
impl Contacts for SqliteStore {
    async fn contacts(
        &self,
        scope: &Scope,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page<Contact>, StoreError> {
        let scope = scope_text(scope)?;
        self.readers.read(move |db| page(db, scope.as_deref(), after.as_ref(), limit)).await
    }

    async fn contact(&self, id: ContactId) -> Result<Option<Contact>, StoreError> {
        self.readers.read(move |db| one(db, id)).await
    }

    async fn referrals(
        &self,
        conversation: ConversationId,
        limit: u32,
    ) -> Result<Vec<ConversationReferral>, StoreError> {
        self.readers.read(move |db| referrals::of_conversation(db, conversation, limit)).await
    }

    async fn erase_contact(&self, id: ContactId, now: Timestamp) -> Result<Erased, StoreError> {
        erasure::erase(self, id, now).await
    }
}

pub(super) fn page(
    db: &Connection,
    scope: Option<&str>,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Page<Contact>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM contacts
         WHERE (:at IS NULL OR (created_at, public_id) < (:at, :id))
           AND (:scope IS NULL OR account_id IN (SELECT value FROM json_each(:scope)))
         ORDER BY created_at DESC, public_id DESC LIMIT :limit",
    )?;
    let rows = query.query_map(
        named_params! {
            ":at": after.map(|c| c.at.as_millis()),
            ":id": after.map(|c| c.id.to_string()),
            ":scope": scope,
            ":limit": i64::from(limit) + 1,
        },
        from_row,
    )?;
    Ok(paged(rows.collect::<Result<_, _>>()?, limit, |contact: &Contact| {
        cursor(contact.created_at, contact.id.0)
    }))
}

pub(super) fn one(db: &Connection, id: ContactId) -> Result<Option<Contact>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM contacts WHERE public_id = ?")?;
    Ok(query.query_row([id.to_string()], from_row).optional()?)
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact {
        id: id(row, "public_id")?,
        account: id(row, "account_id")?,
        platform_id: row.get("platform_id")?,
        handle: row.get("handle")?,
        display_name: row.get("display_name")?,
        avatar_url: row.get("avatar_url")?,
        avatar: optional_id(row, "avatar_media_id")?,
        follows: row.get("follows")?,
        referral: referred(row, "referral", "referred_at")?,
        created_at: time(row, "created_at")?,
    })
}

/// The contact in a row of conversations.
pub(super) fn of_conversation(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact {
        id: id(row, "contact_public_id")?,
        account: id(row, "account_id")?,
        platform_id: row.get("contact_platform_id")?,
        handle: row.get("handle")?,
        display_name: row.get("display_name")?,
        avatar_url: row.get("avatar_url")?,
        avatar: optional_id(row, "avatar_media_id")?,
        follows: row.get("follows")?,
        referral: referred(row, "contact_referral", "contact_referred_at")?,
        created_at: time(row, "contact_created_at")?,
    })
}

/// The row of a contact, new where they were not known, with what is told about them now.
pub(super) fn save(
    db: &Connection,
    account: AccountId,
    told: &ChannelContact,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let known = "SELECT id, (:handle IS NULL OR handle IS :handle)
                        AND (:display_name IS NULL OR display_name IS :display_name) AS same
                 FROM contacts WHERE account_id = :account AND platform_id = :platform_id";
    let account_text = account.to_string();
    let known: Option<(i64, bool)> = db
        .prepare_cached(known)?
        .query_row(
            named_params! {
                ":account": account_text, ":platform_id": told.id,
                ":handle": told.handle, ":display_name": told.display_name,
            },
            |row| Ok((row.get("id")?, row.get("same")?)),
        )
        .optional()?;
    if let Some((contact, true)) = known {
        return Ok(contact);
    }
    let mut upsert = db.prepare_cached(
        "INSERT INTO contacts (public_id, account_id, platform_id, handle, display_name, created_at)
         VALUES (:id, :account, :platform_id, :handle, :display_name, :now)
         ON CONFLICT (account_id, platform_id) DO UPDATE SET
            handle = ifnull(excluded.handle, handle), display_name = ifnull(excluded.display_name, display_name)
         RETURNING id",
    )?;
    let contact = upsert.query_row(
        named_params! {
            ":id": ContactId::generate().to_string(),
            ":account": account_text,
            ":platform_id": told.id,
            ":handle": told.handle,
            ":display_name": told.display_name,
            ":now": now.as_millis(),
        },
        |row| row.get(0),
    )?;
    search::name_contact(db, contact, now)?;
    Ok(contact)
}
