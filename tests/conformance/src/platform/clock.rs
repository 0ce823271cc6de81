//! The fake platform's clock, as far as the kit has to know it: it signs by it, and lets tokens end by it.

use std::sync::atomic::{AtomicI64, Ordering};

use connector_api::Timestamp;

const RUNS: i64 = 0;

/// Runs with that of this machine, or stands still and is moved.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// Milliseconds since 1970 where it stands still.
    stands_at_ms: AtomicI64,
}

impl Clock {
    pub(super) fn now(&self) -> Timestamp {
        match self.stands_at_ms.load(Ordering::Relaxed) {
            RUNS => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let millis = i64::try_from(since.unwrap_or_default().as_millis());
                Timestamp::from_millis(millis.unwrap_or(i64::MAX))
            }
            at_ms => Timestamp::from_millis(at_ms),
        }
    }

    pub(super) fn stands_still(&self) -> bool {
        self.stands_at_ms.load(Ordering::Relaxed) != RUNS
    }

    pub(super) fn stand_at(&self, at_ms: i64) {
        self.stands_at_ms.store(at_ms, Ordering::Relaxed);
    }
}
