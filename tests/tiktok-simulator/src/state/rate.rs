//! Calls per second and app (protocol reference, section 9).

use std::collections::VecDeque;

const SECOND_MS: i64 = 1_000;

/// The counted calls of the last second.
#[derive(Debug, Default)]
pub(crate) struct RateMeter(VecDeque<i64>);

impl RateMeter {
    /// Counts a call unless it would be one too many.
    pub(crate) fn admit(&mut self, limit: usize, now_ms: i64) -> bool {
        while self.0.front().is_some_and(|at| now_ms - at >= SECOND_MS) {
            self.0.pop_front();
        }
        let admitted = self.0.len() < limit;
        if admitted {
            self.0.push_back(now_ms);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_call_within_any_second_is_refused() {
        let mut meter = RateMeter::default();
        for call in 0..10 {
            assert!(meter.admit(10, 900 + call));
        }
        assert!(!meter.admit(10, 1_899));
        assert!(meter.admit(10, 1_900));
    }
}
