//! What the parts of a host share.

use std::{fs::File, net::SocketAddr, sync::Arc};

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    authorization::Authorizer, automatic::Turns, clock::Clock, config::Config, credentials::CredentialKeeper,
    deliveries::Courier, feed::Feed, instances::Instances, intake::Door, media::MediaKeeper,
    metrics::Metrics, probes::Prober, rest::Admission, store::Store,
};

/// What the parts of a host share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) address: SocketAddr,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) feed: Feed,
    pub(crate) instances: Instances,
    pub(crate) authorizer: Authorizer,
    pub(crate) prober: Prober,
    pub(crate) clock: Clock,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) intake: Arc<Door>,
    pub(crate) courier: Courier,
    pub(crate) admission: Admission,
    pub(crate) automatic: Turns,
    /// Wakes the senders: a held line may go on, which is no event.
    pub(crate) resumed: watch::Sender<()>,
    /// Wakes the deliveries: an endpoint was changed, or deliveries were begun again.
    pub(crate) endpoints_changed: watch::Sender<()>,
    pub(crate) media: MediaKeeper,
    /// Wakes the fetchers: somebody wants a medium fetched again, which is no event.
    pub(crate) media_wanted: watch::Sender<()>,
    /// Wakes the errands: somebody wants a read mark told or a history read, which is no event.
    pub(crate) errands_wanted: watch::Sender<()>,
    pub(crate) stopping: CancellationToken,
    /// What was begun and has to end before the host does.
    pub(crate) tasks: TaskTracker,
    /// Held for as long as the host runs.
    pub(crate) _lock: File,
}

impl Shared {
    /// The right to act for accounts.
    pub(crate) fn credentials(&self) -> &CredentialKeeper {
        &self.authorizer.credentials
    }
}
