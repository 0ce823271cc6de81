//! What is asked of platforms, or told to them, when there is time: read marks, profiles, what they remember.
//!
//! What is to be done is in the store, so that a kill costs nothing. One thing at a time, behind everything that
//! somebody waits for.

mod history;
mod profiles;
mod read_marks;
mod withheld;

use std::{collections::HashSet, sync::Arc, time::Duration};

use connector_api::{
    Account as ApiAccount, ConnectorError, ErrorClass, Timestamp,
    capabilities::{Reason, Region},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    clock::Clock,
    credentials::{CredentialError, CredentialKeeper},
    instances::{Lease, Slot},
    media::{Downloader, MediaKeeper},
    model::Account,
    store::{Store, StoreError},
};

/// The longest time between two looks.
const IDLE: Duration = Duration::from_secs(30);
/// The shortest time between two looks at a store in which something else happened.
const BREATH: Duration = Duration::from_millis(200);
/// The pause after the store failed, and while the connector does not run.
const PAUSE: Duration = Duration::from_millis(500);
const FIRST_BACKOFF_SECONDS: i64 = 2;
const LONGEST_BACKOFF_SECONDS: i64 = 3600;

/// Runs the errands of one instance.
#[derive(Clone)]
pub(crate) struct Errands {
    pub(crate) slot: Arc<Slot>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) credentials: CredentialKeeper,
    pub(crate) keeper: MediaKeeper,
    pub(crate) downloader: Downloader,
    pub(crate) clock: Clock,
    pub(crate) organisation_region: Option<Region>,
    /// Changes when somebody wants something that is no event.
    pub(crate) wanted: watch::Receiver<()>,
    pub(crate) stopping: CancellationToken,
}

/// Operations that what runs has answered with *unsupported*.
#[derive(Default)]
struct Unsupported {
    sha256: String,
    operations: HashSet<&'static str>,
}

impl Unsupported {
    /// Another connector may offer more.
    fn of(&mut self, lease: &Lease) {
        if self.sha256 != lease.sha256 {
            *self = Self { sha256: lease.sha256.clone(), operations: HashSet::new() };
        }
    }
}

/// Why nothing came of an errand.
enum Undone {
    /// The channel does not have it.
    Unsupported,
    /// Another try may help.
    Later(Reason),
    /// No other try helps.
    Never(Reason),
    Store(StoreError),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ConnectorError> for Undone {
    fn from(error: ConnectorError) -> Self {
        let reason = error.as_reason();
        match error.class {
            ErrorClass::Unsupported => Self::Unsupported,
            ErrorClass::Refused | ErrorClass::Invalid | ErrorClass::CredentialsRevoked => Self::Never(reason),
            _ => Self::Later(reason.made_passing()),
        }
    }
}

impl From<CredentialError> for Undone {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Store(error) => Self::Store(error),
            CredentialError::Connector(error) => error.into(),
            CredentialError::Seal(error) => {
                let code = connector_api::ReasonCode::AUTH_EXPIRED;
                Self::Later(Reason::passing(code, error.to_string()))
            }
        }
    }
}

impl Errands {
    /// Runs errands until the host stops. One that is cut off then is run again after the next start.
    pub(crate) async fn run(self) {
        let stopping = self.stopping.clone();
        stopping.run_until_cancelled(self.run_all()).await;
    }

    async fn run_all(mut self) {
        let mut events = self.store.latest_event();
        let mut unsupported = Unsupported::default();
        loop {
            // Seen before looking, so that nothing committed while looking is slept over.
            events.borrow_and_update();
            self.wanted.borrow_and_update();
            let pause = match self.look(&mut unsupported).await {
                Ok(Some(pause)) => pause,
                Ok(None) => continue,
                Err(error) => {
                    tracing::error!(instance = %self.slot.name(), %error, "Errands cannot be read or kept");
                    PAUSE
                }
            };
            tokio::select! {
                changed = events.changed() => if changed.is_err() { return },
                changed = self.wanted.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    /// Does the next thing; where there is none, how long there will be none, if nothing happens.
    async fn look(&self, unsupported: &mut Unsupported) -> Result<Option<Duration>, StoreError> {
        let (now, name) = (self.clock.now(), self.slot.name());
        let lease = self.slot.lease().ok().filter(|lease| !lease.connector.is_suspected());
        let Some(lease) = lease else { return Ok(Some(PAUSE)) };
        unsupported.of(&lease);
        if self.read_mark(&lease, unsupported).await?
            || self.contact_profile(&lease, unsupported).await?
            || self.account_profile(&lease, unsupported).await?
            || self.withheld(&lease, unsupported).await?
            || self.page(&lease, unsupported).await?
        {
            return Ok(None);
        }
        let next = [self.store.next_errand(name, now).await?, self.store.next_page_at(name, now).await?];
        let wait = next.into_iter().flatten().min();
        let wait = wait.map(|at| u64::try_from(at.millis_since(now)).unwrap_or_default().max(1));
        Ok(Some(wait.map_or(IDLE, Duration::from_millis).min(IDLE)))
    }

    /// Asks the platform for an account, when nobody else wants to.
    async fn ask<T, F>(
        &self,
        lease: &Lease,
        account: &Account,
        call: impl Fn(ApiAccount) -> F,
    ) -> Result<T, Undone>
    where
        F: Future<Output = Result<T, ConnectorError>>,
    {
        let call = |account| self.slot.placed_after(lease, lease.rates.leisurely(), call(account));
        Ok(self.credentials.acting(lease, account, call).await?)
    }

    /// When the next try may be made; `None` after so many.
    fn again(&self, attempts: u32, most: u32) -> Option<Timestamp> {
        let seconds = (FIRST_BACKOFF_SECONDS << attempts.min(12)).min(LONGEST_BACKOFF_SECONDS);
        (attempts + 1 < most).then(|| self.clock.now().plus_seconds(seconds))
    }
}
