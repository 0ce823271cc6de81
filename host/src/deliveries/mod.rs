//! Events as signed webhooks. Each enabled endpoint has a task of its own, so that one that is dead or slow delays
//! nobody else. What is to be delivered is read from the store, and what became of it is on disk before it is done.

mod attempt;
mod route;
mod schedule;
mod signature;

use std::{collections::HashSet, sync::Arc, time::Duration};

use connector_api::Timestamp;
use tokio::task::JoinSet;

pub(crate) use self::{attempt::Courier, signature::new_secret};
use self::{attempt::Letter, route::Route};
use crate::{
    model::{Attempt, Delivery, DeliveryId, DeliveryState, Endpoint, EndpointId},
    shared::Shared,
    store::{DueDelivery, SealedSecrets, StoreError},
};

/// How long a delivery is tried.
pub(crate) const LONGEST: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// An endpoint at which everything has failed for so long is disabled.
const FAILING_TOO_LONG: Duration = Duration::from_secs(5 * 24 * 60 * 60);
/// The pause after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(1);
/// What a test is named in its payload.
const TEST: &str = "webhook.test";

/// Delivers events.
#[derive(Clone)]
pub(crate) struct Deliverer(pub(crate) Arc<Shared>);

impl Deliverer {
    /// Delivers until the host stops: sees to it that each enabled endpoint has its task.
    pub(crate) async fn run(self) {
        let mut changed = self.0.endpoints_changed.subscribe();
        let mut routes = JoinSet::new();
        let mut served = HashSet::new();
        loop {
            changed.borrow_and_update();
            let pause = match self.0.store.endpoints().await {
                Ok(endpoints) => {
                    for endpoint in endpoints.into_iter().filter(|endpoint| endpoint.enabled) {
                        if served.insert(endpoint.id) {
                            routes.spawn(Route::new(self.clone(), endpoint.id).run());
                        }
                    }
                    Duration::MAX
                }
                Err(error) => {
                    tracing::error!(%error, "Webhook endpoints cannot be read");
                    STORE_PAUSE
                }
            };
            tokio::select! {
                () = self.0.stopping.cancelled() => break,
                changed = changed.changed() => if changed.is_err() { break },
                Some(ended) = routes.join_next() => match ended {
                    Ok(endpoint) => { served.remove(&endpoint); }
                    Err(error) => {
                        tracing::error!(%error, "Deliveries stopped; they begin again");
                        served.clear();
                        routes.shutdown().await;
                    }
                },
                () = tokio::time::sleep(pause) => {}
            }
        }
        while routes.join_next().await.is_some() {}
    }

    /// Tries once, and writes down what became of it.
    async fn deliver(
        &self,
        endpoint: &Endpoint,
        secrets: &SealedSecrets,
        due: DueDelivery,
    ) -> Result<(), StoreError> {
        let DueDelivery { delivery, event } = due;
        let now = self.0.clock.now();
        let (answer, took) = match event {
            Some(event) => {
                let body = crate::rest::payload(&self.0, event).await?;
                let letter = Letter { endpoint, secrets, id: &delivery.webhook_id(), body };
                self.0.courier.attempt(letter, now).await
            }
            None => (schedule::Answer::forgotten(), Duration::ZERO),
        };
        let ended = self.0.clock.now();
        let next = schedule::next(&delivery, &answer, ended);
        self.0.metrics.delivery(answer.error.is_none());
        let attempt = written(&answer, now, took);
        let too_long = Timestamp::from_millis(ended.as_millis().saturating_sub(millis(FAILING_TOO_LONG)));
        let disabled = self.0.store.record_attempt(delivery.id, attempt, next, too_long).await?;
        if let Some(because) = disabled {
            tracing::error!(endpoint = %endpoint.id, ?because, "Webhook endpoint disabled");
            self.0.endpoints_changed.send_replace(());
        }
        Ok(())
    }

    /// Sends a test, whether the endpoint is enabled or not; the one attempt with what came back.
    pub(crate) async fn test(
        &self,
        endpoint: &Endpoint,
        secrets: &SealedSecrets,
    ) -> Result<Delivery, StoreError> {
        let now = self.0.clock.now();
        let mut delivery = Delivery {
            id: DeliveryId::generate(),
            endpoint: endpoint.id,
            sequence: None,
            kind: TEST.to_owned(),
            state: DeliveryState::Dead,
            attempts: 1,
            created_at: now,
            began_at: now,
            next_at: None,
            history: Vec::new(),
        };
        let body = crate::rest::test_payload(TEST, now);
        let letter = Letter { endpoint, secrets, id: &delivery.webhook_id(), body };
        let (answer, took) = self.0.courier.attempt(letter, now).await;
        if answer.error.is_none() {
            delivery.state = DeliveryState::Delivered;
        }
        let attempt = written(&answer, now, took);
        self.0.store.log_test(delivery.clone(), attempt.clone()).await?;
        delivery.history.push(attempt);
        Ok(delivery)
    }
}

fn written(answer: &schedule::Answer, at: Timestamp, took: Duration) -> Attempt {
    Attempt {
        at,
        duration_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
        status_code: answer.status_code,
        error: answer.error,
    }
}

pub(crate) fn millis(period: Duration) -> i64 {
    i64::try_from(period.as_millis()).unwrap_or(i64::MAX)
}
