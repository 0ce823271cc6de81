//! How long the connector thinks about what was posted. CPU time, so that a busy machine fails nothing.

#![allow(clippy::expect_used, reason = "the whole crate is a test")]

use std::time::Duration;

use connector_api::{
    CapabilityDocument, ChannelConnector, StartConnector, StartContext, Timestamp, Verification,
    WebhookRequest,
};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use tiktok_connector::TikTok;

const SIZE: usize = 64 * 1024;
/// Without optimisation it only has to show that the work does not grow with the square of the size.
const MOST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 100 } else { 5 });

fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.try_into().expect("positive"), now.tv_nsec.try_into().expect("positive"))
}

/// A request of this event whose content is this text, and which has no time.
fn posted(event: &str, content: &str) -> Vec<u8> {
    let envelope = json!({ "event": event, "user_openid": "-000Sim", "content": content });
    envelope.to_string().into_bytes()
}

/// Content with this block, repeated until it is large.
fn repeated(before: &str, block: &str, after: &str) -> String {
    let blocks = vec![block; SIZE / (block.len() + 1)];
    format!("{before}{}{after}", blocks.join(","))
}

#[test]
fn whatever_is_posted_64_kib_are_read_within_5_milliseconds() {
    let settings = json!({ "app_id": "1", "app_secret": "sim-app-secret-0001" });
    let document: CapabilityDocument =
        serde_json::from_str(include_str!("../capabilities.json")).expect("the document");
    let settings = serde_json::from_value(settings).expect("settings");
    let tiktok = TikTok::start(StartContext::new("speed", document), settings).expect("a connector");

    let text = json!({ "type": "text", "text": { "body": "é".repeat(SIZE / 2) }, "message_id": "m",
        "conversation_id": "c", "unique_identifier": "u" });
    let reactions = repeated(
        r#"{"type":"reaction","conversation_id":"c","reaction":["#,
        r#"{"original_msg_id":"m","unique_identifier":"u"}"#,
        "]}",
    );
    let ads = repeated(
        r#"{"conversation_id":"c","unique_identifier":"u","referral":{"ad":["#,
        r#"{"ad_id":"1"}"#,
        "]}}",
    );
    let buttons = repeated(
        r#"{"type":"template","message_id":"m","conversation_id":"c","unique_identifier":"u","template":{"buttons":["#,
        r#"{"text":"a"}"#,
        "]}}",
    );
    let table = [
        ("a text", posted("im_receive_msg", &text.to_string()), 1),
        ("reactions", posted("im_receive_msg", &reactions), SIZE / 48),
        ("ads", posted("im_referral_msg", &ads), SIZE / 14),
        ("buttons", posted("im_send_msg", &buttons), 1),
        ("halves of characters", posted("im_receive_msg", &r"\ud83d".repeat(SIZE / 6)), 0),
        ("brackets", vec![b'['; SIZE], 0),
        ("quotes", vec![b'"'; SIZE], 0),
        ("backslashes", vec![b'\\'; SIZE], 0),
        ("bytes that are no text", vec![0xFF; SIZE], 0),
        ("numbers", Value::from(vec![i64::MIN; SIZE / 21]).to_string().into_bytes(), 0),
    ];
    for (name, body, events) in table {
        let now = Timestamp::from_seconds(1_767_225_603);
        let headers = vec![("TikTok-Signature".to_owned(), format!("t=1767225603,s={}", "0".repeat(64)))];
        let request = WebhookRequest::post(headers, body, now);
        let least = (0..5).map(|_| {
            let before = cpu_time();
            // The signature is computed over the whole body, too.
            assert_eq!(tiktok.receive(&request).status, 401, "{name}");
            let genuine = tiktok.receive(&request.clone().verified(Verification::Skipped));
            let taken = cpu_time() - before;
            assert_eq!((genuine.status, genuine.events.len()), (200, events), "{name}");
            taken
        });
        let least = least.min().expect("five times");
        assert!(least < MOST, "{name}: {least:?}");
    }
}
