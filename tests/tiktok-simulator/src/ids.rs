//! Identifiers with the awkward shapes of real ones (protocol reference, section 2.4).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// Makes ids that depend only on the seed and on how many of their kind were made before.
#[derive(Debug)]
pub(crate) struct Ids {
    seed: u64,
    made: BTreeMap<String, u64>,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, made: BTreeMap::new() }
    }

    /// A conversation id: base64-like, with `+`, `/` and `==`.
    pub(crate) fn conversation(&mut self) -> String {
        self.base64_like("conversation", 16)
    }

    /// A message id: base64-like, with `+`, `/` and `==`.
    pub(crate) fn message(&mut self) -> String {
        self.base64_like("message", 22)
    }

    /// A personal account's `unique_identifier`, with `+` and `/` but no padding.
    pub(crate) fn person(&mut self) -> String {
        self.base64_like("person", 18)
    }

    /// An access token, a refresh token or an auth code, told apart by its prefix.
    pub(crate) fn secret(&mut self, prefix: &str) -> String {
        format!("{prefix}.{}", hex::encode(self.bytes(prefix)))
    }

    /// An id of media, which is no number.
    pub(crate) fn media(&mut self) -> String {
        format!("med_{}", hex::encode(self.bytes("media").into_iter().take(12).collect::<Vec<_>>()))
    }

    /// A word that fits into a path.
    pub(crate) fn word(&mut self, kind: &str) -> String {
        hex::encode(self.bytes(kind))
    }

    /// A number of 19 digits, written as text.
    pub(crate) fn digits(&mut self, kind: &str) -> String {
        format!("74{:017}", self.next(kind))
    }

    /// How many of a kind there are, with this one.
    pub(crate) fn count(&mut self, kind: &str) -> u64 {
        self.next(kind)
    }

    /// The name of a webhook event in the delivery log. It is never on the wire.
    pub(crate) fn event(&mut self) -> String {
        format!("event-{:06}", self.next("event"))
    }

    /// The long digit string that names one API call.
    pub(crate) fn request(&mut self, now_ms: i64) -> String {
        format!("{now_ms}{:019}", self.next("request"))
    }

    fn base64_like(&mut self, kind: &str, length: usize) -> String {
        let bytes: Vec<u8> = self.bytes(kind).into_iter().take(length).collect();
        STANDARD
            .encode(bytes)
            .chars()
            .enumerate()
            .map(|(position, character)| match position {
                4 => '+',
                9 => '/',
                _ => character,
            })
            .collect()
    }

    fn bytes(&mut self, kind: &str) -> Vec<u8> {
        let number = self.next(kind);
        let label = format!("{}/{kind}/{number}", self.seed);
        Sha256::digest(label.as_bytes()).to_vec()
    }

    fn next(&mut self, kind: &str) -> u64 {
        let made = self.made.entry(kind.to_owned()).or_default();
        *made += 1;
        *made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_and_conversation_ids_need_percent_encoding() {
        let mut ids = Ids::new(7);
        for id in [ids.conversation(), ids.message()] {
            assert!(id.contains('+') && id.contains('/') && id.ends_with("=="), "{id}");
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_ids() {
        let mut busy = Ids::new(3);
        busy.request(0);
        assert_eq!(busy.message(), Ids::new(3).message());
        assert_ne!(Ids::new(3).message(), Ids::new(4).message());
    }
}
