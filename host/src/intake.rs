//! Counts that must agree: what the door took as kept, and what the store has kept.
//!
//! The door counts an arrival when it is settled, the store in the transaction that keeps it. So whatever the door has
//! counted is in the store's count already, and one that is missing there was lost.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use connector_api::Timestamp;

use crate::{
    shared::Shared,
    store::{AtTheDoor, StoreError, Unprocessed, Waiting},
};

/// How often the counts are compared.
const COMPARE_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked what waits.
const LOOK_EVERY: u32 = 10;

/// What the door has counted and the store has not been told yet.
#[derive(Debug, Default)]
pub(crate) struct Door(Mutex<BTreeMap<String, AtTheDoor>>);

impl Door {
    /// An authentic arrival was taken as kept, or answered with an error.
    pub(crate) fn settled(&self, instance: &str, is_kept: bool) {
        let one = AtTheDoor { received: 1, failed: i64::from(!is_kept) };
        self.add(instance, one);
    }

    fn add(&self, instance: &str, more: AtTheDoor) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = counts.entry(instance.to_owned()).or_default();
        counted.received += more.received;
        counted.failed += more.failed;
    }

    fn take(&self) -> BTreeMap<String, AtTheDoor> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Compares what arrived until the host stops, and once more then.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut known = BTreeMap::new();
    let rounds = async {
        for round in 0_u32.. {
            if let Err(error) = compare(&shared, &mut known, round == 0).await {
                tracing::error!(%error, "What arrived cannot be compared with what is kept");
            }
            if round.is_multiple_of(LOOK_EVERY)
                && let Err(error) = look(&shared).await
            {
                tracing::error!(%error, "What waits cannot be read");
            }
            tokio::time::sleep(COMPARE_EVERY).await;
        }
    };
    shared.stopping.run_until_cancelled(rounds).await;
    if let Err(error) = compare(&shared, &mut known, false).await {
        tracing::warn!(%error, "What arrived last is not counted");
    }
}

/// Tells the store what the door has counted, and says where the counts disagree more than before.
async fn compare(shared: &Shared, known: &mut BTreeMap<String, i64>, all: bool) -> Result<(), StoreError> {
    let mut counts = if all { shared.store.intake().await? } else { Vec::new() };
    for (instance, counted) in shared.intake.take() {
        match shared.store.count_intake(&instance, counted).await {
            Ok(count) => counts.push(count),
            Err(error) => {
                shared.intake.add(&instance, counted);
                return Err(error);
            }
        }
    }
    for count in counts {
        shared.metrics.intake(&count);
        let disagreement = count.disagreement();
        if known.insert(count.instance.clone(), disagreement).unwrap_or(0) < disagreement {
            tracing::error!(instance = %count.instance, received = count.received, failed = count.failed,
                kept = count.kept, disagreement, "Arrivals were answered as kept and are not");
        }
    }
    Ok(())
}

async fn look(shared: &Shared) -> Result<(), StoreError> {
    let unprocessed = shared.store.unprocessed().await?;
    let now = shared.clock.now();
    for (what, waiting) in kinds(&unprocessed) {
        shared.metrics.unprocessed(what, waiting.count, age_seconds(waiting, now));
    }
    Ok(())
}

fn kinds(unprocessed: &Unprocessed) -> [(&'static str, Waiting); 5] {
    [
        ("unrouted", unprocessed.unrouted),
        ("undelivered", unprocessed.undelivered),
        ("queued", unprocessed.queued),
        ("sending", unprocessed.sending),
        ("uncertain", unprocessed.uncertain),
    ]
}

/// How long the oldest has waited.
pub(crate) fn age_seconds(waiting: Waiting, now: Timestamp) -> i64 {
    waiting.oldest.map_or(0, |oldest| (now.as_millis() - oldest.as_millis()).max(0) / 1000)
}
