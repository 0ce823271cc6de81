//! Whatever is posted: no panic, the same answer each time, and 200 for everything that TikTok signed.
//!
//! ```sh
//! cargo +nightly fuzz run receive -- -max_total_time=600 -max_len=65536
//! ```

#![no_main]

use std::sync::LazyLock;

use connector_api::{
    CapabilityDocument, ChannelConnector, StartConnector, StartContext, Timestamp, Verification, WebhookOutcome,
    WebhookRequest,
};
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use tiktok_connector::TikTok;

const APP_ID: &str = "7000000000000000001";
const BUSINESS: &str = "-000SimBusinessOpenId0001";
const NOW: Timestamp = Timestamp::from_seconds(1_767_225_603);
const EVENTS: [&str; 9] = [
    "im_receive_msg",
    "im_send_msg",
    "im_mark_read_msg",
    "im_receive_msg_eu",
    "im_referral_msg",
    "im_auto_message_config_update",
    "im_auto_message_audit_update",
    "im_receive_high_intent_comment",
    "comment.update",
];

static TIKTOK: LazyLock<TikTok> = LazyLock::new(|| {
    let settings = json!({ "app_id": APP_ID, "app_secret": "sim-app-secret-0001" });
    let settings = serde_json::from_value(settings).expect("settings");
    let document: CapabilityDocument =
        serde_json::from_str(include_str!("../../capabilities.json")).expect("the document");
    TikTok::start(StartContext::new("fuzz", document), settings).expect("a connector")
});

fn received(request: &WebhookRequest) -> WebhookOutcome {
    let outcome = TIKTOK.receive(request);
    assert_eq!(outcome, TIKTOK.receive(request), "the same each time");
    outcome
}

fn genuine(body: &[u8]) {
    let request = WebhookRequest::post(Vec::new(), body.to_vec(), NOW).verified(Verification::Skipped);
    let outcome = received(&request);
    assert_eq!((outcome.status, outcome.authentic), (200, true));
}

fuzz_target!(|data: &[u8]| {
    let Some((how, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    match *how {
        0 => genuine(rest),
        1 => {
            let header = vec![("TikTok-Signature".to_owned(), text.into_owned())];
            let outcome = received(&WebhookRequest::post(header, b"{}".to_vec(), NOW));
            assert!(!outcome.authentic);
        }
        2 => {
            received(&WebhookRequest::post(Vec::new(), Vec::new(), NOW).with_target("GET", text));
        }
        how => {
            let event = EVENTS[usize::from(how) % EVENTS.len()];
            let envelope = json!({
                "client_key": APP_ID, "event": event, "create_time": 1_767_225_600, "user_openid": BUSINESS,
                "content": text,
            });
            genuine(envelope.to_string().as_bytes());
        }
    }
});
