//! Accounts, their credentials, and consents that were begun.

use async_trait::async_trait;
use connector_api::{Timestamp, capabilities::Reason};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Accounts, AuthorizedAccount, PendingAuthorization, SealedCredentials, SqliteStore, StoreError,
    StoredCredentials, consents, decisions, events, history, notices,
    rows::{id, json, name, optional_id, optional_json, optional_time, scope_text, text, time},
};
use crate::model::{Account, AccountId, AccountStatus, InboxEventKind, Scope};

#[async_trait]
impl Accounts for SqliteStore {
    async fn save_account(&self, account: AuthorizedAccount, now: Timestamp) -> Result<Account, StoreError> {
        self.writer.write(move |db| save(db, &account, now)).await
    }

    async fn remove_account(&self, id: AccountId, now: Timestamp) -> Result<bool, StoreError> {
        self.writer.write(move |db| remove(db, id, now)).await
    }

    async fn accounts(&self, scope: &Scope) -> Result<Vec<Account>, StoreError> {
        let scope = scope_text(scope)?;
        self.readers.read(move |db| all(db, scope.as_deref())).await
    }

    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        self.readers.read(move |db| one(db, id)).await
    }

    async fn credentials(&self, id: AccountId) -> Result<Option<StoredCredentials>, StoreError> {
        self.readers.read(move |db| credentials(db, id)).await
    }

    async fn begin_refresh(
        &self,
        id: AccountId,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writer.write(move |db| begin_refresh(db, id, version, now, until)).await
    }

    async fn finish_refresh(
        &self,
        id: AccountId,
        version: i64,
        credentials: SealedCredentials,
    ) -> Result<bool, StoreError> {
        self.writer.write(move |db| finish_refresh(db, id, version, &credentials)).await
    }

    async fn abandon_refresh(&self, id: AccountId, version: i64, until: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |db| abandon_refresh(db, id, version, until)).await
    }

    async fn needs_attention(
        &self,
        id: AccountId,
        reason: Reason,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| needs_attention(db, id, &reason, as_of, now)).await
    }

    async fn save_authorization(
        &self,
        state_hash: [u8; 32],
        pending: PendingAuthorization,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |db| save_authorization(db, &state_hash, &pending, expires_at)).await
    }

    async fn take_authorization(
        &self,
        state_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError> {
        self.writer.write(move |db| take_authorization(db, &state_hash, now)).await
    }
}

pub(super) fn save(db: &Connection, new: &AuthorizedAccount, now: Timestamp) -> Result<Account, StoreError> {
    let account = db.query_row(
        "INSERT INTO accounts (id, instance, platform_id, handle, display_name, status, missing_scopes,
                               credentials, credentials_version, access_expires_at, refresh_expires_at, authorized_at, created_at)
         VALUES (:id, :instance, :platform_id, :handle, :display_name, :status, :missing,
                 :credentials, 1, :access, :refresh, :now, :now)
         ON CONFLICT (instance, platform_id) DO UPDATE SET
            handle = ifnull(excluded.handle, handle),
            display_name = ifnull(excluded.display_name, display_name),
            status = excluded.status,
            attention = NULL,
            missing_scopes = excluded.missing_scopes,
            credentials = excluded.credentials,
            credentials_version = credentials_version + 1,
            access_expires_at = excluded.access_expires_at,
            refresh_expires_at = excluded.refresh_expires_at,
            refresh_lease_until = NULL,
            consent_told = NULL,
            authorized_at = excluded.authorized_at,
            profile_due = 0
         RETURNING *",
        named_params! {
            ":id": AccountId::generate().to_string(),
            ":instance": new.instance,
            ":platform_id": new.platform_id,
            ":handle": new.handle,
            ":display_name": new.display_name,
            ":status": text(&AccountStatus::Connected)?,
            ":missing": text(&new.missing_scopes)?,
            ":credentials": new.credentials.sealed,
            ":access": new.credentials.access_expires_at.map(Timestamp::as_millis),
            ":refresh": new.credentials.refresh_expires_at.map(Timestamp::as_millis),
            ":now": now.as_millis(),
        },
        from_row,
    )?;
    events::account(db, InboxEventKind::AccountConnected, account.id, now)?;
    history::begin(db, account.id, now)?;
    Ok(account)
}

/// The row stays, because conversations refer to it; a consent given again brings it back.
fn remove(db: &Connection, id: AccountId, now: Timestamp) -> Result<bool, StoreError> {
    let changed = db.execute(
        "UPDATE accounts SET status = :removed, attention = NULL, credentials = X'',
                credentials_version = credentials_version + 1, access_expires_at = NULL, refresh_expires_at = NULL,
                refresh_lease_until = NULL, consent_told = NULL
         WHERE id = :id AND status <> :removed",
        named_params! {":removed": text(&AccountStatus::Removed)?, ":id": id.to_string()},
    )?;
    if changed == 1 {
        decisions::give_up_all(db, id, now)?;
        events::account(db, InboxEventKind::AccountRemoved, id, now)?;
    }
    Ok(changed == 1)
}

pub(super) fn all(db: &Connection, scope: Option<&str>) -> Result<Vec<Account>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT * FROM accounts
         WHERE status <> 'removed' AND (:scope IS NULL OR id IN (SELECT value FROM json_each(:scope)))
         ORDER BY id",
    )?;
    let rows = query.query_map(named_params! {":scope": scope}, from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn one(db: &Connection, id: AccountId) -> Result<Option<Account>, StoreError> {
    let mut query = db.prepare_cached("SELECT * FROM accounts WHERE id = ?")?;
    Ok(query.query_row([id.to_string()], from_row).optional()?)
}

/// The account of `instance` that the platform knows by that id, and whether it can be acted for.
pub(super) fn by_platform_id(
    db: &Connection,
    instance: &str,
    platform_id: &str,
) -> Result<Option<(AccountId, AccountStatus)>, StoreError> {
    let mut query =
        db.prepare_cached("SELECT id, status FROM accounts WHERE instance = ? AND platform_id = ?")?;
    let row = query.query_row([instance, platform_id], |row| Ok((id(row, "id")?, name(row, "status")?)));
    Ok(row.optional()?)
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: id(row, "id")?,
        instance: row.get("instance")?,
        platform_id: row.get("platform_id")?,
        handle: row.get("handle")?,
        display_name: row.get("display_name")?,
        status: name(row, "status")?,
        attention: optional_json(row, "attention")?,
        missing_scopes: json(row, "missing_scopes")?,
        access_expires_at: optional_time(row, "access_expires_at")?,
        refresh_expires_at: optional_time(row, "refresh_expires_at")?,
        consent_ending: consents::is_ending(row)?,
        created_at: time(row, "created_at")?,
        paused: optional_json(row, "paused")?,
        withheld: notices::told_of(row)?,
        notices: json(row, "notices")?,
        avatar: optional_id(row, "avatar_media_id")?,
        profile_url: row.get("profile_url")?,
    })
}

pub(super) fn credentials(db: &Connection, id: AccountId) -> Result<Option<StoredCredentials>, StoreError> {
    let mut query = db.prepare_cached(
        "SELECT credentials, credentials_version, access_expires_at, refresh_expires_at
         FROM accounts WHERE id = ? AND status <> 'removed'",
    )?;
    let stored = query.query_row([id.to_string()], |row| {
        Ok(StoredCredentials {
            version: row.get("credentials_version")?,
            credentials: SealedCredentials {
                sealed: row.get("credentials")?,
                access_expires_at: optional_time(row, "access_expires_at")?,
                refresh_expires_at: optional_time(row, "refresh_expires_at")?,
            },
        })
    });
    Ok(stored.optional()?)
}

pub(super) fn begin_refresh(
    db: &Connection,
    id: AccountId,
    version: i64,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let changed = db.execute(
        "UPDATE accounts SET refresh_lease_until = :until
         WHERE id = :id AND credentials_version = :version AND ifnull(refresh_lease_until, 0) <= :now",
        named_params! {
            ":until": until.as_millis(),
            ":id": id.to_string(),
            ":version": version,
            ":now": now.as_millis(),
        },
    )?;
    Ok(changed == 1)
}

pub(super) fn finish_refresh(
    db: &Connection,
    id: AccountId,
    version: i64,
    new: &SealedCredentials,
) -> Result<bool, StoreError> {
    let changed = db.execute(
        "UPDATE accounts SET credentials = :sealed, credentials_version = credentials_version + 1,
                access_expires_at = :access, refresh_expires_at = :refresh, refresh_lease_until = NULL
         WHERE id = :id AND credentials_version = :version",
        named_params! {
            ":sealed": new.sealed,
            ":access": new.access_expires_at.map(Timestamp::as_millis),
            ":refresh": new.refresh_expires_at.map(Timestamp::as_millis),
            ":id": id.to_string(),
            ":version": version,
        },
    )?;
    Ok(changed == 1)
}

pub(super) fn abandon_refresh(
    db: &Connection,
    id: AccountId,
    version: i64,
    until: Timestamp,
) -> Result<(), StoreError> {
    db.execute(
        "UPDATE accounts SET refresh_lease_until = NULL
         WHERE id = :id AND credentials_version = :version AND refresh_lease_until = :until",
        named_params! {":id": id.to_string(), ":version": version, ":until": until.as_millis()},
    )?;
    Ok(())
}

pub(super) fn needs_attention(
    db: &Connection,
    id: AccountId,
    reason: &Reason,
    as_of: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    let changed = db.execute(
        "UPDATE accounts SET status = :status, attention = :reason
         WHERE id = :id AND authorized_at <= :as_of AND status <> 'removed'",
        named_params! {
            ":status": text(&AccountStatus::NeedsAttention)?,
            ":reason": text(reason)?,
            ":id": id.to_string(),
            ":as_of": as_of.as_millis(),
        },
    )?;
    if changed == 1 {
        events::account(db, InboxEventKind::AccountNeedsAttention, id, now)?;
    }
    Ok(())
}

pub(super) fn save_authorization(
    db: &Connection,
    state_hash: &[u8; 32],
    pending: &PendingAuthorization,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    db.execute(
        "INSERT INTO authorizations (state_hash, instance, redirect_uri, account, expires_at)
         VALUES (:hash, :instance, :redirect_uri, :account, :expires_at)",
        named_params! {
            ":hash": state_hash,
            ":instance": pending.instance,
            ":redirect_uri": pending.redirect_uri,
            ":account": pending.account,
            ":expires_at": expires_at.as_millis(),
        },
    )?;
    Ok(())
}

pub(super) fn take_authorization(
    db: &Connection,
    state_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<PendingAuthorization>, StoreError> {
    db.execute("DELETE FROM authorizations WHERE expires_at <= ?", [now.as_millis()])?;
    let mut take = db.prepare_cached("DELETE FROM authorizations WHERE state_hash = ? RETURNING *")?;
    let taken = take.query_row([state_hash], |row| {
        Ok(PendingAuthorization {
            instance: row.get("instance")?,
            redirect_uri: row.get("redirect_uri")?,
            account: row.get("account")?,
        })
    });
    Ok(taken.optional()?)
}
