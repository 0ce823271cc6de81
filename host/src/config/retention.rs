//! How long what is needed only for a while is kept.

use std::{ops::RangeInclusive, time::Duration};

use serde::Deserialize;

use super::{ConfigError, build::within, secret::Secrets};

const DAY: u64 = 24 * 60 * 60;
const DAYS: RangeInclusive<i64> = 1..=36_500;
/// Platforms deliver again for three days; what is forgotten before that would count as new.
const SEEN_DAYS: RangeInclusive<i64> = 4..=36_500;
/// Deliveries are tried for three days; what is forgotten before that would not be tried to the end.
const DELIVERIES_DAYS: RangeInclusive<i64> = 4..=36_500;

/// How long what is needed only for a while is kept. Conversations and messages stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Raw bodies of webhook requests.
    pub payloads: Duration,
    /// Events, for listeners that come back.
    pub events: Duration,
    /// Files of messages, from their last message on.
    pub media: Duration,
    /// What has arrived, so that a repetition is told; longer than platforms repeat.
    pub seen: Duration,
    /// The log of deliveries to webhook endpoints; longer than a delivery is tried.
    pub deliveries: Duration,
    /// Who changed what.
    pub audit: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            payloads: days(30),
            events: days(30),
            media: days(365),
            seen: days(30),
            deliveries: days(7),
            audit: days(365),
        }
    }
}

/// As serde reads it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawRetention {
    payloads_days: Option<i64>,
    events_days: Option<i64>,
    media_days: Option<i64>,
    seen_days: Option<i64>,
    deliveries_days: Option<i64>,
    audit_days: Option<i64>,
}

pub(super) fn build(secrets: &Secrets<'_>, raw: &RawRetention) -> Result<Retention, ConfigError> {
    let period = |key, given, range, default| {
        Ok(within(secrets, ["retention", key], given, range)?.map_or(default, days))
    };
    let defaults = Retention::default();
    Ok(Retention {
        payloads: period("payloads_days", raw.payloads_days, DAYS, defaults.payloads)?,
        events: period("events_days", raw.events_days, DAYS, defaults.events)?,
        media: period("media_days", raw.media_days, DAYS, defaults.media)?,
        seen: period("seen_days", raw.seen_days, SEEN_DAYS, defaults.seen)?,
        deliveries: period("deliveries_days", raw.deliveries_days, DELIVERIES_DAYS, defaults.deliveries)?,
        audit: period("audit_days", raw.audit_days, DAYS, defaults.audit)?,
    })
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days.saturating_mul(DAY))
}
