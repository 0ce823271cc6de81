//! The way to one endpoint: several deliveries at once while it answers, one at a time while it fails.

use std::{sync::Arc, time::Duration};

use connector_api::Timestamp;
use futures_util::{StreamExt, stream::FuturesUnordered};

use super::{Deliverer, EndpointId, STORE_PAUSE, StoreError, millis};
use crate::store::Taken;

/// Deliveries to one endpoint at once.
const AT_ONCE: usize = 8;
/// The longest time between two looks.
const IDLE: Duration = Duration::from_secs(30);
/// Longer than an attempt can take.
const LEASE: Duration = Duration::from_secs(60);
/// How long deliveries on their way may take to end when the host stops; the others are made again.
const END_WITHIN: Duration = Duration::from_secs(3);

pub(super) struct Route {
    deliverer: Deliverer,
    endpoint: EndpointId,
}

/// What a look brought.
enum Look {
    /// Deliveries to make.
    Taken(Box<Taken>),
    /// Nothing; look again then.
    Pause(Duration),
    /// The endpoint is gone or disabled.
    End,
}

impl Route {
    pub(super) fn new(deliverer: Deliverer, endpoint: EndpointId) -> Self {
        Self { deliverer, endpoint }
    }

    /// Delivers until the endpoint is disabled or gone, or the host stops.
    pub(super) async fn run(self) -> EndpointId {
        let shared = &self.deliverer.0;
        let mut events = shared.store.latest_event();
        let mut changed = shared.endpoints_changed.subscribe();
        let mut on_their_way = FuturesUnordered::new();
        let mut at_once = AT_ONCE;
        while !shared.stopping.is_cancelled() {
            // Seen before looking, so that nothing committed while looking is slept over.
            events.borrow_and_update();
            changed.borrow_and_update();
            let free = at_once.saturating_sub(on_their_way.len());
            let pause = match self.look(free).await {
                Ok(Look::Taken(taken)) => {
                    at_once = if taken.endpoint.failing_since.is_some() { 1 } else { AT_ONCE };
                    let Taken { endpoint, secrets, due } = *taken;
                    let (endpoint, secrets) = (Arc::new(endpoint), Arc::new(secrets));
                    for due in due {
                        let (endpoint, secrets) = (Arc::clone(&endpoint), Arc::clone(&secrets));
                        let deliverer = &self.deliverer;
                        on_their_way.push(async move { deliverer.deliver(&endpoint, &secrets, due).await });
                    }
                    Duration::ZERO
                }
                Ok(Look::Pause(pause)) => pause,
                Ok(Look::End) => break,
                Err(error) => {
                    tracing::error!(endpoint = %self.endpoint, %error, "Deliveries cannot be read");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = shared.stopping.cancelled() => {}
                Some(done) = on_their_way.next() => self.report(done),
                changed = events.changed() => if changed.is_err() { break },
                changed = changed.changed() => if changed.is_err() { break },
                () = tokio::time::sleep(pause) => {}
            }
        }
        let rest = async {
            while let Some(done) = on_their_way.next().await {
                self.report(done);
            }
        };
        let _late = tokio::time::timeout(END_WITHIN, rest).await;
        self.endpoint
    }

    async fn look(&self, free: usize) -> Result<Look, StoreError> {
        let shared = &self.deliverer.0;
        let now = shared.clock.now();
        let limit = u32::try_from(free).unwrap_or_default();
        if limit == 0 {
            return Ok(Look::Pause(IDLE));
        }
        match shared.store.next_delivery(self.endpoint, now).await? {
            Some(at) if at <= now => {
                let leased_until = Timestamp::from_millis(now.as_millis().saturating_add(millis(LEASE)));
                let taken = shared.store.take_deliveries(self.endpoint, now, leased_until, limit).await?;
                Ok(taken.map_or(Look::End, |taken| Look::Taken(Box::new(taken))))
            }
            next => {
                let is_served = shared.store.endpoint(self.endpoint).await?.is_some_and(|e| e.enabled);
                let until =
                    |at: Timestamp| u64::try_from(at.as_millis() - now.as_millis()).unwrap_or_default();
                let pause = next.map_or(IDLE, |at| Duration::from_millis(until(at).max(1)).min(IDLE));
                Ok(if is_served { Look::Pause(pause) } else { Look::End })
            }
        }
    }

    /// What could not be written down is on lease, and comes again.
    fn report(&self, done: Result<(), StoreError>) {
        if let Err(error) = done {
            tracing::error!(endpoint = %self.endpoint, %error, "Delivery cannot be written down; it is made again");
        }
    }
}
