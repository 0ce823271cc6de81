//! API keys: a random secret that is shown once; only its hash is kept.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use connector_api::{Secret, Timestamp};
use sha2::{Digest, Sha256};

use crate::{
    model::{ApiKey, KeyId, Role, Scope},
    store::{Store, StoreError},
};

/// What every key begins with, so that people and scanners recognise one.
const PREFIX: &str = "jk_";

/// Why a key could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system has no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

/// Makes a key. Its secret is returned here and nowhere else.
///
/// # Errors
/// Where it cannot be made or stored.
pub async fn create(
    store: &dyn Store,
    name: &str,
    role: Role,
    scope: Scope,
    now: Timestamp,
) -> Result<(ApiKey, Secret), KeyError> {
    let secret = secret(PREFIX)?;
    let key = ApiKey { id: KeyId::generate(), name: name.to_owned(), role, scope, created_at: now };
    store.add_key(key.clone(), hash(secret.expose())).await?;
    Ok((key, secret))
}

/// The key of that secret. Comparing hashes of 256 random bits gives an attacker's clock nothing to measure.
///
/// # Errors
/// Where the store fails.
pub async fn find(store: &dyn Store, secret: &str) -> Result<Option<ApiKey>, StoreError> {
    store.key_by_hash(hash(secret)).await
}

/// 256 random bits that can stand in a header or a cookie.
pub(crate) fn secret(prefix: &str) -> Result<Secret, getrandom::Error> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)?;
    Ok(Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random))))
}

pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
