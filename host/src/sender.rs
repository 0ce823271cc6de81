//! Takes messages out of the store and gives them to connectors, one at a time for each conversation.
//!
//! Each instance has a sender of its own, so that one platform's trouble delays nobody else. A message is claimed when
//! the rate will let it leave in a moment, and takes its rate tokens just before the connector is called:
//! it is `sending` only while that is being done, and how long the disk takes does not change the distance of requests.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use connector_api::{
    Account as ApiAccount, ChannelConnector, ConnectorError, ErrorClass, Receipt, SendRequest, Timestamp,
    capabilities::{Reason, ReasonCode},
};
use connector_loader::traced;
use futures_util::FutureExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    clock::Clock,
    credentials::{CredentialError, CredentialKeeper},
    instances::{Lease, Slot},
    media::{Uploader, Uploading, nothing_sent},
    metrics::Metrics,
    probes::made_stale,
    store::{Claimed, Outcome, Store, StoreError, medium_gone},
};

/// A message is claimed so long before it may leave; the claim is on disk by then.
const AHEAD: Duration = Duration::from_millis(40);
/// So many messages of an instance are claimed and have not left, at most.
pub(crate) const CLAIMED_AHEAD: usize = 8;
/// The longest time between two looks at the queue.
const IDLE: Duration = Duration::from_secs(30);
/// The pause after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// Tries at writing down what came back before a message is left as `sending` for the next start to settle.
const RECORD_TRIES: u32 = 10;
/// The pause while an instance's connector does not run.
const CONNECTOR_PAUSE: Duration = Duration::from_millis(500);
const FIRST_BACKOFF_SECONDS: i64 = 1;
const LONGEST_BACKOFF_SECONDS: i64 = 60;
/// A platform that names a longer pause is asked again after this one.
const LONGEST_NAMED_PAUSE_SECONDS: i64 = 3600;

/// What a sender works with.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) slot: Arc<Slot>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) credentials: CredentialKeeper,
    pub(crate) uploader: Uploader,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
    /// Changes when a held line may go on.
    pub(crate) resumed: watch::Receiver<()>,
    /// Sends at once, over all instances.
    pub(crate) places: Arc<Semaphore>,
    /// Messages of the instance that are claimed and have not left, [`CLAIMED_AHEAD`] at most.
    pub(crate) ahead: Arc<Semaphore>,
    pub(crate) stopping: CancellationToken,
    pub(crate) running: TaskTracker,
}

/// Why a message has no receipt.
enum Unsent {
    /// It is too late for it.
    Over(Reason),
    /// It was tried.
    Failed(CredentialError),
    /// Its medium is not with the platform.
    Medium(Uploading),
}

impl<E: Into<CredentialError>> From<E> for Unsent {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Sender {
    /// Sends until the host stops. Sends that have begun run to their end.
    pub(crate) async fn run(self) {
        let mut events = self.store.latest_event();
        let mut resumed = self.resumed.clone();
        while !self.stopping.is_cancelled() {
            // Seen before looking, so that nothing committed while looking is slept over.
            events.borrow_and_update();
            resumed.borrow_and_update();
            let pause = match self.look().await {
                Ok(Some(pause)) => pause,
                Ok(None) => continue,
                Err(error) => {
                    tracing::error!(instance = %self.slot.name(), %error, "Queue cannot be read");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = self.stopping.cancelled() => {}
                changed = events.changed() => if changed.is_err() { return },
                changed = resumed.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Begins the next sends if there are any; otherwise how long there will be none, if nothing happens.
    async fn look(&self) -> Result<Option<Duration>, StoreError> {
        let now = self.clock.now();
        let name = self.slot.name();
        if !self.store.ready(name, now).await? {
            let next = self.store.next_retry(name, now).await?;
            let wait = next.map_or(IDLE, |at| millis(at.millis_since(now)).min(IDLE));
            return Ok(Some(wait));
        }
        // Nothing is claimed while nothing could be called.
        let lease = self.slot.lease().ok().filter(|lease| !lease.connector.is_suspected());
        let Some(lease) = lease else {
            return Ok(Some(CONNECTOR_PAUSE));
        };
        let begin = self.begin(&lease);
        let Some(Some(places)) = self.stopping.run_until_cancelled(begin).await else {
            return Ok(None);
        };
        let most = u32::try_from(places.len()).unwrap_or(u32::MAX);
        let claimed = self.store.claim(name, self.clock.now(), most).await?;
        for (message, (ahead, place)) in claimed.into_iter().zip(places) {
            self.running.spawn(self.clone().deliver(message, lease.clone(), ahead, place));
        }
        Ok(None)
    }

    /// Waits until something may leave soon; the places for as much as may.
    async fn begin(&self, lease: &Lease) -> Option<Vec<(OwnedSemaphorePermit, OwnedSemaphorePermit)>> {
        let ahead = Arc::clone(&self.ahead).acquire_owned().await.ok()?;
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        // Without this one, which is to be claimed.
        let waiting = CLAIMED_AHEAD.saturating_sub(self.ahead.available_permits() + 1);
        let may_leave = lease.rates.nearly(AHEAD, waiting).await;
        let more = std::iter::from_fn(|| {
            let ahead = Arc::clone(&self.ahead).try_acquire_owned().ok()?;
            Some((ahead, Arc::clone(&self.places).try_acquire_owned().ok()?))
        });
        Some(std::iter::once((ahead, place)).chain(more).take(may_leave).collect())
    }

    async fn deliver(
        self,
        claimed: Claimed,
        lease: Lease,
        ahead: OwnedSemaphorePermit,
        _place: OwnedSemaphorePermit,
    ) {
        let trace_id = claimed.message.to_string();
        let outcome = traced(trace_id, or_uncertain(self.outcome(&lease, &claimed, ahead))).await;
        tracing::info!(instance = %self.slot.name(), conversation = %claimed.conversation,
            message_id = %claimed.message, status = ?outcome.status(),
            code = outcome.reason().map(|reason| reason.code.as_str()), "Send came back");
        self.metrics.send(self.slot.name(), outcome.status().name());
        for _ in 0..RECORD_TRIES {
            match self.store.record(claimed.message, outcome.clone(), self.clock.now()).await {
                Ok(()) => return self.learn(&lease, &claimed, &outcome).await,
                Err(error) => {
                    tracing::error!(message_id = %claimed.message, %error, "Outcome cannot be written down");
                    tokio::time::sleep(STORE_PAUSE).await;
                }
            }
        }
    }

    /// What came back may say that the verdict knew too little, or that what a probe settled holds no more.
    async fn learn(&self, lease: &Lease, claimed: &Claimed, outcome: &Outcome) {
        let happened = match outcome {
            Outcome::Sent { .. } if claimed.ledger.total <= 1 => "first_business_message".to_owned(),
            Outcome::Failed { reason } => {
                self.metrics.refused_by_platform(self.slot.name(), reason.code.as_str());
                format!("{}_refused", claimed.content.kind())
            }
            _ => return,
        };
        let stale = made_stale(&lease.document, &happened);
        if stale.is_empty() {
            return;
        }
        if let Err(error) = self.store.forget_live_answers(claimed.conversation, stale).await {
            tracing::error!(conversation = %claimed.conversation, %error, "Stale probes cannot be forgotten");
        }
    }

    async fn outcome(&self, lease: &Lease, claimed: &Claimed, ahead: OwnedSemaphorePermit) -> Outcome {
        let began = self.clock.now();
        match self.send(lease, claimed, ahead).await {
            Ok(Receipt { message_id: Some(platform_id), .. }) if !platform_id.is_empty() => {
                Outcome::Sent { platform_id }
            }
            Ok(_) => {
                let text = "The platform accepted the message without naming it.";
                Outcome::Uncertain { reason: Reason::passing(ReasonCode::OUTCOME_UNKNOWN, text) }
            }
            Err(Unsent::Over(reason)) => Outcome::Expired { reason },
            Err(Unsent::Failed(CredentialError::Connector(error))) => {
                self.refused(claimed, &error, began).await
            }
            Err(Unsent::Medium(Uploading::Connector(error))) => self.refused(claimed, &error, began).await,
            Err(Unsent::Medium(Uploading::Gone)) => Outcome::Failed { reason: medium_gone() },
            Err(Unsent::Medium(Uploading::Media(error))) => {
                tracing::error!(message_id = %claimed.message, %error, "Medium cannot be read");
                let text = "The host cannot read the file now.";
                self.retry(claimed, Reason::passing(ReasonCode::MEDIA_UNREACHABLE, text), None)
            }
            Err(Unsent::Failed(error)) => {
                let reason = Reason::passing(ReasonCode::AUTH_EXPIRED, error.to_string());
                self.retry(claimed, reason, None)
            }
        }
    }

    /// Sends; where the platform refuses the token, renews it once and tries once more.
    async fn send(
        &self,
        lease: &Lease,
        claimed: &Claimed,
        ahead: OwnedSemaphorePermit,
    ) -> Result<Receipt, Unsent> {
        let gone = || ConnectorError::uncertain("The account is not connected any more.");
        let account = self.store.account(claimed.account).await?.ok_or_else(gone)?;
        let usable = self.credentials.usable(lease, &account).await.map_err(not_begun)?;
        match self.call(lease, claimed, usable.clone(), Some(ahead)).await {
            Err(
                Unsent::Failed(CredentialError::Connector(error))
                | Unsent::Medium(Uploading::Connector(error)),
            ) if error.class == ErrorClass::CredentialsExpired => {
                let renewed = self.credentials.renewed(lease, &account, &usable).await.map_err(not_begun)?;
                self.call(lease, claimed, renewed, None).await
            }
            result => result,
        }
    }

    async fn call(
        &self,
        lease: &Lease,
        claimed: &Claimed,
        account: ApiAccount,
        ahead: Option<OwnedSemaphorePermit>,
    ) -> Result<Receipt, Unsent> {
        let conversation = &claimed.conversation_platform_id;
        let _place = self.slot.place(lease).await?;
        let content = self.uploader.prepare(&self.slot, lease, claimed, &account).await;
        let content = content.map_err(Unsent::Medium)?;
        lease.rates.instance().await;
        // From here on another message may be claimed; one that waits for its own conversation holds up nobody.
        drop(ahead);
        lease.rates.conversation(&account.id, conversation).await;
        // Everything before may have taken longer than the window.
        if let Some(reason) = claimed.over(self.clock.now()) {
            return Err(Unsent::Over(reason));
        }
        let message = claimed.message.to_string();
        let request =
            SendRequest::new(account, conversation, content, message).quoting(claimed.quotes.clone());
        let result = lease.connector.send(request).await;
        self.slot.judge(&result);
        Ok(result?)
    }

    async fn refused(&self, claimed: &Claimed, error: &ConnectorError, began: Timestamp) -> Outcome {
        let reason = error.as_reason();
        match error.class {
            ErrorClass::Refused | ErrorClass::Unsupported | ErrorClass::Invalid => Outcome::Failed { reason },
            ErrorClass::Throttled | ErrorClass::Unavailable => {
                self.retry(claimed, reason, error.retry_after_ms)
            }
            ErrorClass::CredentialsExpired | ErrorClass::CredentialsRevoked => {
                // The message keeps its place until somebody has connected the account again.
                let now = self.clock.now();
                let marked = self.store.needs_attention(claimed.account, reason.clone(), began, now);
                if let Err(error) = marked.await {
                    tracing::error!(account = %claimed.account, %error, "Account cannot be marked");
                }
                self.retry(claimed, reason, None)
            }
            _ => Outcome::Uncertain { reason },
        }
    }

    fn retry(&self, claimed: &Claimed, reason: Reason, retry_after_ms: Option<u64>) -> Outcome {
        let doubled = FIRST_BACKOFF_SECONDS << claimed.attempts.min(6);
        let seconds = doubled.min(LONGEST_BACKOFF_SECONDS);
        let named = retry_after_ms.map_or(0, |ms| i64::try_from(ms.div_ceil(1000)).unwrap_or(i64::MAX));
        let named = named.min(LONGEST_NAMED_PAUSE_SECONDS);
        let not_before: Timestamp = self.clock.now().plus_seconds(seconds.max(named));
        Outcome::Retry { not_before, reason: reason.made_passing() }
    }
}

/// Where the host itself fails on the way, nobody knows whether the platform took the message.
async fn or_uncertain(send: impl Future<Output = Outcome>) -> Outcome {
    AssertUnwindSafe(send).catch_unwind().await.unwrap_or_else(|_| {
        let text = "The host failed while the message was on its way.";
        Outcome::Uncertain { reason: Reason::passing(ReasonCode::OUTCOME_UNKNOWN, text) }
    })
}

/// Of a renewal nobody may know what became of it; of the message it is certain.
fn not_begun(error: CredentialError) -> Unsent {
    Unsent::Failed(match error {
        CredentialError::Connector(error) => CredentialError::Connector(nothing_sent(error)),
        error => error,
    })
}

fn millis(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_on_the_way_leaves_a_message_uncertain() {
        let came_back = or_uncertain(async { panic!("on purpose") }).await;
        assert!(
            matches!(&came_back, Outcome::Uncertain { reason } if reason.code == ReasonCode::OUTCOME_UNKNOWN),
            "{came_back:?}"
        );
        let sent = or_uncertain(async { Outcome::Sent { platform_id: "1".to_owned() } }).await;
        assert!(matches!(&sent, Outcome::Sent { platform_id } if platform_id == "1"), "{sent:?}");
    }
}
