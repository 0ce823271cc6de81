//! When a delivery that failed is tried again, and when it is given up.

use std::time::Duration;

use connector_api::Timestamp;
use jiff::fmt::rfc2822;

use super::{LONGEST, millis};
use crate::{
    model::{AttemptError, Delivery},
    store::Next,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// The pauses after the first attempt and each later one; together a little less than three days.
const PAUSES: [u64; 10] =
    [5, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 18 * HOUR, 22 * HOUR];
/// A receiver that names a longer pause is asked again after this one.
const LONGEST_NAMED: Duration = Duration::from_secs(24 * HOUR);
const GONE: u16 = 410;

/// What an attempt came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Answer {
    /// What the endpoint answered, where it did.
    pub(super) status_code: Option<u16>,
    /// The pause that it named.
    pub(super) retry_after: Option<Duration>,
    /// What went wrong; `None` after a success.
    pub(super) error: Option<AttemptError>,
}

impl Answer {
    /// There is nothing to deliver any more.
    pub(super) fn forgotten() -> Self {
        Self { error: Some(AttemptError::EventForgotten), ..Self::default() }
    }
}

/// What follows an attempt at `delivery` that ended at `now`.
pub(super) fn next(delivery: &Delivery, answer: &Answer, now: Timestamp) -> Next {
    match answer {
        Answer { error: None, .. } => Next::Delivered,
        Answer { status_code: Some(GONE), .. } => Next::Gone,
        Answer { error: Some(AttemptError::EventForgotten), .. } => Next::Dead,
        Answer { retry_after, .. } => retry(delivery, *retry_after, now).map_or(Next::Dead, Next::Retry),
    }
}

fn retry(delivery: &Delivery, named: Option<Duration>, now: Timestamp) -> Option<Timestamp> {
    let pause = PAUSES.get(usize::try_from(delivery.attempts).ok()?)?;
    let pause = Duration::from_secs(*pause);
    // Up to a tenth sooner, so that what failed together does not come back together.
    let sooner = pause / 10 * u32::from(jitter(delivery)) / u32::from(u8::MAX);
    let pause = (pause - sooner).max(named.unwrap_or_default().min(LONGEST_NAMED));
    let at = Timestamp::from_millis(now.as_millis().saturating_add(millis(pause)));
    let end = Timestamp::from_millis(delivery.began_at.as_millis().saturating_add(millis(LONGEST)));
    (at <= end).then_some(at)
}

/// Of the random part of its id, another byte for each attempt.
fn jitter(delivery: &Delivery) -> u8 {
    let [.., a, b, c, d] = delivery.id.0.into_bytes();
    [a, b, c, d].into_iter().cycle().nth(delivery.attempts as usize % 4).unwrap_or_default()
}

/// The pause of a `Retry-After`: seconds, or a date.
pub(super) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = rfc2822::parse(value.trim()).ok()?.timestamp();
    let millis = date.as_millisecond().saturating_sub(now.as_millis());
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{DeliveryId, DeliveryState, EndpointId};

    const BEGAN: i64 = 1_700_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(BEGAN + seconds)
    }

    fn delivery(attempts: u32) -> Delivery {
        Delivery {
            id: DeliveryId::generate(),
            endpoint: EndpointId::generate(),
            sequence: Some(1),
            kind: "message.created".to_owned(),
            state: DeliveryState::Pending,
            attempts,
            created_at: at(0),
            began_at: at(0),
            next_at: None,
            history: Vec::new(),
        }
    }

    fn failed(status_code: u16, retry_after: Option<u64>) -> Answer {
        let retry_after = retry_after.map(Duration::from_secs);
        Answer { status_code: Some(status_code), retry_after, error: Some(AttemptError::Status) }
    }

    #[test]
    fn a_failing_delivery_is_tried_for_nearly_three_days_and_then_given_up() {
        let (mut now, mut attempts) = (at(0), 0);
        while let Next::Retry(next) = next(&delivery(attempts), &failed(500, None), now) {
            let pause = (next.as_millis() - now.as_millis()) as u64;
            let full = PAUSES[attempts as usize] * 1000;
            assert!(pause <= full && pause >= full - full / 10, "{pause} of {full}");
            (now, attempts) = (next, attempts + 1);
        }
        assert_eq!(attempts, 10);
        assert!(now > at(64 * 3600) && now < at(72 * 3600), "{now:?}");
        assert_eq!(next(&delivery(attempts), &failed(500, None), now), Next::Dead);
    }

    #[test]
    fn a_named_pause_is_kept_but_not_beyond_the_end() {
        assert_eq!(next(&delivery(0), &failed(503, Some(120)), at(0)), Next::Retry(at(120)));
        // One that is shorter than the schedule's changes nothing.
        let Next::Retry(soon) = next(&delivery(3), &failed(429, Some(1)), at(0)) else { panic!("given up") };
        assert!(soon >= at(27 * 60), "{soon:?}");
        assert_eq!(next(&delivery(0), &failed(503, Some(10_000_000)), at(0)), Next::Retry(at(86_400)));
        assert_eq!(next(&delivery(9), &failed(503, None), at(71 * 3600)), Next::Dead);
    }

    #[test]
    fn success_gone_and_forgotten_are_the_end() {
        assert_eq!(next(&delivery(0), &Answer::default(), at(0)), Next::Delivered);
        assert_eq!(next(&delivery(0), &failed(410, None), at(0)), Next::Gone);
        assert_eq!(next(&delivery(0), &Answer::forgotten(), at(0)), Next::Dead);
    }

    #[test]
    fn a_pause_is_named_in_seconds_or_by_a_date() {
        let table = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Tue, 14 Nov 2023 22:15:20 GMT", Some(120)),
            ("Tue, 14 Nov 2000 22:15:20 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ];
        for (value, seconds) in table {
            assert_eq!(retry_after(value, at(0)), seconds.map(Duration::from_secs), "{value:?}");
        }
    }
}
