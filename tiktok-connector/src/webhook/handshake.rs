//! A GET that asks for its `challenge` back.
//!
//! TikTok documents no such handshake for business webhooks; answering it is harmless (protocol reference,
//! section 4.9).

use connector_api::WebhookOutcome;
use url::form_urlencoded;

const LONGEST: usize = 256;

/// Answers with the challenge as plain text, and with nothing else of the request.
pub(super) fn answer(query: &str) -> WebhookOutcome {
    let challenge = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "challenge")
        .map(|(_, value)| value.into_owned());
    match challenge {
        Some(challenge) if is_harmless(&challenge) => {
            let mut outcome = WebhookOutcome::handshake(challenge);
            outcome.headers =
                [("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec();
            outcome
        }
        Some(_) => WebhookOutcome::rejected(400, "challenge too long or not printable"),
        None => WebhookOutcome::rejected(405, "method not allowed"),
    }
}

fn is_harmless(challenge: &str) -> bool {
    let length = challenge.len();
    (1..=LONGEST).contains(&length) && challenge.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}
