//! How often an instance's connector has failed lately, and whether to leave it alone for a while.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// So many faults, one after the other without a success between them …
const FAULTS: usize = 5;
/// … in so much time open the circuit …
const WITHIN: Duration = Duration::from_secs(60);
/// … for this long the first time, twice as long each time after …
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// … and never longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// The recent faults of one instance.
#[derive(Debug, Default)]
pub(super) struct Faults {
    recent: VecDeque<Instant>,
    open_until: Option<Instant>,
    times_opened: u32,
}

impl Faults {
    /// One more fault; for how long the circuit is open from now on, where this fault opened it.
    pub(super) fn fault(&mut self, now: Instant) -> Option<Duration> {
        self.recent.push_back(now);
        while self.recent.front().is_some_and(|first| now.duration_since(*first) > WITHIN) {
            self.recent.pop_front();
        }
        // The one try after a pause decides by itself.
        let on_trial = self.times_opened > 0 && self.open_until.is_none_or(|until| now >= until);
        if self.is_open(now) || self.recent.len() < FAULTS && !on_trial {
            return None;
        }
        let pause = FIRST_PAUSE.saturating_mul(1 << self.times_opened.min(10)).min(LONGEST_PAUSE);
        self.open_until = Some(now + pause);
        self.times_opened += 1;
        self.recent.clear();
        Some(pause)
    }

    /// A call went well; whether that closed the circuit.
    pub(super) fn success(&mut self, now: Instant) -> bool {
        self.recent.clear();
        if self.times_opened == 0 || self.is_open(now) {
            return false;
        }
        *self = Self::default();
        true
    }

    /// Whether calls are refused.
    pub(super) fn is_open(&self, now: Instant) -> bool {
        self.open_until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_faults_open_the_circuit_for_longer_each_time() {
        let start = Instant::now();
        let mut faults = Faults::default();
        for _ in 1..FAULTS {
            assert_eq!(faults.fault(start), None);
        }
        assert_eq!(faults.fault(start), Some(FIRST_PAUSE));
        assert!(faults.is_open(start));
        let later = start + FIRST_PAUSE;
        assert!(!faults.is_open(later));
        assert_eq!(faults.fault(later), Some(FIRST_PAUSE * 2), "one try decides");
    }

    #[test]
    fn faults_far_apart_do_not_open_it() {
        let mut now = Instant::now();
        let mut faults = Faults::default();
        for _ in 0..20 {
            assert_eq!(faults.fault(now), None);
            now += WITHIN / 3;
        }
    }

    #[test]
    fn a_success_between_them_forgives_faults() {
        let now = Instant::now();
        let mut faults = Faults::default();
        for _ in 0..20 {
            assert_eq!(faults.fault(now), None);
            assert!(!faults.success(now), "there was no circuit to close");
        }
    }

    #[test]
    fn a_success_after_the_pause_closes_it() {
        let start = Instant::now();
        let mut faults = Faults::default();
        (0..FAULTS).for_each(|_| {
            faults.fault(start);
        });
        assert!(!faults.success(start), "a late answer of before");
        assert!(faults.success(start + FIRST_PAUSE));
        assert_eq!(faults.fault(start + FIRST_PAUSE), None);
    }
}
