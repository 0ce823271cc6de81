//! Comments that may be answered with a message (protocol reference, section 4.8).

use serde::Serialize;

const ANSWERABLE_MS: i64 = 48 * 60 * 60 * 1_000;
const SILENCE_MS: i64 = 24 * 60 * 60 * 1_000;

/// A comment that TikTok flagged as high-intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comment {
    /// Its id, 19 digits.
    pub comment_id: String,
    /// The account whose video it is under.
    pub business_id: String,
    /// The customer who wrote it.
    pub customer: String,
    /// What it says.
    pub text: String,
    /// When, in simulated Unix milliseconds.
    pub at_ms: i64,
    /// Whether a message answered it.
    pub answered: bool,
}

impl Comment {
    /// Why a message may not answer it now.
    pub(crate) fn objection(&self, last_exchange_ms: Option<i64>, now_ms: i64) -> Option<&'static str> {
        if self.answered {
            return Some("The comment was answered before.");
        }
        if now_ms - self.at_ms >= ANSWERABLE_MS {
            return Some("The comment is older than 48 hours.");
        }
        let talked = last_exchange_ms.is_some_and(|at_ms| now_ms - at_ms < SILENCE_MS);
        talked.then_some("Messages were exchanged with this person in the past 24 hours.")
    }
}
