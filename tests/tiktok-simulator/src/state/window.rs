//! The reply window (protocol reference, section 8.1).

use crate::settings::WindowProfile;

const WINDOW_MS: i64 = 48 * 60 * 60 * 1_000;
const MESSAGES_PER_WINDOW: u32 = 10;
const MESSAGES_AFTER_EXPIRY: u32 = 3;

/// How far a business has used what a user's messages allow.
#[derive(Debug, Clone, Default)]
pub(crate) struct ReplyWindow {
    last_user_message_ms: Option<i64>,
    user_messages: u32,
    used: u32,
    used_after_expiry: u32,
}

/// Why a business may not send now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// The user never wrote.
    NeverOpened,
    /// The 48 hours are over.
    Expired,
    /// The messages are used up.
    UsedUp,
}

impl ReplyWindow {
    /// A message of the user opens a fresh window.
    pub(crate) fn opened(&mut self, now_ms: i64) {
        self.last_user_message_ms = Some(now_ms);
        self.user_messages = self.user_messages.saturating_add(1);
        self.used = 0;
        self.used_after_expiry = 0;
    }

    /// Whether one more business message is allowed.
    pub(crate) fn check(&self, profile: WindowProfile, now_ms: i64) -> Result<(), Closed> {
        let Some(opened) = self.last_user_message_ms else {
            return Err(Closed::NeverOpened);
        };
        if now_ms - opened >= WINDOW_MS {
            return match profile {
                WindowProfile::Permissive if self.used_after_expiry < MESSAGES_AFTER_EXPIRY => Ok(()),
                WindowProfile::Permissive | WindowProfile::Strict10 => Err(Closed::Expired),
            };
        }
        let unlimited = profile == WindowProfile::Permissive && self.user_messages > 1;
        if unlimited || self.used < MESSAGES_PER_WINDOW { Ok(()) } else { Err(Closed::UsedUp) }
    }

    /// A business message was sent.
    pub(crate) fn consume(&mut self, now_ms: i64) {
        let open = self.last_user_message_ms.is_some_and(|opened| now_ms - opened < WINDOW_MS);
        let counter = if open { &mut self.used } else { &mut self.used_after_expiry };
        *counter = counter.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_messages_fit_and_a_user_message_refills() {
        let mut window = ReplyWindow::default();
        let strict = WindowProfile::Strict10;
        assert_eq!(window.check(strict, 0), Err(Closed::NeverOpened));
        window.opened(0);
        for _ in 0..10 {
            assert_eq!(window.check(strict, 1), Ok(()));
            window.consume(1);
        }
        assert_eq!(window.check(strict, 1), Err(Closed::UsedUp));
        window.opened(2);
        assert_eq!(window.check(strict, 2), Ok(()));
    }

    #[test]
    fn the_window_closes_after_exactly_48_hours() {
        let mut window = ReplyWindow::default();
        window.opened(0);
        let strict = WindowProfile::Strict10;
        assert_eq!(window.check(strict, WINDOW_MS - 1), Ok(()));
        assert_eq!(window.check(strict, WINDOW_MS), Err(Closed::Expired));
    }

    #[test]
    fn the_permissive_profile_allows_three_messages_after_expiry() {
        let mut window = ReplyWindow::default();
        window.opened(0);
        let permissive = WindowProfile::Permissive;
        for _ in 0..3 {
            assert_eq!(window.check(permissive, WINDOW_MS), Ok(()));
            window.consume(WINDOW_MS);
        }
        assert_eq!(window.check(permissive, WINDOW_MS), Err(Closed::Expired));
    }
}
