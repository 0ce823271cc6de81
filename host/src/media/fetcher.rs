//! Fetches the media of messages that arrived. What is still to be fetched is in the store, since the message is: it
//! survives whatever becomes of the host, and whatever becomes of it costs the message nothing.

use std::{sync::Arc, time::Duration};

use axum::body::Bytes;
use connector_api::{
    ChannelConnector, ConnectorError, ErrorClass, FetchMediaRequest, Timestamp,
    capabilities::{
        Reason, ReasonCode,
        document::{Direction, MediaSource},
    },
};
use futures_util::{StreamExt, future::join_all, stream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Downloader, FileError, MediaError, MediaKeeper, download};
use crate::{
    clock::Clock,
    credentials::{CredentialError, CredentialKeeper},
    instances::{Lease, Slot},
    model::{MediumOrigin, StoredMedium},
    store::{FetchOutcome, MediaFetch, StoreError},
};

/// The longest time between two looks.
const IDLE: Duration = Duration::from_secs(30);
/// The time between something that happened and the look whether it brought a medium.
const AFTER_EVENT: Duration = Duration::from_millis(20);
/// The pause after the store failed, and while the connector does not run.
const PAUSE: Duration = Duration::from_millis(500);
/// Fetched at once for one instance.
const AT_ONCE: u32 = 4;
const FIRST_BACKOFF_SECONDS: i64 = 2;
const LONGEST_BACKOFF_SECONDS: i64 = 3600;
/// After that a medium is given up. URLs of platforms mostly end sooner.
const GIVEN_UP_AFTER_SECONDS: i64 = 24 * 60 * 60;

/// Fetches the media of one instance.
#[derive(Clone)]
pub(crate) struct Fetcher {
    pub(crate) slot: Arc<Slot>,
    pub(crate) keeper: MediaKeeper,
    pub(crate) credentials: CredentialKeeper,
    pub(crate) downloader: Downloader,
    pub(crate) clock: Clock,
    /// Changes when somebody wants a medium fetched again.
    pub(crate) wanted: watch::Receiver<()>,
    pub(crate) stopping: CancellationToken,
}

/// Why a medium is not here.
enum Missing {
    Reason(Reason),
    Media(MediaError),
}

impl From<MediaError> for Missing {
    fn from(error: MediaError) -> Self {
        Self::Media(error)
    }
}

impl From<StoreError> for Missing {
    fn from(error: StoreError) -> Self {
        Self::Media(error.into())
    }
}

impl Fetcher {
    /// Fetches until the host stops. A fetch that is cut off then is made again after the next start.
    pub(crate) async fn run(self) {
        let stopping = self.stopping.clone();
        stopping.run_until_cancelled(self.fetch_all()).await;
    }

    async fn fetch_all(mut self) {
        let mut events = self.keeper.store.latest_event();
        loop {
            // Seen before looking, so that nothing committed while looking is slept over.
            events.borrow_and_update();
            self.wanted.borrow_and_update();
            let pause = match self.look().await {
                Ok(Some(pause)) => pause,
                Ok(None) => continue,
                Err(error) => {
                    tracing::error!(instance = %self.slot.name(), %error, "Media to fetch cannot be read");
                    PAUSE
                }
            };
            tokio::select! {
                changed = events.changed() => match changed {
                    // Much may happen at once, and most of it brings no medium.
                    Ok(()) => tokio::time::sleep(AFTER_EVENT).await,
                    Err(_) => return,
                },
                changed = self.wanted.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Fetches what is due; where nothing is, how long there will be nothing, if nothing happens.
    async fn look(&self) -> Result<Option<Duration>, StoreError> {
        let (now, name, store) = (self.clock.now(), self.slot.name(), &self.keeper.store);
        let due = store.media_due(name, now, AT_ONCE).await?;
        if due.is_empty() {
            let next = store.next_media_fetch(name, now).await?;
            let wait = next.map(|at| u64::try_from(at.millis_since(now)).unwrap_or_default().max(1));
            return Ok(Some(wait.map_or(IDLE, Duration::from_millis).min(IDLE)));
        }
        let Ok(lease) = self.slot.lease() else {
            return Ok(Some(PAUSE));
        };
        for recorded in join_all(due.iter().map(|fetch| self.fetch(&lease, fetch))).await {
            recorded?;
        }
        Ok(None)
    }

    async fn fetch(&self, lease: &Lease, fetch: &MediaFetch) -> Result<(), StoreError> {
        let outcome = match self.get(lease, fetch).await {
            Ok(medium) => FetchOutcome::Ready(medium.id),
            Err(missing) => self.missing(fetch, missing),
        };
        let code = match &outcome {
            FetchOutcome::Ready(_) => None,
            FetchOutcome::Retry { reason, .. } | FetchOutcome::Failed { reason } => {
                Some(reason.code.as_str())
            }
        };
        tracing::info!(instance = %self.slot.name(), message_id = %fetch.message, attempts = fetch.attempts + 1,
            code, "Medium asked for");
        self.keeper.store.record_fetch(fetch.message, outcome, self.clock.now()).await
    }

    async fn get(&self, lease: &Lease, fetch: &MediaFetch) -> Result<StoredMedium, Missing> {
        // Of what is shown as a fallback, the kind that arrived and the kind of its medium may differ.
        let source = [&fetch.content_kind, &fetch.medium.media_kind].into_iter().find_map(|kind| {
            let rule = lease.document.content_rule(Direction::Inbound, kind)?;
            rule.limits.media.as_ref().map(|limit| limit.source)
        });
        let is_public = matches!(source, Some(MediaSource::PublicUrl | MediaSource::Either));
        let parts = match (&fetch.medium.url, &fetch.medium.media_id) {
            (Some(url), _) if is_public => {
                let parts = self.downloader.get(url).await;
                parts.map_err(|error| Missing::Reason(error.reason()))?
            }
            (_, Some(media_id)) => {
                let bytes = Bytes::from(self.ask(lease, fetch, media_id).await?);
                stream::iter([Ok(bytes)]).boxed()
            }
            _ => return Err(Missing::Reason(not_offered())),
        };
        let (account, origin) = (fetch.account, MediumOrigin::Message);
        let keep = self.keeper.keep(account, parts, None, origin, self.clock.now());
        match tokio::time::timeout(download::WITHIN, keep).await {
            Ok(kept) => Ok(kept?),
            Err(_) => Err(MediaError::from(FileError::Broken).into()),
        }
    }

    /// Has the connector fetch it.
    async fn ask(&self, lease: &Lease, fetch: &MediaFetch, media_id: &str) -> Result<Vec<u8>, Missing> {
        let account = self.keeper.store.account(fetch.account).await?;
        let account = account.ok_or_else(|| Missing::Reason(not_offered()))?;
        let turn = async || {
            lease.rates.instance().await;
            lease.rates.conversation(&account.platform_id, &fetch.conversation_platform_id).await;
        };
        let call = |account: connector_api::Account| {
            let request = FetchMediaRequest::new(
                account,
                &fetch.conversation_platform_id,
                &fetch.message_platform_id,
                media_id,
                &fetch.medium.media_kind,
                self.keeper.limit,
            );
            self.slot.placed_after(lease, turn(), lease.connector.fetch_media(request))
        };
        let fetched = self.credentials.acting(lease, &account, call).await.map_err(|error| match error {
            CredentialError::Store(error) => Missing::from(error),
            CredentialError::Connector(error) => Missing::Reason(passing(&error)),
            CredentialError::Seal(error) => {
                Missing::Reason(Reason::passing(ReasonCode::AUTH_EXPIRED, error.to_string()))
            }
        })?;
        Ok(fetched.bytes)
    }

    fn missing(&self, fetch: &MediaFetch, missing: Missing) -> FetchOutcome {
        let reason = match missing {
            Missing::Reason(reason) => reason,
            Missing::Media(MediaError::File(error @ FileError::TooLarge(_))) => {
                let text = format!("The medium is not kept: {error} (limits.media_bytes).");
                Reason::permanent(ReasonCode::CONTENT_MEDIA_TOO_LARGE, text)
            }
            Missing::Media(error) => {
                if !matches!(error, MediaError::File(FileError::Empty | FileError::Broken)) {
                    tracing::error!(message_id = %fetch.message, %error, "Medium cannot be kept");
                }
                let text = "The medium could not be kept, or did not arrive whole.";
                Reason::passing(ReasonCode::MEDIA_UNREACHABLE, text)
            }
        };
        let now = self.clock.now();
        let given_up: Timestamp = fetch.began_at.plus_seconds(GIVEN_UP_AFTER_SECONDS);
        let seconds = (FIRST_BACKOFF_SECONDS << fetch.attempts.min(12)).min(LONGEST_BACKOFF_SECONDS);
        let not_before = now.plus_seconds(seconds);
        if reason.permanent || not_before > given_up {
            return FetchOutcome::Failed { reason };
        }
        FetchOutcome::Retry { not_before, reason }
    }
}

/// What failed once may be refused, or tried again: fetching changes nothing on the platform.
fn passing(error: &ConnectorError) -> Reason {
    let reason = error.as_reason();
    match error.class {
        ErrorClass::Refused | ErrorClass::Unsupported | ErrorClass::Invalid => reason,
        _ => reason.made_passing(),
    }
}

fn not_offered() -> Reason {
    let text = "The channel does not say how to get the medium.";
    Reason::permanent(ReasonCode::OPERATION_UNSUPPORTED, text)
}
