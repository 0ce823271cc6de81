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
    pub(crate) secret: &'a str,
    pub(crate) body: &'a str,
    pub(crate) log_id: &'a str,
    /// The time to sign with, if it is not now.
    pub(crate) replayed_t: Option<i64>,
    /// How the headers differ from the ordinary, 0 to 3; 0 is not at all.
    pub(crate) variation: u64,
}

/// Clients that see only the status of the callback itself.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    ordinary: reqwest::Client,
    /// Writes `Tiktok-Signature` instead of `tiktok-signature`.
    title_case: reqwest::Client,
}

/// Loading the root certificates takes long, so all simulators of a process share their clients.
/// They keep no connections, which would belong to the runtime they were opened in.
pub(crate) fn clients() -> Result<Clients, reqwest::Error> {
    static CLIENTS: OnceLock<Clients> = OnceLock::new();
    if let Some(clients) = CLIENTS.get() {
        return Ok(clients.clone());
    }
    let clients = Clients { ordinary: build(|builder| builder)?, title_case: build(title_case)? };
    Ok(CLIENTS.get_or_init(|| clients).clone())
}

fn title_case(builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
    builder.http1_title_case_headers()
}

fn build(
    vary: fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, reqwest::Error> {
    rustls::crypto::ring::default_provider().install_default().ok();
    let builder = reqwest::Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .redirect(reqwest::redirect::Policy::none());
    vary(builder).build()
}

/// Posts an event once and reports how it went.
pub(crate) async fn post(shared: &Shared, request: Request<'_>) -> Attempt {
    let at_ms = shared.clock.now_ms();
    let signed_t = request.replayed_t.unwrap_or(at_ms / 1_000);
    let signature = signature_header(request.secret, request.body.as_bytes(), signed_t);
    let mut headers = [
        ("content-type", "application/json".to_owned()),
        ("TikTok-Signature", varied(&signature, request.variation)),
        ("webhook-schema-version", "1.0".to_owned()),
        ("x-tt-logid", request.log_id.to_owned()),
    ];
    headers.rotate_left(usize::try_from(request.variation).unwrap_or_default());
    let client = if request.variation % 2 == 1 { &shared.http.title_case } else { &shared.http.ordinary };
    let timeout = Duration::from_millis(shared.world().settings.webhook_timeout_ms);
    let mut post = client.post(request.url).timeout(timeout);
    for (name, value) in headers {
        post = post.header(name, value);
    }
    let (status, error) = match post.body(request.body.to_owned()).send().await {
        Ok(response) => (Some(response.status().as_u16()), None),
        Err(error) => (None, Some(error.to_string())),
    };
    Attempt { at_ms, signed_t, status, error }
}

/// The same signature in another spelling: spaced, turned round, or with a part nobody knows.
fn varied(signature: &str, variation: u64) -> String {
    let (t, s) = signature.split_once(',').unwrap_or((signature, ""));
    match variation {
        1 => format!("{t}, {s}"),
        2 => format!("{s},{t}"),
        3 => format!("v=2 , {t} , {s}"),
        _ => signature.to_owned(),
    }
}
