//! When people are warned.

use std::{ops::RangeInclusive, time::Duration};

use serde::Deserialize;

use super::{ConfigError, build::within, secret::Secrets};

const MINUTES: RangeInclusive<i64> = 1..=10_080;

/// When people are warned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alerts {
    /// So long before a reply window closes in which the contact has no answer.
    pub window_closing: Duration,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { window_closing: minutes(60) }
    }
}

/// As serde reads it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawAlerts {
    window_closing_minutes: Option<i64>,
}

pub(super) fn build(secrets: &Secrets<'_>, raw: &RawAlerts) -> Result<Alerts, ConfigError> {
    let path = ["alerts", "window_closing_minutes"];
    let given = within(secrets, path, raw.window_closing_minutes, MINUTES)?;
    Ok(Alerts { window_closing: given.map_or(Alerts::default().window_closing, minutes) })
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes.saturating_mul(60))
}
