//! Whose files may run, and where.

use std::collections::BTreeSet;

use minisign_verify::{Error, PublicKey, Signature};
use serde::{Deserialize, Serialize};

use crate::{Inspected, Step, error::Failed};

/// What a file needs before any of it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// Nothing: every connector in the folder runs.
    #[default]
    Any,
    /// Its SHA-256 is listed, or it is signed by a listed key.
    Pinned,
    /// It is signed by a listed key.
    Signed,
}

/// Which files may run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// What a file needs.
    pub required: Required,
    /// SHA-256 of files, in hexadecimal.
    pub pins: BTreeSet<String>,
    /// Public keys of minisign, in base64.
    pub keys: Vec<String>,
}

/// Who vouches for a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Voucher {
    /// A listed key signed them.
    Signature,
    /// Their SHA-256 is listed.
    Pin,
    /// Nobody.
    Nobody,
}

impl Trust {
    /// Whether a text is a public key of minisign.
    #[must_use]
    pub fn is_key(text: &str) -> bool {
        PublicKey::from_base64(text).is_ok()
    }

    /// Who vouches for these bytes, where that is enough. A signature that is there must be right, whatever is needed;
    /// without a key nothing is asked of it.
    pub(crate) fn vouch(
        &self,
        file: &Inspected,
        signature: Result<Option<String>, Failed>,
    ) -> Result<Voucher, Failed> {
        let is_there = !matches!(signature, Ok(None));
        let signed = match signature {
            _ if self.keys.is_empty() => false,
            Ok(None) => false,
            Ok(Some(signature)) => self.verify(&file.bytes, &signature).map(|()| true)?,
            Err(failed) => return Err(failed),
        };
        let pinned = self.pins.contains(&file.sha256);
        match (self.required, signed, pinned) {
            (_, true, _) => Ok(Voucher::Signature),
            (Required::Any | Required::Pinned, _, true) => Ok(Voucher::Pin),
            (Required::Any, ..) => Ok(Voucher::Nobody),
            (Required::Pinned, ..) => {
                let fix = "If you trust the file, add its sha256 to connectors.pins.";
                let expected = "a listed SHA-256 or signature";
                Err(Failed::new((Step::Trust, "trust.not_pinned"), expected, &file.sha256, fix))
            }
            (Required::Signed, ..) => {
                let fix =
                    "Put the author's signature beside the file, and the author's key into connectors.keys.";
                let found = if is_there { "a signature, but no listed key" } else { "no signature" };
                Err(Failed::new(
                    (Step::Trust, "trust.not_signed"),
                    "the signature of a listed key",
                    found,
                    fix,
                ))
            }
        }
    }

    fn verify(&self, bytes: &[u8], signature: &str) -> Result<(), Failed> {
        const GET_ANEW: &str = "Do not use the file: get it, and its signature, from its author again.";
        const SIGN_ANEW: &str = "Have its author sign it anew, without the option -l of minisign.";
        let failed = |code, found: &dyn std::fmt::Display, fix| {
            Failed::new((Step::Trust, code), "the signature of a listed key over these bytes", found, fix)
        };
        let signature =
            Signature::decode(signature).map_err(|e| failed("trust.signature_malformed", &e, GET_ANEW))?;
        let keys = self.keys.iter().filter_map(|key| PublicKey::from_base64(key).ok());
        let mut found = "the signature of another key";
        for key in keys {
            match key.verify(bytes, &signature, false) {
                Ok(()) => return Ok(()),
                Err(Error::UnexpectedAlgorithm) => {
                    return Err(failed("trust.signature_legacy", &"a legacy signature", SIGN_ANEW));
                }
                Err(Error::InvalidSignature) => {
                    found = "a signature of other bytes, or one whose trusted comment was changed";
                }
                Err(_) => {}
            }
        }
        Err(failed("trust.signature_wrong", &found, GET_ANEW))
    }
}
