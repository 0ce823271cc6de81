//! What an instance may ask of its platform in which time.

use std::{num::NonZeroU32, time::Duration};

use connector_api::capabilities::document::{RateLimit, RateScope};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

/// Requests are spaced a little wider than declared, because the platform's clock is not ours.
const MARGIN: f64 = 1.02;

/// So many accounts or conversations are remembered before those are forgotten that have been quiet.
const MAX_KEYS: usize = 10_000;

/// The declared rates of one instance. Every request takes a token from each scope.
#[derive(Debug)]
pub struct Rates {
    limits: Vec<(RateScope, DefaultKeyedRateLimiter<String>)>,
    clock: DefaultClock,
}

impl Rates {
    /// Limiters for the declared rates. A rate of nothing in no time is left out: it says nothing.
    #[must_use]
    pub fn new(declared: &[RateLimit]) -> Self {
        let limiter = |rate: &RateLimit| Some((rate.scope, RateLimiter::keyed(quota(rate)?)));
        Self { limits: declared.iter().filter_map(limiter).collect(), clock: DefaultClock::default() }
    }

    /// Waits for a token of the scope that all requests of the instance share.
    pub async fn instance(&self) {
        self.take(RateScope::App, "").await;
    }

    /// Waits for a token of each narrower scope.
    pub async fn conversation(&self, account: &str, conversation: &str) {
        self.take(RateScope::Account, account).await;
        self.take(RateScope::Conversation, conversation).await;
    }

    async fn take(&self, scope: RateScope, key: &str) {
        let key = key.to_owned();
        for (_, limiter) in self.limits.iter().filter(|(of, _)| *of == scope) {
            if limiter.len() >= MAX_KEYS {
                // A key that has had its pause is as good as a new one.
                limiter.retain_recent();
            }
            while let Err(not_until) = limiter.check_key(&key) {
                tokio::time::sleep(not_until.wait_time_from(self.clock.now())).await;
            }
        }
    }
}

/// One request at a time, evenly spaced.
fn quota(rate: &RateLimit) -> Option<Quota> {
    let max = NonZeroU32::new(rate.max)?;
    let spacing = Duration::from_secs(u64::from(rate.per_seconds)).mul_f64(MARGIN) / max.get();
    Some(Quota::with_period(spacing)?.allow_burst(NonZeroU32::MIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(max: u32) -> RateLimit {
        serde_json::from_value(serde_json::json!({"scope": "app", "max": max, "per_seconds": 1})).unwrap()
    }

    #[test]
    fn requests_are_spaced_a_little_wider_than_declared() {
        let quota = quota(&rate(10)).unwrap();
        assert_eq!(quota.replenish_interval(), Duration::from_millis(102));
        assert_eq!(quota.burst_size(), NonZeroU32::MIN);
    }

    #[test]
    fn a_rate_of_nothing_is_no_rate() {
        assert!(quota(&rate(0)).is_none());
    }
}
