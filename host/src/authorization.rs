//! Connecting an account: a consent page, a one-time state, a code for credentials.

use std::{collections::BTreeSet, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use connector_api::{
    AccountRequest, Authorized, BeginAuthorizationRequest, CapabilityDocument, ChannelConnector,
    CompleteAuthorizationRequest, ConnectorError, Credentials, Event, Secret,
    capabilities::document::Authorization,
};
use sha2::{Digest, Sha256};

use crate::{
    clock::Clock,
    credentials::{CredentialError, CredentialKeeper},
    instances::Lease,
    model::Account,
    store::{AuthorizedAccount, PendingAuthorization, Store, StoreError},
};

/// An owner who takes longer has to begin again.
const CONSENT_SECONDS: i64 = 1800;

/// Begins and completes consents.
#[derive(Clone)]
pub(crate) struct Authorizer {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) credentials: CredentialKeeper,
    pub(crate) clock: Clock,
}

/// Why an account could not be connected.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthorizationError {
    /// The state is unknown, used, or too old.
    #[error("this consent was not begun here, is used already, or is too old; begin again")]
    UnknownState,
    /// The owner consented for another account than the consent was begun for.
    #[error(
        "the owner consented for another account than the one to connect again; begin again, and choose that one"
    )]
    OtherAccount,
    /// The store, the connector or the platform failed.
    #[error(transparent)]
    Failed(#[from] CredentialError),
    /// The system has no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

impl From<StoreError> for AuthorizationError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ConnectorError> for AuthorizationError {
    fn from(error: ConnectorError) -> Self {
        Self::Failed(error.into())
    }
}

impl Authorizer {
    /// The page on which the owner of an account consents: of any, or only of the one with that id of the platform.
    pub(crate) async fn begin(
        &self,
        instance: &Lease,
        redirect_uri: String,
        account: Option<String>,
    ) -> Result<String, AuthorizationError> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        let state = URL_SAFE_NO_PAD.encode(random);
        let pending = PendingAuthorization {
            instance: instance.name.clone(),
            redirect_uri: redirect_uri.clone(),
            account,
        };
        let expires_at = self.clock.now().plus_seconds(CONSENT_SECONDS);
        self.store.save_authorization(hash(&state), pending, expires_at).await?;
        let page =
            instance.connector.begin_authorization(BeginAuthorizationRequest::new(redirect_uri, state));
        Ok(page.await?.url)
    }

    /// Takes the begun consent of that state out; it can be completed once.
    pub(crate) async fn take(&self, state: &str) -> Result<PendingAuthorization, AuthorizationError> {
        let pending = self.store.take_authorization(hash(state), self.clock.now()).await?;
        pending.ok_or(AuthorizationError::UnknownState)
    }

    /// Exchanges the code and keeps the account. Runs to its end whatever becomes of the caller: the code can be
    /// used once.
    pub(crate) async fn complete(
        &self,
        instance: Lease,
        begun: PendingAuthorization,
        code: Secret,
    ) -> Result<Account, AuthorizationError> {
        let this = self.clone();
        let work = async move { this.exchange(&instance, begun, code).await };
        tokio::spawn(work).await.map_err(|_| ConnectorError::uncertain("The exchange stopped."))?
    }

    /// The accounts of these events, ready to be connected, on a channel that needs no consent.
    pub(crate) fn accounts_without_consent(
        &self,
        instance: &str,
        document: &CapabilityDocument,
        events: &[Event],
    ) -> Result<Vec<AuthorizedAccount>, CredentialError> {
        if document.authorization != Authorization::Settings {
            return Ok(Vec::new());
        }
        let ids: BTreeSet<&str> = events.iter().map(|event| event.account.as_str()).collect();
        let nothing = Credentials::permanent(Secret::new(String::new()));
        let account = |id: &str| {
            Ok(AuthorizedAccount {
                instance: instance.to_owned(),
                platform_id: id.to_owned(),
                handle: None,
                display_name: None,
                missing_scopes: Vec::new(),
                credentials: self.credentials.seal(instance, id, &nothing)?,
            })
        };
        ids.into_iter().map(account).collect()
    }

    /// Gives the right to act for an account back to the platform and takes the account out. Where the platform does not
    /// answer, it is taken out all the same: nothing of the right is left here.
    pub(crate) async fn remove(
        &self,
        instance: Option<Lease>,
        account: Account,
    ) -> Result<bool, AuthorizationError> {
        let this = self.clone();
        // To its end whatever becomes of the caller, so that nothing is given back and kept.
        let work = async move {
            let credentials = this.credentials.present(&account).await;
            let removed = this.store.remove_account(account.id, this.clock.now()).await?;
            if let (true, Some(instance), Ok(credentials)) = (removed, instance, credentials) {
                instance.rates.instance().await;
                let request = AccountRequest::new(credentials);
                if let Err(error) = instance.connector.revoke_authorization(request).await {
                    tracing::warn!(account = %account.id, code = %error.reason, %error,
                        "The platform was not told that the account is taken out; its owner can withdraw the consent there");
                }
            }
            Ok::<_, AuthorizationError>(removed)
        };
        tokio::spawn(work).await.map_err(|_| ConnectorError::uncertain("The removal stopped."))?
    }

    async fn exchange(
        &self,
        instance: &Lease,
        begun: PendingAuthorization,
        code: Secret,
    ) -> Result<Account, AuthorizationError> {
        let now = self.clock.now();
        instance.rates.instance().await;
        let request = CompleteAuthorizationRequest::new(code, begun.redirect_uri, now);
        let Authorized { account, missing_scopes, .. } =
            instance.connector.complete_authorization(request).await?;
        if begun.account.is_some_and(|expected| expected != account.id) {
            // Giving the right back might take it from an account that is connected here already.
            return Err(AuthorizationError::OtherAccount);
        }
        instance.rates.instance().await;
        // The names are for people; an account without them works as well.
        let profile = instance.connector.account_profile(AccountRequest::new(account.clone())).await;
        let profile = profile.inspect_err(|error| tracing::info!(%error, "Account profile is not known"));
        let (handle, display_name) = profile.map(|p| (p.handle, p.display_name)).unwrap_or_default();
        let credentials = self.credentials.seal(&instance.name, &account.id, &account.credentials)?;
        let authorized = AuthorizedAccount {
            instance: instance.name.clone(),
            platform_id: account.id,
            handle,
            display_name,
            missing_scopes,
            credentials,
        };
        Ok(self.store.save_account(authorized, now).await?)
    }
}

fn hash(state: &str) -> [u8; 32] {
    Sha256::digest(state.as_bytes()).into()
}
