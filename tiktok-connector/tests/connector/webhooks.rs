//! What TikTok posts, and what the host learns from it: a snapshot each (protocol reference, section 6).

use std::collections::BTreeMap;

use connector_api::{EventKind, WebhookOutcome};
use serde_json::{Value, json};

use crate::{APP_ID, BUSINESS, outcome, received};

/// A snapshot of the outcomes by case; a key that is a hash of the bytes is only marked as such.
pub(crate) fn check<'a>(name: &str, cases: impl IntoIterator<Item = (&'a str, WebhookOutcome)>) {
    let mut cases: BTreeMap<&str, WebhookOutcome> = cases.into_iter().collect();
    for event in cases.values_mut().flat_map(|outcome| &mut outcome.events) {
        if let Some(hash) = event.dedup_key.strip_prefix("bytes:") {
            assert_eq!(hash.len(), 64);
            event.dedup_key = "bytes:[sha256]".to_owned();
        }
    }
    insta::assert_json_snapshot!(name, cases);
}

/// Somebody reacts.
fn reacting(reactions: &Value) -> Value {
    inbound(json!({ "type": "reaction", "text": null, "reaction": reactions }))
}

/// An event whose content is this very text.
pub(crate) fn received_raw(event: &str, content: &str) -> WebhookOutcome {
    received(&json!({
        "client_key": APP_ID, "event": event, "create_time": 1_767_225_600, "user_openid": BUSINESS, "content": content,
    }))
}

/// The customer writes to the business; `more` is laid over it, `null` removes a field.
pub(crate) fn inbound(more: Value) -> Value {
    laid_over(
        json!({
            "from": "ana.lima", "to": "simshop", "unique_identifier": "Zx+9/kQ",
            "from_user": { "id": "Zx+9/kQ", "role": "personal_account" },
            "to_user": { "id": BUSINESS, "role": "business_account" },
            "conversation_id": "cnv+A1b2==", "message_id": "msg+001==", "timestamp": 1_767_225_600_123_i64,
            "type": "text", "text": { "body": "oi, tem em azul?" },
            "scene_type": 0, "is_follower": false, "message_tag": { "source": "APP" },
        }),
        more,
    )
}

/// The business writes to the customer.
pub(crate) fn echo(more: Value) -> Value {
    let swapped = json!({
        "from": "simshop", "to": "ana.lima",
        "from_user": { "id": BUSINESS, "role": "business_account" },
        "to_user": { "id": "Zx+9/kQ", "role": "personal_account" },
        "message_id": "msg/002==", "message_tag": { "source": "API" },
    });
    laid_over(inbound(swapped), more)
}

pub(crate) fn laid_over(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
        base.retain(|_, value| !value.is_null());
    }
    base
}

#[test]
fn messages() {
    let ids_only = json!({ "from_user": { "id": "Zx+9/kQ" }, "to_user": { "id": BUSINESS }, "from": null });
    let table = [
        ("text", json!({})),
        ("text as a bare string", json!({ "text": "oi" })),
        ("text of another case", json!({ "type": "TEXT" })),
        ("text that quotes", json!({ "referenced_message_info": { "referenced_message_id": "msg/Q9==" } })),
        (
            "text by a tap on a card",
            json!({ "reply_source_payload": { "reply_source_msg_id": "m", "reply_source_unique_id": "track" } }),
        ),
        ("text without a body", json!({ "text": {} })),
        ("ids without roles", ids_only),
        ("customer by unique_identifier only", json!({ "from_user": null, "to_user": null })),
        ("time in seconds as a string", json!({ "timestamp": "1767225600" })),
        ("no time of its own", json!({ "timestamp": null })),
        ("time beyond all years", json!({ "timestamp": i64::MAX })),
        ("numeric ids", json!({ "message_id": 7_400_000_000_000_000_001_i64, "conversation_id": 12 })),
        ("image", json!({ "type": "image", "image": { "media_id": "med_77" } })),
        ("image without id", json!({ "type": "image", "image": {} })),
        ("video", json!({ "type": "video", "video": { "media_id": "med_78" } })),
        ("video without id", json!({ "type": "video" })),
        (
            "sticker",
            json!({ "type": "sticker", "sticker": { "url": "https://p16.tiktokcdn.com/s.webp?x-expires=1" } }),
        ),
        ("sticker without url", json!({ "type": "sticker", "sticker": {} })),
        ("emoji", json!({ "type": "emoji", "emoji": { "url": "https://p16.tiktokcdn.com/e.webp" } })),
        ("emoji with a dangerous url", json!({ "type": "emoji", "emoji": { "url": "javascript:alert(1)" } })),
        (
            "post",
            json!({ "type": "share_post", "share_post": { "embed_url": "https://www.tiktok.com/player/v1/74?utm_source=dm", "video_id": "74" } }),
        ),
        (
            "post by id only",
            json!({ "type": "share_post", "share_post": { "video_id": "7400000000000000001" } }),
        ),
        ("post without anything", json!({ "type": "share_post" })),
        ("unknown kind", json!({ "type": "voice", "voice": { "media_id": "v" } })),
        (
            "unknown kind with a url",
            json!({ "type": "live", "live": { "url": "https://www.tiktok.com/live/1" } }),
        ),
        (
            "text by an ad",
            json!({ "referral": { "source": "ad", "ad": { "ad_id": "a1", "ad_name": "Summer" } } }),
        ),
        ("kind that is no id", json!({ "type": "<b>voice</b>" })),
        ("no kind", json!({ "type": null })),
    ];
    check("messages", table.map(|(case, more)| (case, outcome("im_receive_msg", &inbound(more)))));
}

#[test]
fn echoes() {
    let card = json!({
        "type": "qa_button_card",
        "elements": [{ "title": "What do you need?", "buttons": [
            { "text": "Track parcel", "type": "REPLY", "id": "track" },
            { "text": "Human", "type": "REPLY", "id": "agent" },
        ] }],
    });
    let table = [
        ("api", json!({})),
        ("app", json!({ "message_tag": { "source": "APP" } })),
        ("web", json!({ "message_tag": { "source": "web" } })),
        ("others", json!({ "message_tag": { "source": "OTHERS" } })),
        ("no source", json!({ "message_tag": null })),
        (
            "automatic",
            json!({ "auto_message_type": "WELCOME_MESSAGE", "message_tag": { "source": "OTHERS" } }),
        ),
        ("image", json!({ "type": "image", "image": { "media_id": "med_77" } })),
        ("question card", json!({ "type": "template", "template": card })),
        (
            "question card as lists have it",
            json!({ "type": "TEMPLATE", "template": { "type": "QA_LINK_CARD", "title": "What?", "buttons": [{ "type": "REPLY", "title": "Track", "id": "t" }] } }),
        ),
        (
            "question card of a later kind",
            json!({ "type": "template", "template": { "type": "qa_star_card", "elements": [{ "title": "Stars?" }] } }),
        ),
        ("question card without anything", json!({ "type": "template", "template": { "elements": [] } })),
        ("automatic of a later kind", json!({ "auto_message_type": "FAREWELL" })),
    ];
    check("echoes", table.map(|(case, more)| (case, outcome("im_send_msg", &echo(more)))));
}

#[test]
fn ids_decide_about_the_direction_before_the_name_of_the_event() {
    let outcome = outcome("im_receive_msg", &echo(json!({})));
    assert!(matches!(outcome.events[0].kind, EventKind::MessageEchoed { .. }), "{outcome:?}");
}

#[test]
fn reads() {
    let read = json!({ "type": null, "text": null, "message_id": null, "read": { "last_read_timestamp": 1_767_225_599_999_i64 } });
    check(
        "reads",
        [
            ("by the customer", outcome("im_mark_read_msg", &inbound(read.clone()))),
            ("without a mark", outcome("im_mark_read_msg", &inbound(json!({ "read": null })))),
            ("by the business", outcome("im_mark_read_msg", &echo(read))),
            ("no time", outcome("im_mark_read_msg", &inbound(json!({ "timestamp": null })))),
        ],
    );
}

#[test]
fn the_end_of_an_authorization() {
    check(
        "disconnected",
        [
            ("by the owner", outcome("authorization.removed", &json!({ "reason": 1 }))),
            ("reason as a string", outcome("authorization.removed", &json!({ "reason": "4" }))),
            ("no reason", outcome("authorization.removed", &json!({}))),
        ],
    );
}

#[test]
fn notices() {
    check(
        "notices",
        [
            ("referral of nobody", outcome("im_referral_msg", &json!({ "referral": { "source": "ad" } }))),
            (
                "reaction of the business",
                outcome(
                    "im_send_msg",
                    &reacting(&json!([{ "original_msg_id": "m", "unique_identifier": BUSINESS }])),
                ),
            ),
            (
                "reaction to nothing",
                outcome("im_receive_msg", &reacting(&json!([{ "unique_identifier": "a" }]))),
            ),
            (
                "reaction of a later kind",
                outcome(
                    "im_receive_msg",
                    &reacting(
                        &json!([{ "operation": "SWAP", "original_msg_id": "m", "unique_identifier": "a" }]),
                    ),
                ),
            ),
            ("no reaction", outcome("im_receive_msg", &reacting(&json!([])))),
            ("comment without id", outcome("comment.update", &json!({ "comment_action": "insert" }))),
            (
                "comment id beyond 64 bits",
                received_raw("comment.update", r#"{"comment_id":74000000000000000000001}"#),
            ),
            (
                "automatic message without id",
                outcome(
                    "im_auto_message_config_update",
                    &json!({ "auto_message_action": "ENABLE", "auto_message_type": "CHAT_PROMPT" }),
                ),
            ),
            (
                "automatic message changed in a later way",
                outcome(
                    "im_auto_message_config_update",
                    &json!({ "auto_message_action": "CLONE", "auto_message_id": "1" }),
                ),
            ),
            ("post published", outcome("post.publish.complete", &json!({ "publish_id": "1" }))),
            ("mention", outcome("brand.mention.event", &json!({}))),
            ("ping", outcome("tiktok.ping", &json!({ "reason": "testing Webhook" }))),
            ("unknown event", outcome("im_something_new", &json!([]))),
            ("event that is no id", outcome("<script>", &json!({}))),
        ],
    );
}

#[test]
fn referrals() {
    let ad = json!({ "ad_id": "a1", "ad_name": "Summer", "advertiser_id": 7, "embed_url": "https://ads.example/a1" });
    let arrival = |referral| outcome("im_referral_msg", &inbound(json!({ "referral": referral })));
    check(
        "referrals",
        [
            ("ad", arrival(json!({ "source": "ad", "ad": ad }))),
            (
                "several ads and a link, in seconds and milliseconds",
                arrival(json!({
                    "ad": [{ "ad_id": "new", "timestamp": 1_767_225_500_001_i64 }, { "ad_id": "old", "timestamp": 1_767_000_000 }],
                    "short_link": [{ "ref": "flyer_1" }],
                })),
            ),
            ("a source of a later time", arrival(json!({ "source": "Search" }))),
            ("an ad that says nothing", arrival(json!({ "ad": {} }))),
            ("link", arrival(json!({ "source": "short_link", "short_link": { "ref": "flyer_1" } }))),
            ("nothing told", arrival(json!({}))),
            ("an address that is none", arrival(json!({ "ad": { "embed_url": "javascript:alert(1)" } }))),
        ],
    );
}

#[test]
fn the_same_bytes_are_the_same_notice_and_others_are_not() {
    let key = |content| outcome("tiktok.ping", &content).events[0].dedup_key.clone();
    assert_eq!(key(json!({ "a": 1 })), key(json!({ "a": 1 })));
    assert_ne!(key(json!({ "a": 1 })), key(json!({ "a": 2 })));
}

#[test]
fn envelopes_are_read_liberally() {
    let envelope = |more| {
        let base = json!({ "client_key": APP_ID, "event": "im_receive_msg", "user_openid": BUSINESS, "content": inbound(json!({})) });
        received(&laid_over(base, more))
    };
    let content = inbound(json!({ "timestamp": null })).to_string();
    check(
        "envelopes",
        [
            ("content is an object", envelope(json!({}))),
            ("no client_key", envelope(json!({ "client_key": null, "more": 1 }))),
            (
                "time in milliseconds as a string",
                envelope(json!({ "create_time": "1767225600555", "content": content })),
            ),
            ("no time at all", envelope(json!({ "content": content }))),
            ("another app", envelope(json!({ "client_key": "other" }))),
            ("no event", envelope(json!({ "event": null }))),
            ("no account", envelope(json!({ "user_openid": null }))),
            ("content is no JSON", envelope(json!({ "content": "{" }))),
            ("no content", envelope(json!({ "content": null }))),
        ],
    );
}

#[test]
fn what_lacks_an_id_yields_no_event() {
    for (field, detail) in [("message_id", "no message id"), ("conversation_id", "no conversation id")] {
        let outcome = outcome("im_receive_msg", &inbound(json!({ field: "" })));
        assert_eq!((outcome.status, outcome.detail.as_deref()), (200, Some(detail)));
    }
    let nobody = json!({ "from_user": {}, "unique_identifier": "" });
    let outcome = outcome("im_receive_msg", &inbound(nobody));
    assert_eq!((outcome.status, outcome.detail.as_deref()), (200, Some("no customer named")));
}
