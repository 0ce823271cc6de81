//! Forgets what was needed only for a while.

use std::{sync::Arc, time::Duration};

use connector_api::Timestamp;

use crate::{
    clock::Clock,
    config::Retention,
    deliveries,
    store::{Past, Store, StoreError},
};

/// How often old rows are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(15 * 60);
/// How long the keys of requests are kept at least.
const IDEMPOTENCY_KEYS: Duration = Duration::from_secs(24 * 60 * 60);
/// Between two batches, so that webhooks come first.
const BATCH_PAUSE: Duration = Duration::from_millis(100);

/// Forgets until it is cancelled.
pub(crate) async fn run(store: Arc<dyn Store>, kept: Retention, clock: Clock) {
    loop {
        match forget(&*store, kept, &clock).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "Old rows forgotten"),
            Err(error) => tracing::error!(%error, "Old rows cannot be forgotten"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn forget(store: &dyn Store, kept: Retention, clock: &Clock) -> Result<u64, StoreError> {
    let now = clock.now();
    let before = |period: Duration| {
        let millis = i64::try_from(period.as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(now.as_millis().saturating_sub(millis))
    };
    let past = Past {
        payloads: before(kept.payloads),
        events: before(kept.events),
        undelivered: before(kept.events.max(deliveries::LONGEST)),
        deliveries: before(kept.deliveries),
        seen: before(kept.seen),
        authorizations: now,
        idempotency_keys: before(IDEMPOTENCY_KEYS),
    };
    let mut rows = 0;
    loop {
        let batch = store.forget(past).await?;
        if batch == 0 {
            return Ok(rows);
        }
        rows += u64::from(batch);
        tokio::time::sleep(BATCH_PAUSE).await;
    }
}
