//! Asks channels that have no webhooks what is new.
//!
//! What a page brings and where the next one begins are one write, so that a poll that is cut off is made again and
//! nothing is skipped.

use std::{sync::Arc, time::Duration};

use connector_api::{
    Account as ApiAccount, CapabilityDocument, ChannelConnector, ConnectorError, ErrorClass, EventPage,
    PollRequest,
    capabilities::document::{Authorization, DeliveryWay},
};
use tokio_util::sync::CancellationToken;

use crate::{
    authorization::Authorizer,
    clock::Clock,
    credentials::{CredentialError, CredentialKeeper},
    instances::{Lease, Slot},
    intake::Door,
    model::{Account, AccountStatus, Scope},
    store::{Arrival, Polled, Store},
};

/// How often an instance is looked at whose connector does not run, or is not polled.
const IDLE: Duration = Duration::from_secs(5);
/// Between two polls where the document names no time.
const DEFAULT_EVERY: Duration = Duration::from_secs(60);
/// After failures in a row the pause doubles up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Pages that are fetched one after the other before the channel gets a pause.
const MAX_PAGES: usize = 100;

/// Polls one instance.
#[derive(Clone)]
pub(crate) struct Poller {
    pub(crate) slot: Arc<Slot>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) credentials: CredentialKeeper,
    pub(crate) authorizer: Authorizer,
    pub(crate) clock: Clock,
    pub(crate) intake: Arc<Door>,
    pub(crate) stopping: CancellationToken,
}

impl Poller {
    /// Polls until the host stops. A poll that is cut off then is made again after the next start.
    pub(crate) async fn run(self) {
        let mut failures = 0;
        let rounds = async {
            loop {
                let pause = self.round(&mut failures).await;
                tokio::time::sleep(pause).await;
            }
        };
        self.stopping.run_until_cancelled(rounds).await;
    }

    /// Polls everything once; the pause until the next time.
    async fn round(&self, failures: &mut u32) -> Duration {
        let Ok(document) = self.slot.document() else { return IDLE };
        if document.delivery.by != DeliveryWay::Poll {
            return IDLE;
        }
        let seconds =
            document.delivery.poll_seconds.map(|seconds| Duration::from_secs(seconds.max(1).into()));
        let every = seconds.unwrap_or(DEFAULT_EVERY);
        match self.poll_all(&document).await {
            Ok(()) => {
                *failures = 0;
                every
            }
            Err(error) => {
                tracing::warn!(instance = %self.slot.name(), %error, "Channel cannot be polled");
                let pause = every.saturating_mul(1 << (*failures).min(10)).min(LONGEST_PAUSE);
                *failures = failures.saturating_add(1);
                pause.max(named_pause(&error))
            }
        }
    }

    async fn poll_all(&self, document: &CapabilityDocument) -> Result<(), CredentialError> {
        if document.authorization == Authorization::Settings {
            return self.poll(document, None).await;
        }
        let accounts = self.store.accounts(&Scope::Everything).await?;
        let ours = accounts.into_iter().filter(|account| {
            account.instance == self.slot.name() && account.status == AccountStatus::Connected
        });
        let mut last = Ok(());
        for account in ours {
            // One account's trouble is not the others'.
            let polled = self.poll(document, Some(&account)).await;
            last = last.and(polled);
        }
        last
    }

    /// Fetches pages until nothing is new.
    async fn poll(
        &self,
        document: &CapabilityDocument,
        account: Option<&Account>,
    ) -> Result<(), CredentialError> {
        let name = account.map_or("", |account| account.platform_id.as_str());
        for _ in 0..MAX_PAGES {
            let cursor = self.store.poll_cursor(self.slot.name(), name).await?;
            let page = self.page(account, cursor.clone()).await?;
            let is_last = page.events.is_empty() || page.cursor == cursor;
            let polled = page.cursor.as_ref().filter(|next| cursor.as_ref() != Some(*next));
            let polled = polled.map(|cursor| Polled { account: name.to_owned(), cursor: cursor.clone() });
            if polled.is_some() || !page.events.is_empty() {
                self.keep(document, page, polled).await?;
            }
            if is_last {
                break;
            }
        }
        Ok(())
    }

    async fn page(
        &self,
        account: Option<&Account>,
        cursor: Option<String>,
    ) -> Result<EventPage, CredentialError> {
        let lease = self.slot.lease()?;
        let Some(account) = account else {
            return Ok(self.call(&lease, None, cursor).await?);
        };
        let call = |usable| self.call(&lease, Some(usable), cursor.clone());
        let page = self.credentials.acting(&lease, account, call).await;
        if let Err(CredentialError::Connector(error)) = &page
            && error.class == ErrorClass::CredentialsRevoked
        {
            let now = self.clock.now();
            self.store.needs_attention(account.id, error.as_reason(), now, now).await?;
        }
        page
    }

    async fn call(
        &self,
        lease: &Lease,
        account: Option<ApiAccount>,
        cursor: Option<String>,
    ) -> Result<EventPage, ConnectorError> {
        let poll = async {
            let mut request = PollRequest::new(self.clock.now()).with_cursor(cursor);
            request.account = account;
            lease.connector.poll(request).await
        };
        self.slot.placed(lease, poll).await
    }

    async fn keep(
        &self,
        document: &CapabilityDocument,
        page: EventPage,
        polled: Option<Polled>,
    ) -> Result<(), CredentialError> {
        let instance = self.slot.name();
        let arrival = Arrival {
            instance: instance.to_owned(),
            received_at: self.clock.now(),
            // What stands for a raw body: the connector shows no other.
            body: serde_json::to_vec(&page.events).unwrap_or_default(),
            request: None,
            stale: false,
            accounts: self.authorizer.accounts_without_consent(instance, document, &page.events)?,
            events: page.events,
            polled,
        };
        let ingested = self.store.ingest(arrival).await;
        self.intake.settled(instance, ingested.is_ok());
        let ingested = ingested?;
        tracing::info!(%instance, new = ingested.new, duplicates = ingested.duplicates,
            unrouted = ingested.unrouted, "Poll kept");
        Ok(())
    }
}

/// The pause that the platform named.
fn named_pause(error: &CredentialError) -> Duration {
    match error {
        CredentialError::Connector(error) => error.retry_after_ms.map(Duration::from_millis),
        _ => None,
    }
    .unwrap_or_default()
    .min(LONGEST_PAUSE)
}
