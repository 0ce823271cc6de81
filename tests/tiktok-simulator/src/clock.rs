//! Simulated time: real time moved by an offset, or standing still.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// The clock behind tokens, windows, signatures, timestamps and webhook retries.
#[derive(Debug)]
pub(crate) struct Clock {
    position: Mutex<Position>,
    moved: watch::Sender<()>,
}

#[derive(Debug)]
struct Position {
    offset_ms: i64,
    frozen_at_ms: Option<i64>,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            position: Mutex::new(Position { offset_ms: 0, frozen_at_ms: None }),
            moved: watch::Sender::new(()),
        }
    }

    /// Simulated now in Unix milliseconds.
    pub(crate) fn now_ms(&self) -> i64 {
        self.position().now_ms()
    }

    /// Simulated now in Unix seconds.
    pub(crate) fn now_secs(&self) -> i64 {
        self.now_ms() / 1_000
    }

    /// Moves the clock forward and wakes everything that waits for a moment now past.
    pub(crate) fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        {
            let mut position = self.position();
            position.offset_ms = position.offset_ms.saturating_add(by_ms);
            position.frozen_at_ms = position.frozen_at_ms.map(|at| at.saturating_add(by_ms));
        }
        self.moved.send_replace(());
    }

    /// Stops the clock, or lets it run on from where it stands.
    pub(crate) fn set_frozen(&self, frozen: bool) {
        {
            let mut position = self.position();
            let now = position.now_ms();
            position.frozen_at_ms = frozen.then_some(now);
            position.offset_ms = now.saturating_sub(real_now_ms());
        }
        self.moved.send_replace(());
    }

    /// Returns once simulated time has reached `due_ms`.
    pub(crate) async fn sleep_until(&self, due_ms: i64) {
        let mut moved = self.moved.subscribe();
        loop {
            let (remaining, frozen) = {
                let position = self.position();
                (due_ms - position.now_ms(), position.frozen_at_ms.is_some())
            };
            let Ok(remaining) = u64::try_from(remaining) else {
                return;
            };
            if remaining == 0 {
                return;
            }
            let pause = tokio::time::sleep(Duration::from_millis(remaining));
            tokio::select! {
                () = pause, if !frozen => {}
                _ = moved.changed() => {}
            }
        }
    }

    fn position(&self) -> MutexGuard<'_, Position> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Position {
    fn now_ms(&self) -> i64 {
        self.frozen_at_ms.unwrap_or_else(|| real_now_ms().saturating_add(self.offset_ms))
    }
}

fn real_now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or_default()
}
