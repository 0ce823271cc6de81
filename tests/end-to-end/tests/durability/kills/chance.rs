//! Chance that can be repeated.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

const SEED: &str = "JACKFIELD_TEST_SEED";

/// SplitMix64.
pub(crate) struct Chance(u64);

impl Chance {
    /// The one that is set, or another one each time.
    pub(crate) fn seed() -> Result<u64> {
        match std::env::var(SEED) {
            Ok(text) => text.parse().with_context(|| format!("{SEED} is no number")),
            Err(_) => Ok(u64::from(SystemTime::now().duration_since(UNIX_EPOCH)?.subsec_nanos())),
        }
    }

    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to one less than `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
