//! What the reply window has against an action.

use super::Context;
use crate::{
    Effective, Reason, ReasonCode, WindowState,
    document::{Limit, Window},
};

/// Why nothing can be sent now; `None` where something can, or where the channel has no window.
pub(crate) fn against(effective: &Effective<'_>, context: &Context) -> Option<Reason> {
    let window = effective.window()?;
    let reason = match context.ledger.state(window, context.now) {
        WindowState::Open { .. } | WindowState::Trailing { .. } => return None,
        WindowState::NeverOpened => Reason::passing(
            ReasonCode::INITIATION_USER_MUST_START,
            "The customer has not written yet; only the customer can open the reply window.",
        ),
        WindowState::Closed { closed_at } => {
            let length = length(window.length_seconds);
            let text = format!("The reply window{length} is closed until the customer writes again.");
            Reason::passing(ReasonCode::WINDOW_CLOSED, text).with("closed_at", closed_at.as_millis())
        }
        WindowState::Exhausted { closes_at } => {
            let number = number(window.quota.max);
            let text = format!(
                "All{number} messages of this reply window are used; the customer's next message refills them."
            );
            let reason = Reason::passing(ReasonCode::WINDOW_QUOTA_EXHAUSTED, text);
            match closes_at {
                Some(closes_at) => reason.with("closes_at", closes_at.as_millis()),
                None => reason,
            }
        }
        WindowState::Unknown => {
            let text = "Nobody has said how long the reply window is, or how many messages it has.";
            Reason::passing(ReasonCode::FACT_NEEDED, text).uncertain()
        }
    };
    Some(decided(reason, effective, window))
}

/// What is left does not pay for a plan.
pub(crate) fn too_small(effective: &Effective<'_>, costs: u32, left: u32) -> Reason {
    let text = format!("This takes {costs} messages of the reply window, and only {left} more may be sent.");
    let reason = Reason::passing(ReasonCode::WINDOW_QUOTA_TOO_SMALL, text)
        .with("costs", i64::from(costs))
        .with("left", i64::from(left));
    match effective.window() {
        Some(window) => decided(reason, effective, window),
        None => reason,
    }
}

fn decided(reason: Reason, effective: &Effective<'_>, window: &Window) -> Reason {
    let rule = window.profile.as_ref().map_or_else(|| "window".to_owned(), |name| format!("window.{name}"));
    reason.decided_by(effective.decided_by("window"), &rule, window.evidence.as_ref())
}

fn length(seconds: Limit) -> String {
    match seconds.number() {
        Some(seconds) if seconds % 3600 == 0 => format!(" of {} hours", seconds / 3600),
        Some(seconds) if seconds % 60 == 0 => format!(" of {} minutes", seconds / 60),
        Some(seconds) => format!(" of {seconds} seconds"),
        None => String::new(),
    }
}

fn number(limit: Limit) -> String {
    limit.number().map(|number| format!(" {number}")).unwrap_or_default()
}
