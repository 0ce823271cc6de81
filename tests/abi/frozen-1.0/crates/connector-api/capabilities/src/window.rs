//! The reply window and its quota as a pure state machine.

use serde::{Deserialize, Serialize};

use crate::{
    Timestamp,
    document::{Limit, Quota, Restart, Window},
};

/// What a conversation remembers about its reply window.
///
/// Times are the platform's own. Late, repeated and out-of-order events never widen the window: where the order in
/// which things happened cannot be told, the ledger holds the narrower of the possible states.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowLedger {
    /// When the customer last wrote; `None` while the customer never has.
    pub last_inbound_at: Option<Timestamp>,
    /// Business messages that count against the quota since then.
    pub used: u32,
    /// When the customer first wrote, where that is remembered.
    pub first_inbound_at: Option<Timestamp>,
    /// Whether the customer wrote again after an earlier message.
    pub wrote_again: bool,
    /// Business messages that count and were sent after the window had closed.
    pub used_after_close: u32,
    /// All business messages that ever counted.
    pub total: u32,
    /// When the latest of them was sent.
    pub last_sent_at: Option<Timestamp>,
}

/// Where a ledger stands at one moment. `left: None` is a quota without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum WindowState {
    /// The customer has not written yet.
    NeverOpened,
    /// A reply is possible.
    Open {
        /// The first moment at which it is no longer possible; `None` where the window has no end.
        closes_at: Option<Timestamp>,
        /// Messages left until then.
        left: Option<u32>,
    },
    /// The time is over, and the platform still takes a few messages.
    Trailing {
        /// Since when the window is closed.
        closed_at: Timestamp,
        /// Messages left until the customer writes again.
        left: Option<u32>,
    },
    /// The quota is used up; the customer's next message refills it.
    Exhausted {
        /// When the window closes as well; `None` where it has no end.
        closes_at: Option<Timestamp>,
    },
    /// The time is over.
    Closed {
        /// Since when.
        closed_at: Timestamp,
    },
    /// The document does not say how long the window is or how many messages it has, or the ledger does not remember
    /// what that depends on.
    Unknown,
}

/// Who wrote a business message that the platform reports back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// A program, through the API.
    Api,
    /// A colleague, in the platform's own app.
    App,
    /// The platform's own automation.
    Automatic,
}

impl WindowLedger {
    /// The customer wrote at `at`. Only a message later than every earlier one opens a fresh window.
    #[must_use]
    pub fn inbound(self, at: Timestamp) -> Self {
        let Some(last) = self.last_inbound_at else {
            return Self { first_inbound_at: Some(at), ..self.opened(at) };
        };
        let first_inbound_at = self.first_inbound_at.map(|first| first.min(at));
        if at <= last {
            return Self { first_inbound_at, ..self };
        }
        Self { first_inbound_at, wrote_again: true, ..self.opened(at) }
    }

    fn opened(self, at: Timestamp) -> Self {
        // A message sent at or after `at` belongs to this window already; nobody remembers how many did.
        let carried = match self.last_sent_at {
            Some(sent) if sent >= at => self.used.saturating_add(self.used_after_close).min(self.total),
            _ => 0,
        };
        Self { last_inbound_at: Some(at), used: carried, used_after_close: carried, ..self }
    }

    /// The business sent, or reserved the place for, one message at `at` that counts.
    ///
    /// This knows no window. Where messages are possible after its close, [`taken`](Self::taken) tells them apart.
    #[must_use]
    pub fn sent(self, at: Timestamp) -> Self {
        let used = self.used.saturating_add(1);
        Self { used, ..self.counted(1, at) }
    }

    /// The business takes `places` at `at`, inside the window or after its close.
    #[must_use]
    pub fn taken(self, window: &Window, places: u32, at: Timestamp) -> Self {
        let counted = self.counted(places, at);
        match self.closes_at(window) {
            Some(Some(closes_at)) if at >= closes_at => {
                Self { used_after_close: self.used_after_close.saturating_add(places), ..counted }
            }
            _ => Self { used: self.used.saturating_add(places), ..counted },
        }
    }

    fn counted(self, places: u32, at: Timestamp) -> Self {
        let last_sent_at = self.last_sent_at.max(Some(at));
        Self { total: self.total.saturating_add(places), last_sent_at, ..self }
    }

    /// The platform reports a message of the business that nobody reserved a place for. Whether it counts is the
    /// document's; unknown counts.
    #[must_use]
    pub fn echo(self, window: &Window, by: Writer, at: Timestamp) -> Self {
        let counts = &window.quota.counts;
        let declared = match by {
            Writer::Api => counts.api,
            Writer::App => counts.app,
            Writer::Automatic => counts.automatic,
        };
        if declared == Some(false) {
            return self;
        }
        match self.last_inbound_at {
            Some(last) if at < last => self.counted(1, at),
            _ => self.taken(window, 1, at),
        }
    }

    /// A reserved place is given back, because the message certainly was not sent.
    ///
    /// `reserved_under` is [`last_inbound_at`](Self::last_inbound_at) at the time of the reservation: a
    /// place of an earlier window is not added to this one.
    #[must_use]
    pub fn released(self, reserved_under: Option<Timestamp>) -> Self {
        let total = self.total.saturating_sub(1);
        if self.last_inbound_at == reserved_under {
            Self { used: self.used.saturating_sub(1), total, ..self }
        } else {
            Self { total, ..self }
        }
    }

    /// Where this ledger stands at `now` under the rules of `window`. Closed exactly at its length.
    #[must_use]
    pub fn state(self, window: &Window, now: Timestamp) -> WindowState {
        if self.last_inbound_at.is_none() {
            return WindowState::NeverOpened;
        }
        let Some(closes_at) = self.closes_at(window) else {
            return WindowState::Unknown;
        };
        let refills = refills(window);
        if let Some(closed_at) = closes_at.filter(|closes_at| now >= *closes_at) {
            let used = if refills { self.used_after_close } else { self.total.max(self.used) };
            return match left(window.after_close, used) {
                Some(None) => WindowState::Trailing { closed_at, left: None },
                Some(Some(left)) if left > 0 => WindowState::Trailing { closed_at, left: Some(left) },
                _ => WindowState::Closed { closed_at },
            };
        }
        let used = if refills { self.used } else { self.total.max(self.used) };
        match left(self.places(&window.quota, refills), used) {
            None => WindowState::Unknown,
            Some(Some(0)) => WindowState::Exhausted { closes_at },
            Some(left) => WindowState::Open { closes_at, left },
        }
    }

    /// When the window closes, `None` inside where it has no end; `None` where that is not known.
    fn closes_at(self, window: &Window) -> Option<Option<Timestamp>> {
        let opened_at = match window.restarts {
            Restart::EachInbound => self.last_inbound_at?,
            Restart::Never | Restart::Unknown => self.first_inbound_at?,
        };
        match window.length_seconds {
            Limit::At(seconds) => {
                Some(Some(opened_at.plus_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))))
            }
            Limit::Unbounded => Some(None),
            Limit::Unknown => None,
        }
    }

    fn places(self, quota: &Quota, refills: bool) -> Limit {
        if refills && self.wrote_again && !quota.max_later.is_unknown() { quota.max_later } else { quota.max }
    }
}

/// Whether a later message of the customer gives places back.
fn refills(window: &Window) -> bool {
    window.restarts == Restart::EachInbound && window.quota.refills_on_restart
}

/// What `used` leaves of `limit`, `None` inside where it has no end; `None` where it is not known.
fn left(limit: Limit, used: u32) -> Option<Option<u32>> {
    match limit {
        Limit::At(most) => {
            Some(Some(u32::try_from(most.saturating_sub(u64::from(used))).unwrap_or(u32::MAX)))
        }
        Limit::Unbounded => Some(None),
        Limit::Unknown => None,
    }
}

impl WindowState {
    /// Messages that may be sent now; `None` is without end.
    #[must_use]
    pub fn left(self) -> Option<u32> {
        match self {
            Self::Open { left, .. } | Self::Trailing { left, .. } => left,
            Self::NeverOpened | Self::Exhausted { .. } | Self::Closed { .. } | Self::Unknown => Some(0),
        }
    }
}
