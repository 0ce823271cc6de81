//! Renews credentials ahead of their end, so that no message waits for it, and a right that is gone is noticed before a
//! customer is waiting.

use std::{collections::HashMap, sync::Arc, time::Duration};

use connector_api::Timestamp;

use crate::{
    credentials::{CredentialError, CredentialKeeper},
    model::{Account, AccountId, AccountStatus, Scope},
    shared::Shared,
};

const LOOK_EVERY: Duration = Duration::from_secs(30);
/// Earlier than a use renews for itself.
const AHEAD_SECONDS: i64 = 900;
/// The pauses after failures double, up to this.
const FIRST_PAUSE_SECONDS: i64 = 30;
const LONGEST_PAUSE_SECONDS: i64 = 3_600;

/// Renews until the host stops.
pub(crate) struct Renewals {
    shared: Arc<Shared>,
    credentials: CredentialKeeper,
    /// Accounts whose renewal failed: how often in a row, and when it is tried again.
    failed: HashMap<AccountId, (u32, Timestamp)>,
}

impl Renewals {
    pub(crate) fn new(shared: Arc<Shared>, credentials: CredentialKeeper) -> Self {
        Self { shared, credentials, failed: HashMap::new() }
    }

    pub(crate) async fn run(mut self) {
        let shared = Arc::clone(&self.shared);
        let work = async {
            loop {
                self.look().await;
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        shared.stopping.run_until_cancelled(work).await;
    }

    async fn look(&mut self) {
        let accounts = match self.shared.store.accounts(&Scope::Everything).await {
            Ok(accounts) => accounts,
            Err(error) => return tracing::error!(%error, "Accounts cannot be read"),
        };
        let due: Vec<_> = accounts.into_iter().filter(|account| self.is_due(account)).collect();
        for account in due {
            match self.renew(&account).await {
                Ok(()) => drop(self.failed.remove(&account.id)),
                Err(error) => self.pause(&account, &error),
            }
        }
    }

    fn is_due(&self, account: &Account) -> bool {
        let now = self.now();
        let ends = account.access_expires_at.is_some_and(|end| end <= now.plus_seconds(AHEAD_SECONDS));
        let waits = self.failed.get(&account.id).is_some_and(|(_, until)| now < *until);
        account.status == AccountStatus::Connected && ends && !waits
    }

    async fn renew(&self, account: &Account) -> Result<(), CredentialError> {
        let lease = self.shared.instances.lease(&account.instance)?;
        self.credentials.renew_until(&lease, account, self.now().plus_seconds(AHEAD_SECONDS)).await
    }

    fn pause(&mut self, account: &Account, error: &CredentialError) {
        let now = self.now();
        let (failures, until) = self.failed.entry(account.id).or_insert((0, now));
        let seconds = (FIRST_PAUSE_SECONDS << (*failures).min(10)).min(LONGEST_PAUSE_SECONDS);
        *failures = failures.saturating_add(1);
        *until = now.plus_seconds(seconds);
        tracing::warn!(account = %account.id, instance = %account.instance, %error, seconds,
            "Credentials could not be renewed ahead of their end; tried again later");
    }

    fn now(&self) -> Timestamp {
        self.shared.clock.now()
    }
}
