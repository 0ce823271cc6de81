//! Does what is due by itself: waiting messages end, people are warned, pauses are over, snoozed
//! conversations open.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use connector_api::CapabilityDocument;

use crate::{
    shared::Shared,
    store::{Due, StoreError},
};

/// The longest time between two looks, so that a changed document or clock is noticed soon.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The pause after the store failed.
const STORE_PAUSE: Duration = Duration::from_secs(5);
/// What one transaction does of each kind.
const BATCH: u32 = 100;

/// Keeps the time of a host.
#[derive(Default)]
pub(crate) struct Timekeeper {
    /// The documents whose reply windows the store knows of, by instance.
    told: BTreeMap<String, Arc<CapabilityDocument>>,
}

impl Timekeeper {
    /// Looks until it is cancelled.
    pub(crate) async fn run(mut self, shared: &Shared) {
        loop {
            let pause = match self.look(shared).await {
                Ok(pause) => pause,
                Err(error) => {
                    tracing::error!(%error, "What is due cannot be done");
                    STORE_PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Does what is due; how long nothing will be.
    async fn look(&mut self, shared: &Shared) -> Result<Duration, StoreError> {
        self.tell_windows(shared).await?;
        let (now, lead) = (shared.clock.now(), shared.config.alerts.window_closing);
        match shared.store.next_due(now, lead).await? {
            Some(due) if due <= now => {
                let Due { expired, closing, unpaused, woken, ending } =
                    shared.store.fall_due(now, lead, BATCH).await?;
                tracing::info!(expired, closing, unpaused, woken, ending, "Time was over");
                Ok(Duration::ZERO)
            }
            Some(due) => {
                let millis = u64::try_from(due.millis_since(now)).unwrap_or_default();
                Ok(Duration::from_millis(millis).min(LOOK_EVERY))
            }
            None => Ok(LOOK_EVERY),
        }
    }

    /// Tells the store which reply windows hold, where a document is new.
    pub(crate) async fn tell_windows(&mut self, shared: &Shared) -> Result<(), StoreError> {
        for slot in shared.instances.iter() {
            let Ok(document) = slot.document() else { continue };
            if self.told.get(slot.name()).is_some_and(|told| Arc::ptr_eq(told, &document)) {
                continue;
            }
            shared.store.use_windows(slot.name(), &document).await?;
            self.told.insert(slot.name().to_owned(), document);
        }
        Ok(())
    }
}
