//! Calls per second, minute, day and app (protocol reference, section 9).

use std::collections::VecDeque;

use crate::settings::Settings;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60_000;
const PENALTY_MS: i64 = 5 * MINUTE_MS;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// How many calls an app may make.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    per_second: usize,
    per_minute: Option<usize>,
    per_day: Option<usize>,
    tolerance_ms: i64,
}

impl Limits {
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            per_second: settings.qps,
            per_minute: settings.qpm,
            per_day: settings.qpd,
            tolerance_ms: i64::try_from(settings.rate_tolerance_ms).unwrap_or_default(),
        }
    }
}

/// One call too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TooMany {
    /// What the envelope says.
    pub(crate) message: &'static str,
    /// What the judge says.
    pub(crate) detail: String,
}

const BURST: &str = "App reaches the QPS limit.";
const RESTRICTED: &str = "Due to too many requests, requests from App are temporarily restricted.";

/// The counted calls of one app.
#[derive(Debug, Default)]
pub(crate) struct RateMeter {
    second: VecDeque<i64>,
    minute: VecDeque<i64>,
    restricted_until_ms: Option<i64>,
    day: i64,
    today: usize,
}

impl RateMeter {
    /// Counts a call unless it is one too many.
    pub(crate) fn admit(&mut self, limits: Limits, now_ms: i64) -> Result<(), TooMany> {
        let window_ms = SECOND_MS - limits.tolerance_ms;
        forget(&mut self.second, now_ms - window_ms);
        forget(&mut self.minute, now_ms - MINUTE_MS);
        if self.day != now_ms.div_euclid(DAY_MS) {
            self.day = now_ms.div_euclid(DAY_MS);
            self.today = 0;
        }
        if self.restricted_until_ms.is_some_and(|until| now_ms < until) {
            return Err(too_many(RESTRICTED, "during the pause after too many calls in a minute"));
        }
        if limits.per_day.is_some_and(|limit| self.today >= limit) {
            return Err(too_many(RESTRICTED, format!("more than {} calls in a day", self.today)));
        }
        if limits.per_minute.is_some_and(|limit| self.minute.len() >= limit) {
            self.restricted_until_ms = Some(now_ms + PENALTY_MS);
            return Err(too_many(
                RESTRICTED,
                format!("more than {} calls within a minute", self.minute.len()),
            ));
        }
        if self.second.len() >= limits.per_second {
            let detail = format!("more than {} calls within {window_ms} ms", limits.per_second);
            return Err(too_many(BURST, detail));
        }
        self.second.push_back(now_ms);
        self.today += 1;
        if limits.per_minute.is_some() {
            self.minute.push_back(now_ms);
        }
        Ok(())
    }
}

fn forget(calls: &mut VecDeque<i64>, until_ms: i64) {
    while calls.front().is_some_and(|at| *at <= until_ms) {
        calls.pop_front();
    }
}

fn too_many(message: &'static str, detail: impl Into<String>) -> TooMany {
    TooMany { message, detail: detail.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits =
        Limits { per_second: 10, per_minute: Some(30), per_day: Some(100), tolerance_ms: 20 };

    #[test]
    fn the_eleventh_arrival_within_980_ms_is_refused() {
        for (eleventh, admitted) in [(0, false), (979, false), (980, true), (1_000, true)] {
            let mut meter = RateMeter::default();
            for _ in 0..10 {
                assert_eq!(meter.admit(LIMITS, 5_000), Ok(()));
            }
            assert_eq!(meter.admit(LIMITS, 5_000 + eleventh).is_ok(), admitted, "{eleventh}");
        }
    }

    #[test]
    fn too_many_calls_in_a_minute_cost_five() {
        let mut meter = RateMeter::default();
        for call in 0..30 {
            assert_eq!(meter.admit(LIMITS, call * 1_000), Ok(()), "{call}");
        }
        assert_eq!(meter.admit(LIMITS, 30_000).map_err(|no| no.message), Err(RESTRICTED));
        assert!(meter.admit(LIMITS, 30_000 + PENALTY_MS - 1).is_err());
        assert_eq!(meter.admit(LIMITS, 30_000 + PENALTY_MS), Ok(()));
    }

    #[test]
    fn a_day_is_over_at_midnight_utc() {
        let mut meter = RateMeter::default();
        for call in 0..100 {
            assert_eq!(meter.admit(LIMITS, call * 10_000), Ok(()), "{call}");
        }
        assert!(meter.admit(LIMITS, DAY_MS - 1).is_err());
        assert_eq!(meter.admit(LIMITS, DAY_MS), Ok(()));
    }
}
