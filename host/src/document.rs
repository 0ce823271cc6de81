//! The hash of a capability document.

use connector_api::capabilities::canonical;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of the document's canonical spelling, in hexadecimal: equal for documents that differ only in white space
/// and in the order of their keys.
#[must_use]
pub fn hash(document: &Value) -> String {
    hex::encode(Sha256::digest(canonical(document)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_of_what_is_said_and_not_of_how_it_is_written() {
        let of = |text: &str| hash(&serde_json::from_str(text).unwrap());
        assert_eq!(of("{}"), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
        assert_eq!(of(r#"{"b": 1, "a": [true]}"#), of("{\"a\":[true],\n\"b\":1}"));
        assert_ne!(of(r#"{"a": 1}"#), of(r#"{"a": 2}"#));
    }
}
