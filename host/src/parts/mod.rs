//! The parts of a running host: what works beside the requests.

mod again;

use std::sync::Arc;

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::Semaphore;

use self::again::Again;
use crate::{
    credentials::CredentialKeeper,
    deliveries::Deliverer,
    errands::Errands,
    instances::Slot,
    intake,
    media::{Cleaner, Downloader, Fetcher, Uploader},
    poller::Poller,
    renewals::Renewals,
    retention,
    sender::{CLAIMED_AHEAD, Sender},
    shared::Shared,
    timekeeper::Timekeeper,
};

/// Starts every part. They end when the host stops.
pub(crate) fn start(shared: &Arc<Shared>, credentials: &CredentialKeeper) {
    let again = Again::new(shared.tasks.clone(), shared.stopping.clone(), Arc::clone(&shared.metrics));
    start_channels(shared, credentials, &again);
    start_common(shared, credentials, &again);
}

/// What each instance has of its own.
fn start_channels(shared: &Arc<Shared>, credentials: &CredentialKeeper, again: &Again) {
    let places = Arc::new(Semaphore::new(shared.config.limits.concurrent_sends));
    let downloader = Downloader::new(&shared.config.media);
    for slot in shared.instances.iter() {
        let sender = sender(shared, credentials, slot, &places);
        again.spawn(format!("sender of {}", slot.name()), move || sender.clone().run());
        let poller = poller(shared, credentials, slot);
        again.spawn(format!("poller of {}", slot.name()), move || poller.clone().run());
        let fetcher = fetcher(shared, credentials, slot, &downloader);
        again.spawn(format!("fetcher of {}", slot.name()), move || fetcher.clone().run());
        let errands = errands(shared, credentials, slot, &downloader);
        again.spawn(format!("errands of {}", slot.name()), move || errands.clone().run());
    }
}

/// What there is once.
fn start_common(shared: &Arc<Shared>, credentials: &CredentialKeeper, again: &Again) {
    // Each of its beginnings has the host's things, and none of another's.
    let with = |part, begin: fn(Arc<Shared>) -> BoxFuture<'static, ()>| {
        let shared = Arc::clone(shared);
        again.spawn(part, move || begin(Arc::clone(&shared)));
    };
    with("timekeeper", |shared| keep_time(shared).boxed());
    with("connectors", |shared| watch_connectors(shared).boxed());
    with("feed", |shared| feed_listeners(shared).boxed());
    with("retention", |shared| forget(shared).boxed());
    with("cleaner", |shared| clean(shared).boxed());
    with("deliveries", |shared| Deliverer(shared).run().boxed());
    with("intake", |shared| intake::run(shared).boxed());
    let (shared, credentials) = (Arc::clone(shared), credentials.clone());
    again.spawn("renewals", move || Renewals::new(Arc::clone(&shared), credentials.clone()).run());
}

fn sender(
    shared: &Arc<Shared>,
    credentials: &CredentialKeeper,
    slot: &Arc<Slot>,
    places: &Arc<Semaphore>,
) -> Sender {
    Sender {
        slot: Arc::clone(slot),
        store: Arc::clone(&shared.store),
        credentials: credentials.clone(),
        uploader: Uploader { keeper: shared.media.clone(), clock: shared.clock.clone() },
        clock: shared.clock.clone(),
        metrics: Arc::clone(&shared.metrics),
        resumed: shared.resumed.subscribe(),
        places: Arc::clone(places),
        ahead: Arc::new(Semaphore::new(CLAIMED_AHEAD)),
        stopping: shared.stopping.clone(),
        running: shared.tasks.clone(),
    }
}

fn poller(shared: &Arc<Shared>, credentials: &CredentialKeeper, slot: &Arc<Slot>) -> Poller {
    Poller {
        slot: Arc::clone(slot),
        store: Arc::clone(&shared.store),
        credentials: credentials.clone(),
        authorizer: shared.authorizer.clone(),
        clock: shared.clock.clone(),
        intake: Arc::clone(&shared.intake),
        stopping: shared.stopping.clone(),
    }
}

fn fetcher(
    shared: &Arc<Shared>,
    credentials: &CredentialKeeper,
    slot: &Arc<Slot>,
    downloader: &Downloader,
) -> Fetcher {
    Fetcher {
        slot: Arc::clone(slot),
        keeper: shared.media.clone(),
        credentials: credentials.clone(),
        downloader: downloader.clone(),
        clock: shared.clock.clone(),
        wanted: shared.media_wanted.subscribe(),
        stopping: shared.stopping.clone(),
    }
}

fn errands(
    shared: &Arc<Shared>,
    credentials: &CredentialKeeper,
    slot: &Arc<Slot>,
    downloader: &Downloader,
) -> Errands {
    Errands {
        slot: Arc::clone(slot),
        store: Arc::clone(&shared.store),
        credentials: credentials.clone(),
        keeper: shared.media.clone(),
        downloader: downloader.clone(),
        clock: shared.clock.clone(),
        organisation_region: shared.config.organisation_region,
        wanted: shared.errands_wanted.subscribe(),
        stopping: shared.stopping.clone(),
    }
}

async fn watch_connectors(shared: Arc<Shared>) {
    shared.instances.watch(&shared.config, &shared.stopping).await;
}

async fn feed_listeners(shared: Arc<Shared>) {
    shared.stopping.run_until_cancelled(shared.feed.run()).await;
}

async fn keep_time(shared: Arc<Shared>) {
    shared.stopping.run_until_cancelled(Timekeeper::default().run(&shared)).await;
}

async fn clean(shared: Arc<Shared>) {
    let cleaner = Cleaner {
        keeper: shared.media.clone(),
        kept: shared.config.retention.media,
        clock: shared.clock.clone(),
    };
    shared.stopping.run_until_cancelled(cleaner.run()).await;
}

async fn forget(shared: Arc<Shared>) {
    let forgetting = retention::run(Arc::clone(&shared.store), shared.config.retention, shared.clock.clone());
    shared.stopping.run_until_cancelled(forgetting).await;
}
