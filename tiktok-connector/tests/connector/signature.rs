//! Which webhook requests are taken for TikTok's (protocol reference, section 5.2).

use connector_api::{ChannelConnector, Timestamp, Verification, WebhookOutcome, WebhookRequest};
use serde_json::json;

use crate::{SIGNED_AT, hmac, signed, tiktok, tiktok_with};

const BODY: &str = r#"{"client_key":"7000000000000000001","event":"im_receive_msg","create_time":1767225600,"user_openid":"-000SimBusinessOpenId0001","content":"{\"type\":\"text\",\"text\":{\"body\":\"café 👋\"}}"}"#;
const ESCAPED_BODY: &str = r#"{"client_key":"7000000000000000001","event":"im_receive_msg","create_time":1767225600,"user_openid":"-000SimBusinessOpenId0001","content":"{\"type\":\"text\",\"text\":{\"body\":\"caf\\u00e9 \\ud83d\\udc4b\"}}"}"#;
const S: &str = "cbdd518e416797f0dc7c7d1a1e2d5652e3d0a557d945ab84ebee6264b98f1647";
const ESCAPED_S: &str = "1367540ce9fcf4179443402cd64ec426b9f83876344c705c46ed3829274d2746";

fn request(header: Option<(&str, String)>, body: &str) -> WebhookRequest {
    let headers = header.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    WebhookRequest::post(headers, body.as_bytes().to_vec(), Timestamp::from_seconds(SIGNED_AT))
}

fn with_header(value: &str) -> WebhookOutcome {
    tiktok().receive(&request(Some(("TikTok-Signature", value.to_owned())), BODY))
}

#[test]
fn the_vectors_of_the_reference_hold() {
    for (body, s) in [(BODY, S), (ESCAPED_BODY, ESCAPED_S)] {
        let header = format!("t={SIGNED_AT},s={s}");
        let outcome = tiktok().receive(&request(Some(("TikTok-Signature", header)), body));
        assert!(outcome.authentic && outcome.status == 200, "{outcome:?}");
    }
    assert_eq!(with_header(&format!("t={SIGNED_AT},s={ESCAPED_S}")).status, 401);
}

#[test]
fn the_header_is_read_by_name() {
    let table = [
        format!("t={SIGNED_AT},s={S}"),
        format!("s={S},t={SIGNED_AT}"),
        format!(" t = {SIGNED_AT} , s = {S} "),
        format!("v=2,t={SIGNED_AT},junk,s={S},x="),
        format!("t={SIGNED_AT},s={}", S.to_uppercase()),
    ];
    for header in table {
        assert!(with_header(&header).authentic, "{header}");
    }
    for name in ["TIKTOK-SIGNATURE", "tiktok-signature", "Tiktok-Signature"] {
        let header = format!("t={SIGNED_AT},s={S}");
        assert!(tiktok().receive(&request(Some((name, header)), BODY)).authentic, "{name}");
    }
}

#[test]
fn whatever_else_the_header_says_is_refused() {
    let unused = hmac("", BODY.as_bytes());
    let table = [
        (String::new(), "malformed"),
        (format!("{SIGNED_AT},{S}"), "malformed"),
        (format!("t={SIGNED_AT}"), "malformed"),
        (format!("s={S}"), "malformed"),
        (format!("t=,s={unused}"), "malformed"),
        (format!("t=-5,s={S}"), "malformed"),
        (format!("t=+{SIGNED_AT},s={S}"), "malformed"),
        (format!("t={SIGNED_AT}0000000000000000,s={S}"), "malformed"),
        (format!("t={SIGNED_AT},s=cbdd"), "malformed"),
        (format!("t={SIGNED_AT},s={S}00"), "malformed"),
        (format!("t={SIGNED_AT},s={}", S.replace('c', "é")), "malformed"),
        (format!("t={SIGNED_AT},t={SIGNED_AT},s={S}"), "malformed"),
        (format!("t={SIGNED_AT},s={S},s={S}"), "malformed"),
        (format!("T={SIGNED_AT},S={S}"), "malformed"),
        (format!("t=0{SIGNED_AT},s={S}"), "wrong"),
        (format!("t={SIGNED_AT},s={}", S.replace('c', "d")), "wrong"),
    ];
    for (header, expected) in table {
        let outcome = with_header(&header);
        assert_eq!((outcome.status, outcome.authentic), (401, false), "{header}");
        assert_eq!(outcome.detail, Some(format!("signature.invalid: {expected}")), "{header}");
        assert!(outcome.events.is_empty());
    }
    let outcome = tiktok().receive(&request(None, BODY));
    assert_eq!(outcome.detail.as_deref(), Some("signature.invalid: missing"));
}

#[test]
fn age_decides_after_the_signature() {
    const HOUR: i64 = 3600;
    let table = [
        (0, "accept", 200, false),
        (300, "accept", 200, false),
        (301, "accept", 200, true),
        (301, "reject", 403, false),
        (72 * HOUR, "accept", 200, true),
        (72 * HOUR + 1, "accept", 403, false),
        (72 * HOUR + 1, "reject", 403, false),
        (-300, "accept", 200, false),
        (-301, "accept", 401, false),
    ];
    for (seconds_later, stale_signatures, status, stale) in table {
        let tiktok = tiktok_with(json!({ "stale_signatures": stale_signatures }));
        let mut request = signed(BODY.as_bytes());
        request.received_at = Timestamp::from_seconds(SIGNED_AT + seconds_later);
        let outcome = tiktok.receive(&request);
        assert_eq!((outcome.status, outcome.stale), (status, stale), "{seconds_later} {stale_signatures}");
        assert_eq!(outcome.authentic, status == 200);
    }
}

#[test]
fn a_tool_may_ask_for_less_and_gets_the_same_events() {
    let wrong = with_header(&format!("t={SIGNED_AT},s={ESCAPED_S}"));
    assert_eq!((wrong.status, wrong.authentic), (401, false));
    let genuine = tiktok().receive(&signed(BODY.as_bytes()));
    let unsigned = request(None, BODY).verified(Verification::Skipped);
    assert_eq!(tiktok().receive(&unsigned), genuine);

    let other = tiktok_with(json!({ "app_id": "7000000000000000002" }));
    assert_eq!(other.receive(&signed(BODY.as_bytes())).detail.as_deref(), Some("addressed to another app"));
    assert_eq!(other.receive(&signed(BODY.as_bytes()).verified(Verification::Signature)), genuine);
    let forged = request(Some(("TikTok-Signature", format!("t={SIGNED_AT},s={ESCAPED_S}"))), BODY);
    assert_eq!(other.receive(&forged.verified(Verification::Signature)).status, 401);
}

#[test]
fn one_changed_byte_is_noticed() {
    let mut request = signed(BODY.as_bytes());
    request.body.push(b' ');
    assert_eq!(tiktok().receive(&request).status, 401);
}

#[test]
fn a_challenge_comes_back_as_plain_text_and_nothing_else_does() {
    let get = |query: &str| tiktok().receive(&request(None, BODY).with_target("GET", query));
    let outcome = get("a=b&challenge=abc%2B123");
    assert_eq!((outcome.status, outcome.body.as_str()), (200, "abc+123"));
    assert!(!outcome.authentic && outcome.events.is_empty());
    assert!(
        outcome.headers.iter().any(|(name, value)| name == "content-type" && value.starts_with("text/plain"))
    );
    let long = format!("challenge={}", "a".repeat(257));
    for (query, status) in
        [("", 405), ("other=1", 405), ("challenge=", 400), ("challenge=%0d%0a", 400), (&long, 400)]
    {
        let outcome = get(query);
        assert_eq!((outcome.status, outcome.body.as_str()), (status, ""), "{query}");
    }
}

#[test]
fn other_methods_are_refused_even_when_signed() {
    for method in ["PUT", "HEAD", "DELETE", "post", ""] {
        let outcome = tiktok().receive(&signed(BODY.as_bytes()).with_target(method, "challenge=a"));
        assert_eq!((outcome.status, outcome.authentic), (405, false), "{method}");
    }
}
