//! A part that panics begins anew, so that no channel falls silent.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::FutureExt as _;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::metrics::Metrics;

/// The pause before a part begins anew; it doubles while it panics again and again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Runs parts, again where they panic.
pub(super) struct Again {
    running: TaskTracker,
    stopping: CancellationToken,
    metrics: Arc<Metrics>,
    first_pause: Duration,
}

impl Again {
    pub(super) fn new(running: TaskTracker, stopping: CancellationToken, metrics: Arc<Metrics>) -> Self {
        Self { running, stopping, metrics, first_pause: FIRST_PAUSE }
    }

    /// Runs a part until it ends by itself or the host stops. What is to be remembered is in the store, so one that panicked
    /// can begin anew with nothing but what `begin` gives it.
    pub(super) fn spawn<F>(&self, part: impl Into<String>, begin: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let (part, stopping, metrics) = (part.into(), self.stopping.clone(), Arc::clone(&self.metrics));
        let first_pause = self.first_pause;
        self.running.spawn(async move {
            let mut pause = first_pause;
            loop {
                let began = Instant::now();
                let run = async { begin().await };
                if AssertUnwindSafe(run).catch_unwind().await.is_ok() {
                    return;
                }
                if began.elapsed() > LONGEST_PAUSE {
                    pause = first_pause;
                }
                metrics.panicked(&part);
                tracing::error!(part, ?pause, "A part of the host panicked; it begins anew");
                if stopping.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                    return;
                }
                pause = longer(pause);
            }
        });
    }
}

fn longer(pause: Duration) -> Duration {
    (pause * 2).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn again(first_pause: Duration) -> Again {
        let again = Again::new(TaskTracker::new(), CancellationToken::new(), Arc::new(Metrics::new()));
        Again { first_pause, ..again }
    }

    /// Runs a part that panics so often, until it ends; how often it began.
    async fn run(again: &Again, panics: u32) -> u32 {
        let begun = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&begun);
        again.spawn("sample", move || {
            let number = counter.fetch_add(1, Ordering::Relaxed);
            async move { assert!(number >= panics, "on purpose") }
        });
        again.running.close();
        again.running.wait().await;
        begun.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn a_part_that_panics_begins_anew_until_it_ends_and_each_panic_is_counted() {
        let again = again(Duration::ZERO);
        assert_eq!(run(&again, 8).await, 9);
        let metrics = again.metrics.encode().unwrap();
        assert!(metrics.contains("jackfield_panics_total{part=\"sample\"} 8"), "{metrics}");
    }

    #[tokio::test]
    async fn nothing_begins_anew_in_a_host_that_stops() {
        let again = again(LONGEST_PAUSE);
        again.stopping.cancel();
        assert_eq!(run(&again, u32::MAX).await, 1);
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses = std::iter::successors(Some(FIRST_PAUSE), |pause| Some(longer(*pause)));
        let seconds: Vec<_> = pauses.take(8).map(|pause| pause.as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60]);
    }
}
