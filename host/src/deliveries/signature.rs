//! Signatures of outgoing webhooks in the format of Standard Webhooks, version 1.

use base64::{Engine, engine::general_purpose::STANDARD};
use connector_api::Secret;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

use crate::{
    model::EndpointId,
    seal::{SealError, Sealer},
    store::SealedSecrets,
};

/// What every secret begins with.
const PREFIX: &str = "whsec_";
const SECRET_BYTES: usize = 32;

/// A new secret as its receiver is shown it, and sealed for the store.
///
/// # Errors
/// Where there are no random bytes.
pub(crate) fn new_secret(sealer: &Sealer, endpoint: EndpointId) -> Result<(Secret, Vec<u8>), SealError> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| SealError::Randomness(error.to_string()))?;
    let sealed = sealer.seal(&context(endpoint), &bytes)?;
    Ok((Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes))), sealed))
}

/// What a sealed secret is bound to, so that it signs for no other endpoint.
fn context(endpoint: EndpointId) -> String {
    format!("webhook/{endpoint}")
}

/// The value of `webhook-signature`: one signature, or two while the secret before the present one signs as well.
///
/// # Errors
/// Where the present secret cannot be opened.
pub(crate) fn signatures(
    sealer: &Sealer,
    endpoint: EndpointId,
    secrets: &SealedSecrets,
    id: &str,
    timestamp: i64,
    body: &[u8],
) -> Result<String, SealError> {
    let current = sealer.open(&context(endpoint), &secrets.current)?;
    // One that cannot be opened any more signs no more.
    let previous =
        secrets.previous.as_deref().and_then(|sealed| sealer.open(&context(endpoint), sealed).ok());
    let signatures = std::iter::once(current).chain(previous);
    Ok(signatures.map(|secret| signature(&secret, id, timestamp, body)).collect::<Vec<_>>().join(" "))
}

fn signature(secret: &SecretSlice<u8>, id: &str, timestamp: i64, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret()) else {
        // A key of any length will do for HMAC.
        return String::new();
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::SealKey;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(SealKey::from_bytes([byte; 32]), [])
    }

    #[test]
    fn the_signature_is_the_one_of_the_specifications_example() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap().into();
        let signed =
            signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_signs_for_its_endpoint_only_and_the_one_before_signs_second() {
        let (sealer, endpoint) = (sealer(1), EndpointId::generate());
        let (shown, current) = new_secret(&sealer, endpoint).unwrap();
        let bytes = STANDARD.decode(shown.expose().strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(bytes.len(), 32);
        let (_, previous) = new_secret(&sealer, endpoint).unwrap();
        let secrets = SealedSecrets { current: current.clone(), previous: Some(previous) };
        let both = signatures(&sealer, endpoint, &secrets, "msg_1", 5, b"{}").unwrap();
        let alone = SealedSecrets { current, previous: None };
        let first = signatures(&sealer, endpoint, &alone, "msg_1", 5, b"{}").unwrap();
        assert_eq!(first, signature(&bytes.into(), "msg_1", 5, b"{}"));
        let (a, b) = both.split_once(' ').unwrap();
        assert!(a == first && b.starts_with("v1,") && b != a, "{both}");
        let other = signatures(&sealer, EndpointId::generate(), &alone, "msg_1", 5, b"{}");
        assert_eq!(other, Err(SealError::Tampered));
    }

    #[test]
    fn without_its_key_nothing_is_signed() {
        let endpoint = EndpointId::generate();
        let (_, current) = new_secret(&sealer(1), endpoint).unwrap();
        let secrets = SealedSecrets { current, previous: None };
        assert!(signatures(&sealer(2), endpoint, &secrets, "msg_1", 5, b"{}").is_err());
    }
}
