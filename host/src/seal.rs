//! Credentials at rest: encrypted with a key that never lies beside them.
//!
//! A sealed text is one byte of format version, four bytes that name the key, 24 random bytes, and the
//! XChaCha20-Poly1305 ciphertext with its tag. The version, the name of the key and the context are authenticated, so
//! that a sealed text opens only where it was sealed for.

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretBox, SecretSlice};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

const VERSION: u8 = 1;
const KEY_BYTES: usize = 32;
const ID_BYTES: usize = 4;
const HEADER_BYTES: usize = 1 + ID_BYTES;
const NONCE_BYTES: usize = 24;
const ID_LABEL: &[u8] = b"jackfield credential key id v1";

/// Why something could not be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The text of a key is not 32 bytes in base64 or hex.
    #[error("an encryption key is 32 random bytes as base64 or hex; make one with `openssl rand -base64 32`")]
    KeyMalformed,
    /// Sealed with a key that was not given.
    #[error("sealed with the key {id}, which is not among the configured keys; give it as a previous key")]
    KeyUnknown {
        /// The first bytes of the key's fingerprint in hex.
        id: String,
    },
    /// The bytes were changed, or sealed for another purpose or account.
    #[error("the sealed bytes were changed or belong to something else")]
    Tampered,
    /// These bytes did not come from [`Sealer::seal`], or from a later version of it.
    #[error("these bytes are not sealed in a format that this version knows")]
    Malformed,
    /// The operating system has no random bytes.
    #[error("the operating system gave no random bytes: {0}")]
    Randomness(String),
    /// More than the cipher can take at once: 256 GiB.
    #[error("too much to seal at once")]
    TooLong,
}

impl SealError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyMalformed => "seal.key_malformed",
            Self::KeyUnknown { .. } => "seal.key_unknown",
            Self::Tampered => "seal.tampered",
            Self::Malformed => "seal.malformed",
            Self::Randomness(_) => "seal.randomness_missing",
            Self::TooLong => "seal.too_long",
        }
    }
}

/// A key for [`Sealer`]. Printed as its id, wiped when dropped.
pub struct SealKey {
    bytes: SecretBox<[u8; KEY_BYTES]>,
    id: [u8; ID_BYTES],
}

impl SealKey {
    /// A key from its 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        let digest = Sha256::new().chain_update(ID_LABEL).chain_update(bytes).finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest[..ID_BYTES]);
        Self { bytes: SecretBox::new(Box::new(bytes)), id }
    }

    /// Reads 32 bytes in base64 (standard alphabet, padded) or hex, without regard to white space around them.
    ///
    /// # Errors
    /// [`SealError::KeyMalformed`], which does not repeat the text.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let text = text.trim();
        let decoded = if text.len() == 2 * KEY_BYTES {
            hex::decode(text).map_err(|_| SealError::KeyMalformed)?
        } else {
            STANDARD.decode(text).map_err(|_| SealError::KeyMalformed)?
        };
        let decoded = SecretSlice::from(decoded);
        let bytes = decoded.expose_secret().try_into().map_err(|_| SealError::KeyMalformed)?;
        Ok(Self::from_bytes(bytes))
    }

    /// A new random key.
    ///
    /// # Errors
    /// [`SealError::Randomness`].
    pub fn generate() -> Result<Self, SealError> {
        random().map(Self::from_bytes)
    }

    /// The name under which sealed texts mention the key, in hex; tells nothing about the key.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(self.id)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.bytes.expose_secret().into())
    }
}

impl Clone for SealKey {
    fn clone(&self) -> Self {
        Self { bytes: SecretBox::new(Box::new(*self.bytes.expose_secret())), id: self.id }
    }
}

impl PartialEq for SealKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.expose_secret().ct_eq(other.bytes.expose_secret()).into()
    }
}

impl Eq for SealKey {}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.id())
    }
}

/// Seals with one key, and opens what that key or a previous one sealed.
#[derive(Debug, Clone)]
pub struct Sealer {
    current: SealKey,
    previous: Vec<SealKey>,
}

impl Sealer {
    /// Seals with `current`; opens with it and with each of `previous`.
    #[must_use]
    pub fn new(current: SealKey, previous: impl IntoIterator<Item = SealKey>) -> Self {
        Self { current, previous: previous.into_iter().collect() }
    }

    /// Encrypts `plain`. The same `context` has to be given to open it: what it is for, and whose.
    ///
    /// # Errors
    /// [`SealError::Randomness`] or [`SealError::TooLong`].
    pub fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut header = [VERSION; HEADER_BYTES];
        header[1..].copy_from_slice(&self.current.id);
        let nonce: [u8; NONCE_BYTES] = random()?;
        let payload = Payload { msg: plain, aad: &associated(&header, context) };
        let encrypted =
            self.current.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLong)?;
        Ok([&header[..], &nonce, &encrypted].concat())
    }

    /// Decrypts what [`seal`](Self::seal) made for the same `context`.
    ///
    /// # Errors
    /// [`SealError::Malformed`], [`SealError::KeyUnknown`] or [`SealError::Tampered`].
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<SecretSlice<u8>, SealError> {
        let (header, rest) = sealed.split_first_chunk::<HEADER_BYTES>().ok_or(SealError::Malformed)?;
        let (nonce, encrypted) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Malformed)?;
        let [VERSION, id @ ..] = header else { return Err(SealError::Malformed) };
        let aad = associated(header, context);
        let mut error = SealError::KeyUnknown { id: hex::encode(id) };
        for key in self.keys().filter(|key| key.id == *id) {
            let payload = Payload { msg: encrypted, aad: &aad };
            match key.cipher().decrypt(&XNonce::from(*nonce), payload) {
                Ok(plain) => return Ok(plain.into()),
                Err(_) => error = SealError::Tampered,
            }
        }
        Err(error)
    }

    /// Whether `sealed` names a key other than the current one, so that sealing it anew retires that key.
    #[must_use]
    pub fn is_outdated(&self, sealed: &[u8]) -> bool {
        sealed.get(1..HEADER_BYTES) != Some(&self.current.id)
    }

    fn keys(&self) -> impl Iterator<Item = &SealKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

fn associated(header: &[u8; HEADER_BYTES], context: &str) -> Vec<u8> {
    [&header[..], context.as_bytes()].concat()
}

fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| SealError::Randomness(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
#[path = "seal_tests.rs"]
mod tests;
