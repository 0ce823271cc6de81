//! The reply window and its quota as a pure state machine.

use serde::{Deserialize, Serialize};

use crate::{Timestamp, document::Window};

/// What a conversation remembers about its reply window.
///
/// Times are the platform's own. Late, repeated and out-of-order events never widen the window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowLedger {
    /// When the customer last wrote; `None` while the customer never has.
    pub last_inbound_at: Option<Timestamp>,
    /// Business messages that count against the quota since then.
    pub used: u32,
}

/// Where a ledger stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum WindowState {
    /// The customer has not written yet.
    NeverOpened,
    /// A reply is possible.
    Open {
        /// The first moment at which it is no longer possible.
        closes_at: Timestamp,
        /// Messages left until then.
        left: u32,
    },
    /// The quota is used up; the customer's next message refills it.
    Exhausted {
        /// When the window closes as well.
        closes_at: Timestamp,
    },
    /// The time is over.
    Closed {
        /// Since when.
        closed_at: Timestamp,
    },
}

impl WindowLedger {
    /// The customer wrote at `at`. Only a message later than every earlier one opens a fresh window.
    #[must_use]
    pub fn inbound(self, at: Timestamp) -> Self {
        match self.last_inbound_at {
            Some(last) if at <= last => self,
            _ => Self { last_inbound_at: Some(at), used: 0 },
        }
    }

    /// The business sent, or reserved the place for, one message that counts.
    #[must_use]
    pub fn sent(self) -> Self {
        Self { used: self.used.saturating_add(1), ..self }
    }

    /// A reserved place is given back, because the message certainly was not sent.
    ///
    /// `reserved_under` is [`last_inbound_at`](Self::last_inbound_at) at the time of the reservation: a
    /// place of an earlier window is not added to this one.
    #[must_use]
    pub fn released(self, reserved_under: Option<Timestamp>) -> Self {
        if self.last_inbound_at == reserved_under {
            Self { used: self.used.saturating_sub(1), ..self }
        } else {
            self
        }
    }

    /// Where this ledger stands at `now` under the rules of `window`. Closed exactly at its length.
    #[must_use]
    pub fn state(self, window: &Window, now: Timestamp) -> WindowState {
        let Some(opened_at) = self.last_inbound_at else {
            return WindowState::NeverOpened;
        };
        let closes_at = opened_at.plus_seconds(i64::from(window.length_seconds));
        if now >= closes_at {
            return WindowState::Closed { closed_at: closes_at };
        }
        match window.quota.max.saturating_sub(self.used) {
            0 => WindowState::Exhausted { closes_at },
            left => WindowState::Open { closes_at, left },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Quota, Window};

    const HOUR: i64 = 3600;

    fn window() -> Window {
        Window {
            length_seconds: 48 * 3600,
            quota: Quota { max: 10, ..Quota::default() },
            ..Window::default()
        }
    }

    #[test]
    fn the_window_is_closed_exactly_at_its_length() {
        let opened = Timestamp::from_seconds(1_000);
        let ledger = WindowLedger::default().inbound(opened);
        let closes_at = opened.plus_seconds(48 * HOUR);
        let last = Timestamp::from_millis(closes_at.as_millis() - 1);
        assert_eq!(ledger.state(&window(), last), WindowState::Open { closes_at, left: 10 });
        assert_eq!(ledger.state(&window(), closes_at), WindowState::Closed { closed_at: closes_at });
    }

    #[test]
    fn each_later_inbound_message_refills_the_quota() {
        let first = Timestamp::from_seconds(0);
        let mut ledger = WindowLedger::default().inbound(first);
        for _ in 0..10 {
            ledger = ledger.sent();
        }
        let closes_at = first.plus_seconds(48 * HOUR);
        assert_eq!(ledger.state(&window(), first), WindowState::Exhausted { closes_at });
        let later = first.plus_seconds(60);
        let closes_at = later.plus_seconds(48 * HOUR);
        assert_eq!(ledger.inbound(later).state(&window(), later), WindowState::Open { closes_at, left: 10 });
    }

    #[test]
    fn a_place_of_an_earlier_window_is_not_given_to_the_next_one() {
        let first = Timestamp::from_seconds(0);
        let reserved = WindowLedger::default().inbound(first).sent();
        let next = reserved.inbound(first.plus_seconds(1)).sent();
        assert_eq!(next.released(Some(first)).used, 1);
        assert_eq!(next.released(next.last_inbound_at).used, 0);
    }

    proptest! {
        #[test]
        fn repeated_and_reordered_inbound_messages_never_widen(times in prop::collection::vec(0_i64..1_000, 1..20)) {
            let latest = times.iter().copied().max().unwrap_or_default();
            let any_order = times.iter().fold(WindowLedger::default(), |l, t| l.inbound(Timestamp::from_millis(*t)));
            let once = WindowLedger::default().inbound(Timestamp::from_millis(latest));
            prop_assert_eq!(any_order, once);
            prop_assert_eq!(any_order.sent().inbound(Timestamp::from_millis(latest)).used, 1);
        }
    }
}
