//! The connector as a host sees it: webhooks in, requests to a TikTok of this machine out.

#![allow(clippy::expect_used, reason = "the whole crate is a test")]

mod authorization;
mod capabilities;
mod events;
mod never_panics;
mod platform;
mod probe;
mod send;
mod settings;
mod signature;
mod webhooks;

use std::sync::LazyLock;

use connector_api::{
    Account, CapabilityDocument, ChannelConnector, Credentials, Secret, StartConnector, StartContext,
    Timestamp, WebhookOutcome, WebhookRequest,
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tiktok_connector::{Settings, TikTok};

const DOCUMENT: &str = include_str!("../../capabilities.json");
const APP_ID: &str = "7000000000000000001";
const APP_SECRET: &str = "sim-app-secret-0001";
const BUSINESS: &str = "-000SimBusinessOpenId0001";
const SIGNED_AT: i64 = 1_767_225_603;

/// A connector of the test app, with more settings.
fn tiktok_with(more: Value) -> TikTok {
    start(more).expect("the connector starts")
}

/// The connector of the test app; made once, because it reads the machine's certificates.
fn tiktok() -> &'static TikTok {
    static TIKTOK: LazyLock<TikTok> = LazyLock::new(|| tiktok_with(json!({})));
    &TIKTOK
}

fn start(more: Value) -> Result<TikTok, String> {
    let mut settings = json!({ "app_id": APP_ID, "app_secret": APP_SECRET });
    if let (Value::Object(settings), Value::Object(more)) = (&mut settings, more) {
        settings.extend(more);
    }
    let settings: Settings = serde_json::from_value(settings).map_err(|e| e.to_string())?;
    let document: CapabilityDocument = serde_json::from_str(DOCUMENT).expect("the document reads");
    TikTok::start(StartContext::new("test", document), settings).map_err(|e| e.to_string())
}

fn hmac(t: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(APP_SECRET.as_bytes()).expect("any key");
    mac.update(t.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// What TikTok posts, signed and received at once.
fn signed(body: &[u8]) -> WebhookRequest {
    let t = SIGNED_AT.to_string();
    let header = format!("t={t},s={}", hmac(&t, body));
    let headers = vec![("TikTok-Signature".to_owned(), header)];
    WebhookRequest::post(headers, body.to_vec(), Timestamp::from_seconds(SIGNED_AT))
}

/// The outcome of an event of the test app and business; `content` becomes JSON text as TikTok sends it.
fn outcome(event: &str, content: &Value) -> WebhookOutcome {
    received(&json!({
        "client_key": APP_ID,
        "event": event,
        "create_time": 1_767_225_600,
        "user_openid": BUSINESS,
        "content": content.to_string(),
    }))
}

fn received(envelope: &Value) -> WebhookOutcome {
    tiktok().receive(&signed(envelope.to_string().as_bytes()))
}

fn account() -> Account {
    let credentials = Credentials::permanent(Secret::new("access-1")).renewable(
        Timestamp::from_seconds(2_000),
        Secret::new("refresh-1"),
        Some(Timestamp::from_seconds(9_000)),
    );
    Account::new(BUSINESS, credentials.with_scopes(vec!["message.list.send".to_owned()]))
}
