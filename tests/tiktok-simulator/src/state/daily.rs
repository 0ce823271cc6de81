//! How many conversations an account writes to in a day (protocol reference, section 8.2).

use std::collections::{BTreeSet, HashMap};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The conversations of the present UTC day, by account.
#[derive(Debug, Default)]
pub(crate) struct DailyConversations {
    day: i64,
    written: HashMap<String, BTreeSet<String>>,
}

impl DailyConversations {
    /// Whether an account may write to this conversation today.
    pub(crate) fn admits(&self, limit: usize, business_id: &str, conversation_id: &str, now_ms: i64) -> bool {
        if self.day != now_ms.div_euclid(DAY_MS) {
            return limit > 0;
        }
        let written = self.written.get(business_id);
        written.is_none_or(|known| known.contains(conversation_id) || known.len() < limit)
    }

    /// The account wrote.
    pub(crate) fn note(&mut self, business_id: &str, conversation_id: &str, now_ms: i64) {
        let day = now_ms.div_euclid(DAY_MS);
        if self.day != day {
            self.day = day;
            self.written.clear();
        }
        self.written.entry(business_id.to_owned()).or_default().insert(conversation_id.to_owned());
    }
}
