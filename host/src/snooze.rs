//! Opens snoozed conversations when their time has come.

use std::{sync::Arc, time::Duration};

use connector_api::Timestamp;
use tokio::sync::watch;

use crate::{
    clock::Clock,
    store::{Store, StoreError},
};

/// Conversations that one transaction opens.
const AT_ONCE: u32 = 500;
/// The longest time without a look: clocks may be set.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Opens them until it is cancelled. `snoozed` says that another one may be the next.
pub(crate) async fn run(store: Arc<dyn Store>, clock: Clock, mut snoozed: watch::Receiver<()>) {
    loop {
        let pause = wake(&*store, &clock).await.unwrap_or_else(|error| {
            tracing::error!(%error, "Snoozed conversations cannot be opened");
            LOOK_EVERY
        });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            changed = snoozed.changed() => if changed.is_err() { return },
        }
    }
}

/// Opens those whose time has come; how long nothing else is to be done.
async fn wake(store: &dyn Store, clock: &Clock) -> Result<Duration, StoreError> {
    while store.wake(clock.now(), AT_ONCE).await? == AT_ONCE {}
    let next = store.next_wake().await?.map(Timestamp::as_millis);
    let wait = next.map(|at| at.saturating_sub(clock.now().as_millis()).max(0).unsigned_abs());
    Ok(wait.map_or(LOOK_EVERY, Duration::from_millis).min(LOOK_EVERY))
}
