//! API keys, by the hashes of their secrets.

use async_trait::async_trait;
use connector_api::Timestamp;

use super::StoreError;
use crate::model::{ApiKey, KeyId};

/// API keys, by the hashes of their secrets.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Adds an API key by the hash of its secret.
    async fn add_key(&self, key: ApiKey, hash: [u8; 32]) -> Result<(), StoreError>;
    /// The key of that hash, unless it was revoked.
    async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<ApiKey>, StoreError>;
    /// Every key that was not revoked.
    async fn keys(&self) -> Result<Vec<ApiKey>, StoreError>;
    /// Revokes a key; `false` where there is none.
    async fn revoke_key(&self, id: KeyId, now: Timestamp) -> Result<bool, StoreError>;
}
