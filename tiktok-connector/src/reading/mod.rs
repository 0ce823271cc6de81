//! What TikTok says, in webhooks and in lists alike (protocol reference, section 7): words are compared without regard
//! to case, and every layout that occurs is read.

pub(crate) mod content;
pub(crate) mod field;
pub(crate) mod json;
pub(crate) mod message;
pub(crate) mod parties;
pub(crate) mod reaction;
pub(crate) mod referral;

use connector_api::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

use parties::Direction;

/// Why something yields no event. Fixed words, so that nothing of a message gets into a log.
pub(crate) type NotUnderstood = &'static str;

/// Something told about a conversation, and what holds where it does not say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// The business account.
    pub(crate) account: &'a str,
    pub(crate) payload: &'a Value,
    /// Which way it went, where neither ids nor roles say.
    pub(crate) otherwise: Direction,
    /// TikTok's time of what stands around it, which holds where it has none of its own.
    pub(crate) around_at: Option<Timestamp>,
    /// When it came here, which holds where TikTok names no time at all.
    pub(crate) arrived_at: Timestamp,
    /// The customer's id, where it names nobody.
    pub(crate) otherwise_customer: Option<&'a str>,
}

impl Told<'_> {
    /// When it happened.
    pub(crate) fn at(&self) -> Timestamp {
        self.told_at().unwrap_or(self.arrived_at)
    }

    /// What tells it from another of its kind however often it is delivered: TikTok's time, else all that it says.
    pub(crate) fn mark(&self) -> String {
        self.told_at().map_or_else(
            || hex::encode(Sha256::digest(self.payload.to_string())),
            |at| at.as_millis().to_string(),
        )
    }

    fn told_at(&self) -> Option<Timestamp> {
        field::moment(self.payload, "timestamp").or(self.around_at)
    }
}

/// A de-duplication key of several parts. JSON, because an id may hold any character.
pub(crate) fn key(name: &str, parts: &[&str]) -> String {
    format!("{name}:{}", Value::from(parts))
}
