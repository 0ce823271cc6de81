//! Whatever TikTok signs is answered with 200 and never ends in a panic.

use connector_api::ChannelConnector;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{APP_ID, BUSINESS, outcome, received, signed, tiktok};

const EVENTS: &[&str] = &[
    "im_receive_msg",
    "im_send_msg",
    "im_mark_read_msg",
    "im_receive_msg_eu",
    "im_referral_msg",
    "authorization.removed",
];

const NAMES: &[&str] = &[
    "type",
    "text",
    "body",
    "image",
    "sticker",
    "url",
    "emoji",
    "share_post",
    "embed_url",
    "video_id",
    "template",
    "elements",
    "buttons",
    "title",
    "from",
    "to",
    "from_user",
    "to_user",
    "id",
    "role",
    "conversation_id",
    "message_id",
    "timestamp",
    "read",
    "last_read_timestamp",
    "message_tag",
    "source",
    "auto_message_type",
    "referenced_message_info",
    "referenced_message_id",
    "unique_identifier",
    "reason",
];

const TEXTS: &[&str] = &[
    "text",
    "image",
    "video",
    "sticker",
    "emoji",
    "share_post",
    "template",
    "reaction",
    "TEXT",
    "business_account",
    "personal_account",
    "API",
    "1767225600123",
    "-1",
    "https://example.com/a",
    "javascript:alert(1)",
    BUSINESS,
    "",
];

/// JSON that often uses the names and values that the code looks for.
fn arbitrary_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(TEXTS).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        let name =
            prop_oneof![4 => prop::sample::select(NAMES).prop_map(str::to_owned), 1 => any::<String>()];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..12).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn arbitrary_bytes(body: Vec<u8>) {
        let outcome = tiktok().receive(&signed(&body));
        prop_assert_eq!((outcome.status, outcome.authentic), (200, true));
    }

    #[test]
    fn arbitrary_content(event in prop::sample::select(EVENTS), content in arbitrary_json()) {
        let outcome = outcome(event, &content);
        prop_assert_eq!((outcome.status, outcome.authentic), (200, true));
        prop_assert!(outcome.events.len() == 1 || outcome.detail.is_some());
    }

    #[test]
    fn arbitrary_content_as_an_object(event in prop::sample::select(EVENTS), content in arbitrary_json()) {
        let envelope = json!({ "client_key": APP_ID, "event": event, "user_openid": BUSINESS, "content": content });
        prop_assert_eq!(received(&envelope).status, 200);
    }

    #[test]
    fn arbitrary_envelopes(envelope in arbitrary_json()) {
        prop_assert_eq!(received(&envelope).status, 200);
    }
}

#[test]
fn json_too_deep_for_the_parser_is_answered_with_200() {
    let deep = "[".repeat(100_000);
    assert_eq!(tiktok().receive(&signed(deep.as_bytes())).status, 200);
    assert_eq!(outcome("im_receive_msg", &Value::from(deep)).status, 200);
}
