//! Signatures as minisign makes them (prehashed, `ED`), so that no foreign program is needed.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use base64::{Engine, engine::general_purpose::STANDARD};
use blake2::{Blake2b512, Digest};
use ring::signature::{Ed25519KeyPair, KeyPair};

const COMMENT: &str = "timestamp:1767225600";

/// An author's key.
pub(crate) struct Signer {
    pair: Ed25519KeyPair,
    id: [u8; 8],
}

impl Signer {
    /// The same key for the same number.
    pub(crate) fn new(number: u8) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[number; 32]).map_err(|error| anyhow!("{error}"))?;
        Ok(Self { pair, id: [number; 8] })
    }

    /// The second line of `minisign.pub`.
    pub(crate) fn public_key(&self) -> String {
        STANDARD.encode([b"Ed", self.id.as_slice(), self.pair.public_key().as_ref()].concat())
    }

    /// What `minisign -S` would write beside a file of these bytes.
    pub(crate) fn sign(&self, bytes: &[u8]) -> String {
        self.signed(*b"ED", &Blake2b512::digest(bytes))
    }

    /// What `minisign -S -l` would write: a signature of the bytes themselves.
    pub(crate) fn sign_legacy(&self, bytes: &[u8]) -> String {
        self.signed(*b"Ed", bytes)
    }

    fn signed(&self, algorithm: [u8; 2], message: &[u8]) -> String {
        let signature = self.pair.sign(message);
        let line = STANDARD.encode([algorithm.as_slice(), self.id.as_slice(), signature.as_ref()].concat());
        let whole = self.pair.sign(&[signature.as_ref(), COMMENT.as_bytes()].concat());
        let whole = STANDARD.encode(whole.as_ref());
        format!("untrusted comment: a test's\n{line}\ntrusted comment: {COMMENT}\n{whole}\n")
    }

    /// Puts a signature of these bytes beside the file.
    pub(crate) fn sign_beside(&self, file: &Path, bytes: &[u8]) -> Result<PathBuf> {
        let mut name = file.as_os_str().to_owned();
        name.push(".minisig");
        std::fs::write(&name, self.sign(bytes))?;
        Ok(name.into())
    }
}
