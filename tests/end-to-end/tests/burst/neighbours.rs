//! Fifty people, each of whom writes once a second.

use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};

use crate::{connection::Connection, shop::Shop};

pub(crate) const NEIGHBOURS: usize = 50;
const EVERY: Duration = Duration::from_secs(1);

/// The people, and what they have said so far.
pub(crate) struct Neighbours<'a> {
    shop: &'a Shop,
    said: AtomicUsize,
}

/// How long they waited for their answers, the shortest first.
pub(crate) struct Delays(Vec<Duration>);

impl<'a> Neighbours<'a> {
    pub(crate) fn new(shop: &'a Shop) -> Self {
        Self { shop, said: AtomicUsize::new(0) }
    }

    /// Messages of all of them.
    pub(crate) fn said(&self) -> usize {
        self.said.load(Ordering::Relaxed)
    }

    /// Lets them write for that time while nothing else happens.
    pub(crate) fn alone(&self, time: Duration) -> Result<Delays> {
        let wait = || {
            thread::sleep(time);
            Ok(())
        };
        Ok(self.beside(wait)?.0)
    }

    /// Lets them write while `something` happens, and tells what came of that. A delay begins at the moment at which the
    /// message was to be sent, so that one that waits for the one before counts that, too.
    pub(crate) fn beside<T>(&self, something: impl FnOnce() -> Result<T>) -> Result<(Delays, T)> {
        let over = AtomicBool::new(false);
        let begun = Instant::now();
        thread::scope(|scope| {
            let over = &over;
            let write = |number: usize| {
                let first = begun + EVERY.mul_f64(number as f64 / NEIGHBOURS as f64);
                scope.spawn(move || self.write(number, first, over))
            };
            let people: Vec<_> = (0..NEIGHBOURS).map(write).collect();
            let result = something();
            over.store(true, Ordering::Relaxed);
            let mut delays = Vec::new();
            for person in people {
                delays.extend(person.join().unwrap_or_else(|_| bail!("a neighbour panicked"))?);
            }
            delays.sort();
            Ok((Delays(delays), result?))
        })
    }

    fn write(&self, number: usize, mut next: Instant, over: &AtomicBool) -> Result<Vec<Duration>> {
        let mut connection = Connection::open(self.shop.address())?;
        let mut delays = Vec::new();
        loop {
            thread::sleep(next.saturating_duration_since(Instant::now()));
            if over.load(Ordering::Relaxed) {
                return Ok(delays);
            }
            let message = self.said.fetch_add(1, Ordering::Relaxed);
            let request = self.shop.says(&format!("neighbour {number}"), message);
            let status = connection.post(&request)?;
            delays.push(next.elapsed());
            ensure!(status == 200, "a neighbour was answered {status}");
            next += EVERY;
        }
    }
}

impl Delays {
    /// So many of a hundred are not longer.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let place = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        self.0.get(place).copied().unwrap_or_default()
    }
}

impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, high, most] = [50, 99, 100].map(|percent| self.percentile(percent));
        write!(f, "{median:?}, p99 {high:?}, most {most:?} of {}", self.0.len())
    }
}
