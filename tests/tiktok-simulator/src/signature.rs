//! The webhook signature (protocol reference, section 5.2).

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The value of a `TikTok-Signature` header for these exact body bytes.
///
/// The key is the developer app's secret and `t` is in Unix seconds.
#[must_use]
pub fn signature_header(secret: &str, body: &[u8], t: i64) -> String {
    let key = secret.as_bytes();
    let mut mac = match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(never) => unreachable!("HMAC takes keys of every length: {never}"),
    };
    mac.update(format!("{t}.").as_bytes());
    mac.update(body);
    format!("t={t},s={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "sim-app-secret-0001";
    const T: i64 = 1_767_225_603;

    #[test]
    fn the_reference_vector_is_reproduced() {
        let body = r#"{"client_key":"7000000000000000001","event":"im_receive_msg","create_time":1767225600,"user_openid":"-000SimBusinessOpenId0001","content":"{\"type\":\"text\",\"text\":{\"body\":\"café 👋\"}}"}"#;
        assert_eq!(
            signature_header(SECRET, body.as_bytes(), T),
            "t=1767225603,s=cbdd518e416797f0dc7c7d1a1e2d5652e3d0a557d945ab84ebee6264b98f1647"
        );
    }

    #[test]
    fn other_escapes_of_the_same_text_have_another_signature() {
        let body = r#"{"client_key":"7000000000000000001","event":"im_receive_msg","create_time":1767225600,"user_openid":"-000SimBusinessOpenId0001","content":"{\"type\":\"text\",\"text\":{\"body\":\"caf\\u00e9 \\ud83d\\udc4b\"}}"}"#;
        assert_eq!(
            signature_header(SECRET, body.as_bytes(), T),
            "t=1767225603,s=1367540ce9fcf4179443402cd64ec426b9f83876344c705c46ed3829274d2746"
        );
    }
}
