//! Connected accounts, their credentials, and consents that were begun.

use async_trait::async_trait;
use connector_api::{Timestamp, capabilities::Reason};

use super::StoreError;
use crate::model::{Account, AccountId, Scope};

/// A freshly authorised account. Credentials are sealed by the caller.
#[derive(Debug, Clone)]
pub struct AuthorizedAccount {
    /// The instance.
    pub instance: String,
    /// The platform's id.
    pub platform_id: String,
    /// Names, where the platform told them.
    pub handle: Option<String>,
    /// As above.
    pub display_name: Option<String>,
    /// Permissions that the owner did not grant.
    pub missing_scopes: Vec<String>,
    /// Credentials and their ends.
    pub credentials: SealedCredentials,
}

/// Encrypted credentials, and what of them may be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCredentials {
    /// Encrypted.
    pub sealed: Vec<u8>,
    /// When the access token ends.
    pub access_expires_at: Option<Timestamp>,
    /// When a person has to consent again.
    pub refresh_expires_at: Option<Timestamp>,
}

/// Stored credentials and the version that a replacement has to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCredentials {
    /// Counts up with each replacement.
    pub version: i64,
    /// The credentials.
    pub credentials: SealedCredentials,
}

/// A consent that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingAuthorization {
    /// For which instance.
    pub instance: String,
    /// The way back that the platform was told.
    pub redirect_uri: String,
    /// The platform's id of the only account that may come of it; `None`: any.
    pub account: Option<String>,
}

/// Connected accounts, their credentials, and consents that were begun.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Adds an account, or gives a known one fresh credentials.
    async fn save_account(&self, account: AuthorizedAccount, now: Timestamp) -> Result<Account, StoreError>;
    /// Takes an account out: its credentials are gone and what it had still to send fails; its conversations stay. `false`
    /// where there is none, or not any more.
    async fn remove_account(&self, id: AccountId, now: Timestamp) -> Result<bool, StoreError>;
    /// The accounts of a scope but those that were taken out.
    async fn accounts(&self, scope: &Scope) -> Result<Vec<Account>, StoreError>;
    /// One account, also one that was taken out.
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError>;
    /// An account's credentials; none where it was taken out.
    async fn credentials(&self, id: AccountId) -> Result<Option<StoredCredentials>, StoreError>;
    /// Takes the right to renew the credentials of that version until `until`. `false` where another holds it, or
    /// the version is past.
    async fn begin_refresh(
        &self,
        id: AccountId,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Replaces the credentials of that version; `false` where the version is past. Ends the right to renew.
    async fn finish_refresh(
        &self,
        id: AccountId,
        version: i64,
        credentials: SealedCredentials,
    ) -> Result<bool, StoreError>;
    /// Gives the right to renew that was taken until `until` back without new credentials.
    async fn abandon_refresh(&self, id: AccountId, version: i64, until: Timestamp) -> Result<(), StoreError>;
    /// Marks an account as one that a person has to connect again, unless somebody has done so since `as_of`, the
    /// moment of which the reason speaks.
    async fn needs_attention(
        &self,
        id: AccountId,
        reason: Reason,
        as_of: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Remembers a consent that was begun, by the hash of its one-time state.
    async fn save_authorization(
        &self,
        state_hash: [u8; 32],
        pending: PendingAuthorization,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Takes a begun consent out; once, and only before its end.
    async fn take_authorization(
        &self,
        state_hash: [u8; 32],
        now: Timestamp,
    ) -> Result<Option<PendingAuthorization>, StoreError>;
}
