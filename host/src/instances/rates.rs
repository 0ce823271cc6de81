//! What an instance may ask of its platform in which time.

use std::{
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use connector_api::capabilities::document::{RateLimit, RateScope};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use tokio::{sync::Semaphore, time::Instant};

/// Requests are spaced a little wider than declared, because the platform's clock is not ours.
const MARGIN: f64 = 1.01;

/// The part of the margin by which a request that comes late may be nearer to the next one. Without it every lateness of
/// a timer would lower the rate for good; with less than the whole of it there are never more requests than declared.
const CATCH_UP: f64 = 0.8;

/// Tokens that one request takes, so that a part of a request's spacing can be counted.
const TOKENS: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// So many accounts or conversations are remembered before those are forgotten that have been quiet.
const MAX_KEYS: usize = 10_000;

/// The declared rates of one instance. Every request takes its tokens from each scope.
#[derive(Debug)]
pub struct Rates {
    limits: Vec<Limit>,
    clock: DefaultClock,
    /// When the scope that all requests share will have the tokens for another one. A hint.
    due: Mutex<Instant>,
    /// One place, in front of that scope.
    entrance: Semaphore,
}

#[derive(Debug)]
struct Limit {
    scope: RateScope,
    spacing: Duration,
    limiter: DefaultKeyedRateLimiter<String>,
    /// Nobody knows what was asked before this program ran, so the first request comes after one spacing.
    begins: Instant,
}

impl Rates {
    /// Limiters for the declared rates. A rate of nothing in no time is left out: it says nothing.
    #[must_use]
    pub fn new(declared: &[RateLimit]) -> Self {
        let limits: Vec<Limit> = declared.iter().filter_map(Limit::of).collect();
        let begins = limits.iter().filter(|limit| limit.scope == RateScope::App).map(|limit| limit.begins);
        let due = Mutex::new(begins.max().unwrap_or_else(Instant::now));
        Self { limits, clock: DefaultClock::default(), due, entrance: Semaphore::new(1) }
    }

    /// Waits until a request of the instance may probably leave after `ahead`, where `before` it so many others wait for
    /// their tokens. How many may until then; takes no tokens.
    pub async fn nearly(&self, ahead: Duration, before: usize) -> usize {
        let spacing = self.spacing();
        let before = spacing.saturating_mul(u32::try_from(before).unwrap_or(u32::MAX));
        let due = *self.due.lock().unwrap_or_else(PoisonError::into_inner) + before;
        if let Some(then) = due.checked_sub(ahead) {
            tokio::time::sleep_until(then).await;
        }
        let left = (Instant::now() + ahead).saturating_duration_since(due);
        let more = left.as_nanos().checked_div(spacing.as_nanos()).unwrap_or(u128::MAX);
        usize::try_from(more).unwrap_or(usize::MAX).saturating_add(1)
    }

    /// Waits for the tokens of the scope that all requests of the instance share. Taken just before the request leaves;
    /// who comes first has them first.
    pub async fn instance(&self) {
        // Closed never.
        let _first = self.entrance.acquire().await;
        self.take(RateScope::App, "").await;
        *self.due.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now() + self.spacing();
    }

    fn spacing(&self) -> Duration {
        let of_app = self.limits.iter().filter(|limit| limit.scope == RateScope::App);
        of_app.map(|limit| limit.spacing).max().unwrap_or_default()
    }

    /// Waits for the tokens of each narrower scope.
    pub async fn conversation(&self, account: &str, conversation: &str) {
        self.take(RateScope::Account, account).await;
        self.take(RateScope::Conversation, conversation).await;
    }

    async fn take(&self, scope: RateScope, key: &str) {
        let key = key.to_owned();
        for Limit { limiter, begins, .. } in self.limits.iter().filter(|limit| limit.scope == scope) {
            tokio::time::sleep_until(*begins).await;
            if limiter.len() >= MAX_KEYS {
                // A key that has had its pause is as good as a new one.
                limiter.retain_recent();
            }
            // Never more tokens than a limiter holds at most.
            while let Ok(Err(not_until)) = limiter.check_key_n(&key, TOKENS) {
                tokio::time::sleep(not_until.wait_time_from(self.clock.now())).await;
            }
        }
    }
}

impl Limit {
    fn of(rate: &RateLimit) -> Option<Self> {
        let spacing = spacing(rate)?;
        let limiter = RateLimiter::keyed(quota(rate, spacing)?);
        Some(Self { scope: rate.scope, spacing, limiter, begins: Instant::now() + spacing })
    }
}

fn spacing(rate: &RateLimit) -> Option<Duration> {
    let max = NonZeroU32::new(rate.max)?;
    Some(Duration::from_secs(u64::from(rate.per_seconds)).mul_f64(MARGIN) / max.get())
}

/// One request at a time, evenly spaced, nearer only where it catches up.
fn quota(rate: &RateLimit, spacing: Duration) -> Option<Quota> {
    let token = spacing / TOKENS.get();
    let catch_up = Duration::from_secs(u64::from(rate.per_seconds)).mul_f64((MARGIN - 1.0) * CATCH_UP);
    let more = u32::try_from(catch_up.as_nanos().checked_div(token.as_nanos())?).unwrap_or(u32::MAX);
    Some(Quota::with_period(token)?.allow_burst(TOKENS.saturating_add(more)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(max: u32) -> RateLimit {
        serde_json::from_value(serde_json::json!({"scope": "app", "max": max, "per_seconds": 1})).unwrap()
    }

    fn quota_of(max: u32) -> Quota {
        quota(&rate(max), spacing(&rate(max)).unwrap()).unwrap()
    }

    #[test]
    fn requests_are_spaced_a_little_wider_than_declared() {
        assert_eq!(spacing(&rate(10)), Some(Duration::from_millis(101)));
        assert_eq!(spacing(&rate(50)), Some(Duration::from_micros(20_200)));
    }

    /// In any second: those that are spaced, and one more, and what was late before.
    #[test]
    fn whatever_was_late_there_are_never_more_requests_in_a_second_than_declared() {
        for max in [1, 2, 3, 10, 50, 333, 1_000, 10_000] {
            let quota = quota_of(max);
            let token = quota.replenish_interval().as_secs_f64();
            let late = f64::from(quota.burst_size().get() - TOKENS.get()) * token;
            let most = ((1.0 + late) / (token * f64::from(TOKENS.get()))).floor() + 1.0;
            assert!(most <= f64::from(max), "{max}: {most}");
        }
    }

    #[test]
    fn a_rate_of_nothing_is_no_rate() {
        assert!(spacing(&rate(0)).is_none());
        let never = serde_json::json!({"scope": "app", "max": 10, "per_seconds": 0});
        assert!(Limit::of(&serde_json::from_value(never).unwrap()).is_none());
    }

    #[tokio::test]
    async fn the_first_request_keeps_its_distance_from_one_before_the_start() {
        let begun = Instant::now();
        let rates = Rates::new(&[rate(20)]);
        rates.instance().await;
        assert!(begun.elapsed() >= Duration::from_micros(50_500));
    }
}
