//! How much at once: requests of one key, failed proofs of one address, bytes of bodies in memory.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use axum::http::StatusCode;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::problem::Problem;
use crate::{config::Limits, model::KeyId};

/// Keys or sessions that one address may get wrong in a minute.
const FAILURES_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
/// So many addresses or keys are remembered before those are forgotten that have been quiet.
const MAX_REMEMBERED: usize = 10_000;

/// The address that a connection came from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// What the host lets in.
#[derive(Debug)]
pub(crate) struct Admission {
    keys: DefaultKeyedRateLimiter<KeyId>,
    failures: DefaultKeyedRateLimiter<IpAddr>,
    bodies: Arc<Semaphore>,
    clock: DefaultClock,
}

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        let rate = limits.requests_per_second;
        let quota = Quota::per_second(rate).allow_burst(rate.saturating_add(rate.get()));
        Self {
            keys: RateLimiter::keyed(quota),
            failures: RateLimiter::keyed(Quota::per_minute(FAILURES_PER_MINUTE)),
            bodies: Arc::new(Semaphore::new(limits.bodies_in_flight_bytes.min(Semaphore::MAX_PERMITS))),
            clock: DefaultClock::default(),
        }
    }

    /// One more request of a key.
    pub(super) fn request(&self, key: KeyId) -> Result<(), Problem> {
        forget_quiet(&self.keys);
        self.keys.check_key(&key).map_err(|until| {
            let detail = "This key asks more often than limits.requests_per_second allows.";
            rate_limited(detail, until.wait_time_from(self.clock.now()))
        })
    }

    /// One more failed proof. Where there were too many, its answer says no more than that. Good keys of the same
    /// address are let in all the same: it may be a proxy's, and nobody guesses 256 bits.
    pub(super) fn failure(&self, peer: Option<Peer>, problem: Problem) -> Problem {
        let Some(Peer(address)) = peer else { return problem };
        forget_quiet(&self.failures);
        if self.failures.len() >= MAX_REMEMBERED {
            // More addresses at once than anybody has customers: they share what is left.
            return self.spent(Ipv6Addr::UNSPECIFIED.into()).unwrap_or(problem);
        }
        self.spent(network(address)).unwrap_or(problem)
    }

    fn spent(&self, address: IpAddr) -> Option<Problem> {
        let until = self.failures.check_key(&address).err()?;
        let detail = "Too many failed attempts from this address; check the key.";
        Some(rate_limited(detail, until.wait_time_from(self.clock.now())))
    }

    /// A place in memory for so many bytes of a body.
    pub(super) fn body(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        Arc::clone(&self.bodies).try_acquire_many_owned(permits).map_err(|_| {
            let detail =
                "The host holds as many bodies as it may (limits.bodies_in_flight_bytes); try again.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "host.busy", detail)
        })
    }
}

fn rate_limited(detail: &str, wait: Duration) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "request.rate_limited", detail).retry_after(wait)
}

/// Whoever has had a pause is as good as new.
fn forget_quiet<K: std::hash::Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>) {
    if limiter.len() >= MAX_REMEMBERED {
        limiter.retain_recent();
    }
}

/// One network of IPv6 has more addresses than anybody could remember.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        v4 => v4,
    }
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
