//! A connector that logs without end must not fill the host's log or silence the others.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::log_line::LogLine;

/// So many records of one source are written in each second.
const PER_SECOND: u32 = 500;
/// Sources that are told apart; more share one.
const MAX_SOURCES: usize = 256;

/// Counts the records of each source.
#[derive(Debug, Default)]
pub(crate) struct LogLimit(Mutex<HashMap<String, Second>>);

#[derive(Debug)]
struct Second {
    began: Instant,
    passed: u32,
    dropped: u32,
}

/// Whether a record is written.
#[derive(Debug, PartialEq, Eq)]
enum Pass {
    /// No.
    Dropped,
    /// Yes, and first that so many before it were not.
    Written { dropped_before: u32 },
}

impl LogLimit {
    /// Hands on what is written of a record that the connector wrote in the spans `span_path`: nothing, or the record,
    /// or before it how many others were not.
    pub(crate) fn pass_on(
        &self,
        span_path: &str,
        line: impl FnOnce() -> LogLine,
        mut write: impl FnMut(LogLine),
    ) {
        if let Pass::Written { dropped_before } = self.pass(span_path, Instant::now()) {
            let line = line();
            if dropped_before > 0 {
                write(line.after_dropped(dropped(dropped_before)));
            }
            write(line);
        }
    }

    /// Counts a record; the root of its spans names the instance.
    fn pass(&self, span_path: &str, now: Instant) -> Pass {
        let source = span_path.split_once('}').map_or("", |(root, _)| root);
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let source = if sources.len() < MAX_SOURCES || sources.contains_key(source) { source } else { "" };
        let second = match sources.get_mut(source) {
            Some(second) => second,
            None => {
                let new = Second { began: now, passed: 0, dropped: 0 };
                sources.entry(source.to_owned()).or_insert(new)
            }
        };
        let mut dropped_before = 0;
        if now.duration_since(second.began) >= Duration::from_secs(1) {
            dropped_before = second.dropped;
            *second = Second { began: now, passed: 0, dropped: 0 };
        }
        if second.passed == PER_SECOND {
            second.dropped = second.dropped.saturating_add(1);
            return Pass::Dropped;
        }
        second.passed += 1;
        Pass::Written { dropped_before }
    }
}

/// What is written before the record that comes after dropped ones.
fn dropped(count: u32) -> String {
    format!("{count} log records of this connector were dropped; {PER_SECOND} are written in a second")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "instance{id=a}:call";
    const SECOND: &str = "instance{id=b}:call";

    #[test]
    fn a_flood_is_cut_counted_and_silences_nobody_else() {
        let limit = LogLimit::default();
        let now = Instant::now();
        for _ in 0..PER_SECOND {
            assert_eq!(limit.pass(FIRST, now), Pass::Written { dropped_before: 0 });
        }
        for _ in 0..7 {
            assert_eq!(limit.pass(FIRST, now), Pass::Dropped);
        }
        assert_eq!(limit.pass(SECOND, now), Pass::Written { dropped_before: 0 });
        let later = now + Duration::from_secs(1);
        assert_eq!(limit.pass(FIRST, later), Pass::Written { dropped_before: 7 });
        assert_eq!(limit.pass(FIRST, later), Pass::Written { dropped_before: 0 });
    }

    #[test]
    fn names_without_end_take_no_memory_without_end() {
        let limit = LogLimit::default();
        let now = Instant::now();
        for name in 0..10 * MAX_SOURCES {
            limit.pass(&format!("instance{{id={name}}}"), now);
        }
        assert!(limit.0.lock().unwrap().len() <= MAX_SOURCES + 1);
    }
}
