//! The right to act for accounts: sealed at rest, renewed ahead of its end, by one at a time.

use std::{sync::Arc, time::Duration};

use connector_api::{
    Account as ApiAccount, Authorized, ChannelConnector, ConnectorError, Credentials, ErrorClass, ReasonCode,
    RefreshAuthorizationRequest, Timestamp,
};

use secrecy::ExposeSecret;

use crate::{
    clock::Clock,
    instances::Lease,
    model::{Account, AccountId},
    seal::Sealer,
    store::{SealedCredentials, Store, StoreError, StoredCredentials},
};

/// A token that ends sooner than this is renewed before use.
const AHEAD_SECONDS: i64 = 300;
/// How long one renewal may hold the right to renew: longer than any call's deadline.
const LEASE_SECONDS: i64 = 120;
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

    /// Calls with usable credentials. Where the platform refuses them, renews them once and calls once more, which takes
    /// another token of the instance's rate.
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
                instance.rates.instance().await;
                Ok(call(renewed).await?)
            }
            result => Ok(result?),
        }
    }

    /// Says in the log whose stored credentials cannot be opened with the configured keys.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn report_unreadable(&self) -> Result<(), StoreError> {
        for account in self.store.accounts().await? {
            let opened = match self.stored(account.id).await {
                Ok(stored) => self.open(&account, &stored).map(drop),
                Err(error) => Err(error),
            };
            if let Err(error) = opened {
                tracing::error!(account = %account.id, instance = %account.instance, %error,
                    "Credentials cannot be opened; add the key that sealed them to encryption.previous_keys");
            }
        }
        Ok(())
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
            let until = now.plus_seconds(LEASE_SECONDS);
            if self.store.begin_refresh(account.id, version, now, until).await? {
                let (keeper, account) = (self.clone(), account.clone());
                let instance = instance.clone();
                let renewal = tokio::spawn(async move {
                    keeper.renew_now(&*instance.connector, &account, version, until).await
                });
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
        connector: &dyn ChannelConnector,
        account: &Account,
        version: i64,
        until: Timestamp,
    ) -> Result<ApiAccount, CredentialError> {
        let began = self.clock.now();
        let current = self.open(account, &self.stored(account.id).await?)?;
        let request = RefreshAuthorizationRequest::new(current, self.clock.now());
        match connector.refresh_authorization(request).await {
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

/// What sealed credentials are bound to, so that they open for no other account.
fn context(instance: &str, platform_id: &str) -> String {
    format!("credentials/{instance}/{platform_id}")
}
