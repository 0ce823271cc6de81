//! The right to act for accounts: sealed at rest, renewed ahead of its end, by one at a time.

use std::{sync::Arc, time::Duration};

use connector_api::{
    Account as ApiAccount, Authorized, ChannelConnector, ConnectorError, Credentials, ErrorClass, ReasonCode,
    RefreshAuthorizationRequest, Timestamp,
};

use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::{
    clock::Clock,
    instances::Lease,
    model::{Account, AccountId, Scope},
    seal::Sealer,
    store::{SealedCredentials, Store, StoreError, StoredCredentials},
};

/// A token that ends sooner than this is renewed before use.
const AHEAD_SECONDS: i64 = 300;
/// The right to renew is held for so much longer than a renewal's wait and its call may take together.
const LEASE_MARGIN: Duration = Duration::from_secs(60);
/// How long a renewal waits for its place in the rate.
const TURN_WITHIN: Duration = Duration::from_secs(60);
/// How often somebody who waits for another's renewal looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Keeps and renews credentials.
#[derive(Clone)]
pub struct CredentialKeeper {
    store: Arc<dyn Store>,
    sealer: Arc<Sealer>,
    clock: Clock,
}

/// Why there are no usable credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The connector or the platform failed.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    /// They could not be sealed or opened.
    #[error("the stored credentials cannot be used: {0}")]
    Seal(#[from] crate::seal::SealError),
}

impl CredentialKeeper {
    /// A keeper over `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, sealer: Sealer, clock: Clock) -> Self {
        Self { store, sealer: Arc::new(sealer), clock }
    }

    /// Seals credentials for the account that the platform knows by that id.
    ///
    /// # Errors
    /// Where they cannot be sealed.
    pub fn seal(
        &self,
        instance: &str,
        platform_id: &str,
        credentials: &Credentials,
    ) -> Result<SealedCredentials, CredentialError> {
        let plain = serde_json::to_vec(credentials).map_err(|_| crate::seal::SealError::Malformed)?;
        Ok(SealedCredentials {
            sealed: self.sealer.seal(&context(instance, platform_id), &plain)?,
            access_expires_at: credentials.access_expires_at,
            refresh_expires_at: credentials.refresh_expires_at,
        })
    }

    /// The account with credentials that hold for some minutes yet, renewed where they would not.
    ///
    /// # Errors
    /// Where the store fails, or the credentials cannot be opened or renewed.
    pub async fn usable(&self, instance: &Lease, account: &Account) -> Result<ApiAccount, CredentialError> {
        let stored = self.stored(account.id).await?;
        let soon = self.clock.now().plus_seconds(AHEAD_SECONDS);
        match stored.credentials.access_expires_at {
            Some(end) if end <= soon => self.renew(instance, account, stored.version).await,
            _ => self.open(account, &stored),
        }
    }

    /// The account with its credentials as they are, to give them back.
    ///
    /// # Errors
    /// Where the store fails, or the credentials cannot be opened.
    pub async fn present(&self, account: &Account) -> Result<ApiAccount, CredentialError> {
        let stored = self.stored(account.id).await?;
        self.open(account, &stored)
    }

    /// Renews the account's credentials where they end before `moment`.
    ///
    /// # Errors
    /// As [`usable`](Self::usable).
    pub async fn renew_until(
        &self,
        instance: &Lease,
        account: &Account,
        moment: Timestamp,
    ) -> Result<(), CredentialError> {
        let stored = self.stored(account.id).await?;
        if stored.credentials.access_expires_at.is_some_and(|end| end <= moment) {
            self.renew(instance, account, stored.version).await?;
        }
        Ok(())
    }

    /// The account with renewed credentials, after the platform has refused those that [`usable`](Self::usable) gave.
    ///
    /// # Errors
    /// As there.
    pub async fn renewed(
        &self,
        instance: &Lease,
        account: &Account,
        refused: &ApiAccount,
    ) -> Result<ApiAccount, CredentialError> {
        let stored = self.stored(account.id).await?;
        let current = self.open(account, &stored)?;
        if current.credentials.access_token.expose() != refused.credentials.access_token.expose() {
            return Ok(current);
        }
        self.renew(instance, account, stored.version).await
    }

    /// Calls with usable credentials. Where the platform refuses them, renews them once and calls once more. A renewal takes
    /// its own place in the instance's rate; those of the calls are taken in `call`.
    ///
    /// # Errors
    /// As [`usable`](Self::usable), and what the call fails with.
    pub async fn acting<T, F>(
        &self,
        instance: &Lease,
        account: &Account,
        call: impl Fn(ApiAccount) -> F,
    ) -> Result<T, CredentialError>
    where
        F: Future<Output = Result<T, ConnectorError>>,
    {
        let usable = self.usable(instance, account).await?;
        match call(usable.clone()).await {
            Err(error) if error.class == ErrorClass::CredentialsExpired => {
                let renewed = self.renewed(instance, account, &usable).await?;
                Ok(call(renewed).await?)
            }
            result => Ok(result?),
        }
    }

    /// Seals what a previous key has sealed with the present one, so that the previous one can be thrown away after a start;
    /// says in the log whose credentials none of the configured keys opens.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn seal_anew(&self) -> Result<(), StoreError> {
        let mut sealed_anew = 0_u32;
        for account in self.store.accounts(&Scope::Everything).await? {
            match self.seal_one_anew(&account).await {
                Ok(changed) => sealed_anew += u32::from(changed),
                Err(CredentialError::Store(error)) => return Err(error),
                Err(error) => tracing::error!(account = %account.id, instance = %account.instance, %error,
                    "Credentials cannot be opened; add the key that sealed them to encryption.previous_keys"),
            }
        }
        if sealed_anew > 0 {
            tracing::info!(
                sealed_anew,
                "Credentials are sealed with encryption.key now; previous keys are not needed for them"
            );
        }
        Ok(())
    }

    async fn seal_one_anew(&self, account: &Account) -> Result<bool, CredentialError> {
        let stored = self.stored(account.id).await?;
        let opened = self.open(account, &stored)?;
        if !self.sealer.is_outdated(&stored.credentials.sealed) {
            return Ok(false);
        }
        let sealed = self.seal(&account.instance, &account.platform_id, &opened.credentials)?;
        Ok(self.store.finish_refresh(account.id, stored.version, sealed).await?)
    }

    /// Renews the credentials of that version, or waits for whoever does. Once begun it runs to its end, whatever
    /// becomes of the caller: a renewed token that nobody stored would be lost.
    async fn renew(
        &self,
        instance: &Lease,
        account: &Account,
        version: i64,
    ) -> Result<ApiAccount, CredentialError> {
        loop {
            let now = self.clock.now();
            let until = held_until(now, instance.call_deadline);
            if self.store.begin_refresh(account.id, version, now, until).await? {
                let (keeper, account) = (self.clone(), account.clone());
                let instance = instance.clone();
                let renewal =
                    tokio::spawn(async move { keeper.renew_now(&instance, &account, version, until).await });
                return renewal.await.map_err(|_| ConnectorError::uncertain("The renewal stopped."))?;
            }
            let stored = self.stored(account.id).await?;
            if stored.version != version {
                return self.open(account, &stored);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn renew_now(
        &self,
        instance: &Lease,
        account: &Account,
        version: i64,
        until: Timestamp,
    ) -> Result<ApiAccount, CredentialError> {
        if timeout(TURN_WITHIN, instance.rates.instance()).await.is_err() {
            self.store.abandon_refresh(account.id, version, until).await?;
            let text = "A renewal found no place in the rate.";
            return Err(ConnectorError::new(ErrorClass::Throttled, ReasonCode::RATE_LIMITED, text).into());
        }
        let began = self.clock.now();
        let current = self.open(account, &self.stored(account.id).await?)?;
        let request = RefreshAuthorizationRequest::new(current, self.clock.now());
        match instance.connector.refresh_authorization(request).await {
            Ok(Authorized { account: renewed, .. }) => {
                let sealed = self.seal(&account.instance, &account.platform_id, &renewed.credentials)?;
                self.store.finish_refresh(account.id, version, sealed).await?;
                tracing::info!(account = %account.id, "Credentials renewed");
                Ok(renewed)
            }
            Err(error) => {
                tracing::warn!(account = %account.id, code = %error.reason, %error, "Credentials not renewed");
                self.store.abandon_refresh(account.id, version, until).await?;
                if error.class == ErrorClass::CredentialsRevoked {
                    let now = self.clock.now();
                    self.store.needs_attention(account.id, error.as_reason(), began, now).await?;
                }
                Err(error.into())
            }
        }
    }

    async fn stored(&self, account: AccountId) -> Result<StoredCredentials, CredentialError> {
        let gone = || {
            let message = "The account is not connected any more.";
            ConnectorError::new(ErrorClass::CredentialsRevoked, ReasonCode::AUTH_EXPIRED, message)
        };
        Ok(self.store.credentials(account).await?.ok_or_else(gone)?)
    }

    fn open(&self, account: &Account, stored: &StoredCredentials) -> Result<ApiAccount, CredentialError> {
        let context = context(&account.instance, &account.platform_id);
        let plain = self.sealer.open(&context, &stored.credentials.sealed)?;
        let credentials: Credentials =
            serde_json::from_slice(plain.expose_secret()).map_err(|_| crate::seal::SealError::Malformed)?;
        Ok(ApiAccount::new(&account.platform_id, credentials))
    }
}

impl std::fmt::Debug for CredentialKeeper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CredentialKeeper")
    }
}

/// Until when a renewal that begins now holds the right to renew: a second one beside it could lose a rotated token.
fn held_until(now: Timestamp, call_deadline: Duration) -> Timestamp {
    let longest = TURN_WITHIN.saturating_add(call_deadline).saturating_add(LEASE_MARGIN);
    now.plus_seconds(i64::try_from(longest.as_secs()).unwrap_or(i64::MAX))
}

/// What sealed credentials are bound to, so that they open for no other account.
fn context(instance: &str, platform_id: &str) -> String {
    format!("credentials/{instance}/{platform_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_to_renew_outlasts_the_wait_and_the_longest_call() {
        let now = Timestamp::from_seconds(1_700_000_000);
        for seconds in [1, 30, 3_600] {
            let until = held_until(now, Duration::from_secs(seconds));
            assert!(until > now.plus_seconds(60 + i64::try_from(seconds).unwrap()), "{seconds} s: {until:?}");
        }
    }
}
