//! One signed request to the callback URL (protocol reference, section 5.1).

use std::sync::OnceLock;
use std::time::Duration;

use crate::observed::Attempt;
use crate::shared::Shared;
use crate::signature::signature_header;

/// What is posted where.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    pub(crate) body: &'a str,
    pub(crate) log_id: &'a str,
    /// The time to sign with, if it is not now.
    pub(crate) replayed_t: Option<i64>,
}

/// A client that sees only the status of the callback itself.
///
/// Loading the root certificates takes long, so all simulators of a process share one client.
/// It keeps no connections, which would belong to the runtime they were opened in.
pub(crate) fn client() -> Result<reqwest::Client, reqwest::Error> {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    if let Some(client) = CLIENT.get() {
        return Ok(client.clone());
    }
    let client = build()?;
    Ok(CLIENT.get_or_init(|| client).clone())
}

fn build() -> Result<reqwest::Client, reqwest::Error> {
    rustls::crypto::ring::default_provider().install_default().ok();
    reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

/// Posts an event once and reports how it went.
pub(crate) async fn post(shared: &Shared, request: Request<'_>) -> Attempt {
    let at_ms = shared.clock.now_ms();
    let signed_t = request.replayed_t.unwrap_or(at_ms / 1_000);
    let signature = signature_header(&shared.app_secret, request.body.as_bytes(), signed_t);
    let timeout = Duration::from_millis(shared.world().settings.webhook_timeout_ms);
    let answer = shared
        .http
        .post(request.url)
        .timeout(timeout)
        .header("content-type", "application/json")
        .header("TikTok-Signature", signature)
        .header("webhook-schema-version", "1.0")
        .header("x-tt-logid", request.log_id)
        .body(request.body.to_owned())
        .send()
        .await;
    let (status, error) = match answer {
        Ok(response) => (Some(response.status().as_u16()), None),
        Err(error) => (None, Some(error.to_string())),
    };
    Attempt { at_ms, signed_t, status, error }
}
