//! The verdict on one action, before anything is sent.

use serde::{Deserialize, Serialize};

use crate::{
    CapabilityDocument, Reason, ReasonCode, Timestamp, WindowLedger, WindowState,
    document::{Direction, Support, TextUnit, Window},
};

/// Something a person or a program wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Action<'a> {
    /// Answer with text in an existing conversation.
    SendText(&'a str),
    /// Send content of another kind in an existing conversation.
    SendKind(&'a str),
    /// Write first to somebody who has not written.
    StartConversation,
    /// Send one text to many.
    Broadcast,
}

/// What is known about the conversation.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// The present.
    pub now: Timestamp,
    /// The conversation's reply window.
    pub ledger: WindowLedger,
}

/// May it be done?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
#[non_exhaustive]
pub enum Verdict {
    /// Yes.
    Allowed {
        /// Places of the quota that it takes.
        costs: u32,
        /// Places left afterwards; `None` where the channel has no quota.
        left_after: Option<u32>,
        /// When the permission ends; `None` where it does not.
        expires_at: Option<Timestamp>,
    },
    /// No; every reason against it, permanent ones first. Never empty.
    Denied {
        /// Why.
        reasons: Vec<Reason>,
    },
}

/// The verdict of `document` on `action` in `context`.
#[must_use]
pub fn check(document: &CapabilityDocument, context: &Context, action: Action<'_>) -> Verdict {
    let mut reasons = Vec::new();
    match action {
        Action::SendText(text) => check_text(document, text, &mut reasons),
        Action::SendKind(kind) => check_kind(document, kind, &mut reasons),
        Action::StartConversation => check_start(document, &mut reasons),
        Action::Broadcast => check_broadcast(document, &mut reasons),
    }
    let replies = matches!(action, Action::SendText(_) | Action::SendKind(_));
    let window = document.window().filter(|_| replies);
    let state = window.map(|w| (w, context.ledger.state(w, context.now)));
    if let Some((window, state)) = state {
        check_window(window, state, &mut reasons);
    }
    if !reasons.is_empty() {
        reasons.sort_by_key(|reason| !reason.permanent);
        return Verdict::Denied { reasons };
    }
    match state {
        Some((_, WindowState::Open { closes_at, left })) => Verdict::Allowed {
            costs: 1,
            left_after: left.map(|left| left.saturating_sub(1)),
            expires_at: closes_at,
        },
        _ => Verdict::Allowed { costs: 0, left_after: None, expires_at: None },
    }
}

fn check_kind(document: &CapabilityDocument, kind: &str, reasons: &mut Vec<Reason>) {
    if document.support(Direction::Outbound, kind) != Support::Native {
        let text = format!("{} does not send content of kind {kind}.", document.connector.name);
        reasons.push(Reason::permanent(ReasonCode::CONTENT_KIND_UNSUPPORTED, text));
    }
}

fn check_text(document: &CapabilityDocument, text: &str, reasons: &mut Vec<Reason>) {
    check_kind(document, "text", reasons);
    if text.trim().is_empty() {
        reasons.push(Reason::permanent(ReasonCode::CONTENT_TEXT_EMPTY, "The text is empty."));
    }
    let limit = document.content_rule(Direction::Outbound, "text").and_then(|rule| rule.limits.text);
    if let Some(limit) = limit {
        let length = measure(text, limit.unit);
        if limit.max.forbids(length as u64) {
            let max = limit.max.number().unwrap_or_default();
            let sentence =
                format!("The text has {length} {}; at most {} are allowed.", limit.unit.plural(), max);
            reasons.push(
                Reason::permanent(ReasonCode::CONTENT_TEXT_TOO_LONG, sentence)
                    .with("length", length as i64)
                    .with("max", max as i64),
            );
        }
    }
}

/// The length of `text` in `unit`. An unknown unit counts as UTF-16 units, the strictest that platforms use for
/// "characters".
#[must_use]
fn measure(text: &str, unit: TextUnit) -> usize {
    match unit {
        TextUnit::Bytes => text.len(),
        TextUnit::CodePoints => text.chars().count(),
        TextUnit::Utf16 | TextUnit::Graphemes | TextUnit::Unknown => text.encode_utf16().count(),
    }
}

fn check_start(document: &CapabilityDocument, reasons: &mut Vec<Reason>) {
    if !document.business_may_start() {
        let text = format!("On {} only the customer can start a conversation.", document.connector.name);
        reasons.push(Reason::permanent(ReasonCode::INITIATION_USER_MUST_START, text));
    }
}

fn check_broadcast(document: &CapabilityDocument, reasons: &mut Vec<Reason>) {
    if document.broadcast.support != Support::Native {
        let text = format!("{} has no broadcasts.", document.connector.name);
        reasons.push(Reason::permanent(ReasonCode::BROADCAST_UNSUPPORTED, text));
    }
}

fn check_window(window: &Window, state: WindowState, reasons: &mut Vec<Reason>) {
    let hours = window.length_seconds.number().unwrap_or_default() / 3600;
    match state {
        WindowState::Open { .. } | WindowState::Trailing { .. } => {}
        WindowState::Unknown => {
            reasons.push(Reason::passing(ReasonCode::FACT_NEEDED, "The reply window is not known."))
        }
        WindowState::NeverOpened => reasons.push(Reason::passing(
            ReasonCode::INITIATION_USER_MUST_START,
            "The customer has not written yet; only the customer can open the reply window.",
        )),
        WindowState::Closed { closed_at } => reasons.push(
            Reason::passing(
                ReasonCode::WINDOW_CLOSED,
                format!("The reply window of {hours} hours is closed until the customer writes again."),
            )
            .with("closed_at", closed_at.as_millis()),
        ),
        WindowState::Exhausted { closes_at } => reasons.push(
            Reason::passing(
                ReasonCode::WINDOW_QUOTA_EXHAUSTED,
                "All messages of this reply window are used; the customer's next message refills them.",
            )
            .with("closes_at", closes_at.map_or(0, Timestamp::as_millis)),
        ),
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
