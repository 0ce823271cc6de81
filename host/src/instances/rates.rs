//! What an instance may ask of its platform in which time.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use connector_api::capabilities::document::{RateLimit, RateScope};
use tokio::{sync::Semaphore, time::Instant};

/// The time of a rate is taken a little longer than declared: requests do not all travel equally fast.
const MARGIN: f64 = 1.02;

/// Requests may follow each other so much closer than evenly, so that one that was late does not lower the rate.
const CATCH_UP: f64 = 0.7;

/// So many requests are remembered for each account or conversation; of a rate of more, a part in a part of its time.
const MAX_REMEMBERED: u32 = 100;

/// What has time stands in line after so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it looks whether nobody else is there.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// So many accounts or conversations are remembered before those are forgotten that have been quiet.
const MAX_KEYS: usize = 10_000;

/// The declared rates of one instance. Every request takes its place in each scope.
///
/// In no stretch of a rate's time do more requests leave than declared, and they leave about evenly. A limiter of the
/// usual kind (a bucket) cannot have both without losing a part of the rate to each timer that is late.
#[derive(Debug)]
pub struct Rates {
    limits: Vec<Limit>,
    /// One place, in front of the scope that all requests share: who comes first leaves first.
    entrance: Semaphore,
}

/// So many requests in so much time, for each key.
#[derive(Debug)]
struct Limit {
    scope: RateScope,
    max: u32,
    time: Duration,
    since: Instant,
    left: Mutex<HashMap<String, VecDeque<Instant>>>,
}

impl Rates {
    /// Limits for the declared rates. A rate of nothing, or in no time, is left out: it says nothing.
    #[must_use]
    pub fn new(declared: &[RateLimit]) -> Self {
        let now = Instant::now();
        let limits = declared.iter().filter_map(|rate| Limit::of(rate, now)).collect();
        Self { limits, entrance: Semaphore::new(1) }
    }

    /// Waits until a request of the instance may probably leave after `ahead`, where `before` it so many others wait for
    /// their place. How many may until then; takes no place.
    pub async fn nearly(&self, ahead: Duration, before: usize) -> usize {
        let before = u32::try_from(before).unwrap_or(u32::MAX);
        let limits = || self.limits.iter().filter(|limit| limit.scope == RateScope::App);
        let due = |limit: &Limit| limit.next("", Instant::now()) + limit.spacing().saturating_mul(before);
        let Some(due) = limits().map(due).max() else { return usize::MAX };
        if let Some(then) = due.checked_sub(ahead) {
            tokio::time::sleep_until(then).await;
        }
        let left = (Instant::now() + ahead).saturating_duration_since(due);
        let more = limits().map(|limit| left.as_nanos() / limit.spacing().as_nanos().max(1)).min();
        usize::try_from(more.unwrap_or(0)).unwrap_or(usize::MAX).saturating_add(1)
    }

    /// Waits for a place in the scope that all requests of the instance share. Taken just before the request leaves.
    pub async fn instance(&self) {
        // It is never closed.
        let _first = self.entrance.acquire().await;
        self.take(RateScope::App, "").await;
    }

    /// Waits for a place in the scope that all requests share that nobody else wants just now; for something that has
    /// time. After a while it stands in line like anybody.
    pub async fn leisurely(&self) {
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            let now = Instant::now();
            let limits = self.limits.iter().filter(|limit| limit.scope == RateScope::App);
            let due = limits.map(|limit| limit.next("", now)).max().unwrap_or(now);
            if due <= now
                && let Ok(_first) = self.entrance.try_acquire()
            {
                return self.take(RateScope::App, "").await;
            }
            tokio::time::sleep_until(due.max(now + LOOK_AGAIN)).await;
        }
        self.instance().await;
    }

    /// Waits for a place in each narrower scope.
    pub async fn conversation(&self, account: &str, conversation: &str) {
        self.take(RateScope::Account, account).await;
        self.take(RateScope::Conversation, conversation).await;
    }

    async fn take(&self, scope: RateScope, key: &str) {
        for limit in self.limits.iter().filter(|limit| limit.scope == scope) {
            while let Err(then) = limit.try_take(key, Instant::now()) {
                tokio::time::sleep_until(then).await;
            }
        }
    }
}

impl Limit {
    fn of(rate: &RateLimit, now: Instant) -> Option<Self> {
        let parts = rate.max.div_ceil(MAX_REMEMBERED).max(1);
        let max = rate.max / parts;
        let time = Duration::from_secs(u64::from(rate.per_seconds)).mul_f64(MARGIN) / parts;
        let says_something = max > 0 && !time.is_zero();
        says_something.then(|| Self { scope: rate.scope, max, time, since: now, left: Mutex::default() })
    }

    /// The even distance of two requests.
    fn spacing(&self) -> Duration {
        self.time / self.max
    }

    /// When the next request may leave.
    fn next(&self, key: &str, now: Instant) -> Instant {
        let left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.get(key).map_or_else(|| self.after(&self.before_start(), now), |left| self.after(left, now))
    }

    /// Takes a place now, or says when there will be one.
    fn try_take(&self, key: &str, now: Instant) -> Result<(), Instant> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if left.len() >= MAX_KEYS {
            left.retain(|_, left| left.back().is_some_and(|last| *last + self.time > now));
        }
        let left = left.entry(key.to_owned()).or_insert_with(|| self.before_start());
        match self.after(left, now) {
            then if then > now => Err(then),
            _ => {
                left.pop_front();
                left.push_back(now);
                Ok(())
            }
        }
    }

    /// Nobody knows what left before this program ran: it is taken to have been as much as was allowed.
    fn before_start(&self) -> VecDeque<Instant> {
        let at = |number| self.since.checked_sub(self.spacing() * number).unwrap_or(self.since);
        (0..self.max).rev().map(at).collect()
    }

    /// The first moment from `now` on that keeps its distance from the last request, and from the one before so many.
    fn after(&self, left: &VecDeque<Instant>, now: Instant) -> Instant {
        let spaced = left.back().map(|last| *last + self.spacing().mul_f64(CATCH_UP));
        let allowed = left.front().map(|first| *first + self.time);
        now.max(spaced.unwrap_or(now)).max(allowed.unwrap_or(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(max: u32, per_seconds: u32) -> RateLimit {
        let json = serde_json::json!({"scope": "app", "max": max, "per_seconds": per_seconds});
        serde_json::from_value(json).unwrap()
    }

    fn limit(max: u32, start: Instant) -> Limit {
        Limit::of(&rate(max, 1), start).unwrap()
    }

    /// When requests leave within so much time, where each comes as late as `late` says.
    fn leave(
        limit: &Limit,
        start: Instant,
        time: Duration,
        late: impl Fn(usize) -> Duration,
    ) -> Vec<Instant> {
        let (mut now, mut left) = (start, Vec::new());
        while now < start + time {
            match limit.try_take("", now) {
                Ok(()) => left.push(now),
                Err(then) => now = then + late(left.len()),
            }
        }
        left
    }

    #[test]
    fn in_no_second_do_more_requests_leave_than_declared_and_lateness_costs_little() {
        let late = |number: usize| Duration::from_millis(if number.is_multiple_of(7) { 30 } else { 2 });
        for max in [1, 2, 10, 50, 100, 101, 250, 1_000] {
            let start = Instant::now();
            let left = leave(&limit(max, start), start, Duration::from_secs(20), late);
            for (number, first) in left.iter().enumerate() {
                let within = left[number..].iter().take_while(|one| **one < *first + Duration::from_secs(1));
                assert!(within.count() <= max as usize, "{max}");
            }
            // At more than this, what comes 2 ms late each time has lost a fifth of each distance.
            let most = f64::from(max) * 20.0;
            assert!(max > 50 || left.len() as f64 >= 0.94 * most, "{} of {most}", left.len());
        }
    }

    #[test]
    fn requests_leave_about_evenly_after_a_pause_too() {
        let start = Instant::now();
        let limit = limit(10, start);
        leave(&limit, start, Duration::from_secs(2), |_| Duration::ZERO);
        let later = start + Duration::from_secs(60);
        let left = leave(&limit, later, Duration::from_secs(2), |_| Duration::ZERO);
        let least = Duration::from_millis(71);
        assert_eq!(left[0], later);
        assert!(left.windows(2).all(|pair| pair[1] - pair[0] > least), "{left:?}");
    }

    #[test]
    fn the_first_request_keeps_its_distance_from_what_may_have_left_before_the_start() {
        let start = Instant::now();
        assert_eq!(limit(10, start).next("", start), start + Duration::from_millis(102));
        let left = leave(&limit(10, start), start, Duration::from_millis(1_021), |_| Duration::ZERO);
        assert_eq!(left.len(), 10);
    }

    #[test]
    fn each_key_has_a_rate_of_its_own() {
        let start = Instant::now();
        let limit = limit(1, start);
        let later = start + Duration::from_secs(2);
        assert_eq!((limit.try_take("a", later), limit.try_take("b", later)), (Ok(()), Ok(())));
        assert_eq!(limit.try_take("a", later), Err(later + Duration::from_millis(1_020)));
    }

    #[test]
    fn a_rate_of_nothing_is_no_rate() {
        for (max, per_seconds) in [(0, 1), (10, 0)] {
            assert!(Limit::of(&rate(max, per_seconds), Instant::now()).is_none());
        }
    }
}
