//! Browsers that gave a key and got a cookie, by the hash of that.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::StoreError;
use crate::model::{ApiKey, KeyId};

/// A browser that may act with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The key that it gave.
    pub key: KeyId,
    /// Its last request of which it is known.
    pub used_at: Timestamp,
    /// When it ends, whatever it does.
    pub ends_at: Timestamp,
}

/// Browsers that gave a key and got a cookie, by the hash of that.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Adds a session.
    async fn add_session(&self, session: Session, hash: [u8; 32]) -> Result<(), StoreError>;
    /// The session of that hash with its key, unless it has ended by `now`, was last used before `idle_since`, or its key
    /// was revoked.
    async fn session(
        &self,
        hash: [u8; 32],
        now: Timestamp,
        idle_since: Timestamp,
    ) -> Result<Option<(Session, ApiKey)>, StoreError>;
    /// Writes down that a session was used.
    async fn touch_session(&self, hash: [u8; 32], now: Timestamp) -> Result<(), StoreError>;
    /// Ends a session; `false` where there is none.
    async fn end_session(&self, hash: [u8; 32]) -> Result<bool, StoreError>;
}
