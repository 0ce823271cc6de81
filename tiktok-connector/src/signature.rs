//! Whether TikTok itself signed a webhook, and how long ago (protocol reference, section 5.2).

use connector_api::{ReasonCode, Secret, Timestamp, WebhookRequest};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::settings::{REDELIVERY_SECONDS, Settings, StaleSignatures};

const HEADER: &str = "TikTok-Signature";

/// Age of a genuine signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// Within the tolerance.
    Fresh,
    /// Older, but TikTok still delivers.
    Stale,
}

/// Why a request is not taken for TikTok's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Missing,
    Malformed,
    Wrong,
    Future,
    Stale,
    TooOld,
}

impl Refusal {
    /// HTTP status of the answer.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Missing | Self::Malformed | Self::Wrong | Self::Future => 401,
            Self::Stale | Self::TooOld => 403,
        }
    }

    /// Stable words: the reason's code and what exactly is wrong.
    pub(crate) fn detail(self) -> String {
        let (reason, what) = match self {
            Self::Missing => (ReasonCode::SIGNATURE_INVALID, "missing"),
            Self::Malformed => (ReasonCode::SIGNATURE_INVALID, "malformed"),
            Self::Wrong => (ReasonCode::SIGNATURE_INVALID, "wrong"),
            Self::Future => (ReasonCode::SIGNATURE_INVALID, "from the future"),
            Self::Stale => (ReasonCode::SIGNATURE_STALE, "older than the tolerance"),
            Self::TooOld => (ReasonCode::SIGNATURE_STALE, "older than 72 hours"),
        };
        format!("{reason}: {what}")
    }
}

/// Verifies the signature over the raw bytes first, then its age.
pub(crate) fn verify(settings: &Settings, request: &WebhookRequest) -> Result<Age, Refusal> {
    let header = request.header(HEADER).ok_or(Refusal::Missing)?;
    let stated = Stated::read(header).ok_or(Refusal::Malformed)?;
    if !stated.matches(&settings.app_secret, &request.body) {
        return Err(Refusal::Wrong);
    }
    age(settings, stated.signed_at, request.received_at)
}

fn age(settings: &Settings, signed_at: Timestamp, received_at: Timestamp) -> Result<Age, Refusal> {
    let seconds = received_at.as_seconds().saturating_sub(signed_at.as_seconds());
    let tolerance = i64::from(settings.signature_tolerance_seconds);
    if seconds < -tolerance {
        Err(Refusal::Future)
    } else if seconds <= tolerance {
        Ok(Age::Fresh)
    } else if seconds > i64::from(REDELIVERY_SECONDS) {
        Err(Refusal::TooOld)
    } else if settings.stale_signatures == StaleSignatures::Reject {
        Err(Refusal::Stale)
    } else {
        Ok(Age::Stale)
    }
}

/// What the header states.
struct Stated<'a> {
    /// The literal text, because that is what was signed.
    t: &'a str,
    signed_at: Timestamp,
    s: [u8; 32],
}

impl<'a> Stated<'a> {
    /// Reads the parts by name, in any order, with or without spaces; unknown parts are ignored.
    fn read(header: &'a str) -> Option<Self> {
        let t = part(header, "t")?;
        let digits = t.bytes().all(|byte| byte.is_ascii_digit());
        let signed_at = digits.then(|| t.parse().ok()).flatten()?;
        let mut s = [0; 32];
        hex::decode_to_slice(part(header, "s")?, &mut s).ok()?;
        Some(Self { t, signed_at: Timestamp::from_seconds(signed_at), s })
    }

    fn matches(&self, secret: &Secret, body: &[u8]) -> bool {
        // HMAC takes an empty key; settings never hold one, and this is the second lock.
        if secret.expose().is_empty() {
            return false;
        }
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
            return false;
        };
        mac.update(self.t.as_bytes());
        mac.update(b".");
        mac.update(body);
        mac.finalize().into_bytes().as_slice().ct_eq(&self.s).into()
    }
}

/// The value of the only part of that name.
fn part<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let mut values =
        header.split(',').filter_map(|part| part.split_once('=')).filter(|(n, _)| n.trim() == name);
    let (_, value) = values.next()?;
    values.next().is_none().then_some(value.trim())
}
