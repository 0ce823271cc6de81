//! What TikTok posts besides messages: a snapshot for each kind of event (protocol reference, sections 6.4 to 6.12).

use connector_api::{ChannelConnector, Content, EventKind, Timestamp};
use serde_json::{Value, json};

use crate::{
    APP_ID, BUSINESS, outcome, received, signed, tiktok,
    webhooks::{check, echo, inbound, laid_over, received_raw},
};

fn reacting(reactions: &Value) -> Value {
    inbound(json!({ "type": "reaction", "text": null, "message_id": "msg+060==", "reaction": reactions }))
}

fn item(more: Value) -> Value {
    let item = json!({
        "operation": "ADD", "type": "EMOJI", "emoji": "🔥", "unique_identifier": "Zx+9/kQ",
        "timestamp": 1_767_225_700_000_i64, "original_msg_id": "msg+050==",
    });
    laid_over(item, more)
}

fn picture(query: &str) -> Value {
    let url = format!("https://p16.tiktokcdn.com/ai.webp?{query}");
    json!({ "type": "AI_EMOJI", "emoji": null, "ai_emoji_url": url })
}

#[test]
fn reactions() {
    let from = |items: Value| outcome("im_receive_msg", &reacting(&items));
    let another = json!({ "operation": "REMOVE", "unique_identifier": "Other+1" });
    let in_an_echo = echo(json!({ "type": "reaction", "reaction": [item(json!({}))] }));
    check(
        "reactions",
        [
            ("one", from(json!([item(json!({}))]))),
            ("an object", from(item(json!({})))),
            ("several, of several people", from(json!([item(json!({})), item(another)]))),
            ("a picture", from(json!([item(picture("x-expires=1"))]))),
            ("without a time", from(json!([item(json!({ "timestamp": null }))]))),
            ("in an echo", outcome("im_send_msg", &in_an_echo)),
            ("one understood of two", from(json!([item(json!({})), {}]))),
        ],
    );
}

#[test]
fn a_reaction_is_the_same_however_its_picture_is_signed_and_another_one_at_another_time() {
    let key = |more| {
        let outcome = outcome("im_receive_msg", &reacting(&json!([item(more)])));
        outcome.events[0].dedup_key.clone()
    };
    assert_eq!(key(picture("x-expires=1")), key(picture("x-expires=2")));
    let others = [
        json!({ "timestamp": 1_767_225_700_001_i64 }),
        json!({ "operation": "REMOVE" }),
        json!({ "emoji": "👍" }),
        json!({ "unique_identifier": "Other" }),
        json!({ "original_msg_id": "msg+051==" }),
    ];
    for more in others {
        assert_ne!(key(json!({})), key(more.clone()), "{more}");
    }
}

#[test]
fn comments() {
    let answerable = inbound(json!({
        "type": null, "text": null, "message_id": null, "conversation_id": null,
        "comment_id": "7400000000000000003", "comment_text": "how much?",
    }));
    let written = r#"{"comment_id":7499999999999999999,"video_id":7400000000000000001,"parent_comment_id":0,
        "comment_type":"comment","comment_action":"insert","unique_identifier":"Zx+9/kQ","timestamp":1767225700000,
        "text":"how much?"}"#;
    let answered = r#"{"comment_id":9223372036854775809,"video_id":"7400000000000000001",
        "parent_comment_id":7499999999999999999,"comment_type":"reply","comment_action":"insert",
        "timestamp":1767225700000}"#;
    let changed = |action| outcome("comment.update", &json!({ "comment_id": 7, "comment_action": action }));
    let own = json!({ "comment_id": "7", "comment_action": "insert", "unique_identifier": BUSINESS });
    check(
        "comments",
        [
            ("answerable", outcome("im_receive_high_intent_comment", &answerable)),
            ("written", received_raw("comment.update", written)),
            ("answered", received_raw("comment.update", answered)),
            ("removed", changed("delete")),
            ("hidden", changed("SET_TO_HIDDEN")),
            ("for friends only", changed("set_to_friends_only")),
            ("shown", changed("set_to_public")),
            ("of a later kind", changed("pinned")),
            ("by the business", outcome("comment.update", &own)),
        ],
    );
}

#[test]
fn withheld_messages() {
    let notice = json!({
        "to": "simshop", "to_user": { "id": BUSINESS, "role": "business_account" }, "timestamp": 1_767_225_600_001_i64,
    });
    let timeless = json!({
        "client_key": APP_ID, "event": "im_receive_msg_eu", "user_openid": BUSINESS, "content": "{}",
    });
    check(
        "withheld",
        [
            ("as documented", outcome("im_receive_msg_eu", &notice)),
            ("empty", outcome("im_receive_msg_eu", &json!({}))),
            ("no JSON", received_raw("im_receive_msg_eu", "?")),
            ("no time at all", received(&timeless)),
        ],
    );
}

#[test]
fn automatic_messages() {
    let change = |action: &str| {
        let content = json!({
            "auto_message_id": "am_1", "auto_message_type": "CHAT_PROMPT", "auto_message_action": action,
            "timestamp": 1_767_225_600_001_i64, "chat_prompt": { "title": "Hours", "content": "9 to 5" },
        });
        outcome("im_auto_message_config_update", &content)
    };
    let review = |status: &str| {
        let content =
            json!({ "auto_message_id": 7, "auto_message_type": "welcome_message", "audit_status": status });
        outcome("im_auto_message_audit_update", &content)
    };
    check(
        "automatic_messages",
        [
            ("created", change("CREATE")),
            ("updated", change("update")),
            ("deleted", change("DELETE")),
            ("enabled", change("ENABLE")),
            ("disabled", change("DISABLE")),
            ("approved", review("APPROVED")),
            ("rejected", review("REJECTED")),
        ],
    );
}

#[test]
fn a_text_cut_in_the_middle_of_a_character_still_arrives() {
    let whole = inbound(json!({ "text": { "body": "cut ?" } })).to_string();
    let outcome = received_raw("im_receive_msg", &whole.replace("cut ?", r"cut \ud83d"));
    let EventKind::MessageReceived { message, .. } = &outcome.events[0].kind else {
        panic!("{outcome:?}");
    };
    assert_eq!(message.content, Content::text("cut \u{fffd}"));
}

#[test]
fn what_has_no_time_is_the_same_whenever_it_arrives() {
    let reaction = reacting(&json!([item(json!({ "timestamp": null }))]));
    let comment = json!({ "comment_id": "7", "comment_action": "insert" });
    let referral = inbound(json!({ "referral": { "source": "ad", "ad": { "ad_id": "a1" } } }));
    let automatic =
        json!({ "auto_message_id": "1", "auto_message_type": "CHAT_PROMPT", "audit_status": "APPROVED" });
    let table = [
        ("im_receive_msg", reaction),
        ("comment.update", comment),
        ("im_referral_msg", referral),
        ("im_auto_message_audit_update", automatic),
        ("im_receive_msg_eu", json!({})),
    ];
    for (event, content) in table {
        let content = laid_over(content, json!({ "timestamp": null })).to_string();
        let envelope =
            json!({ "client_key": APP_ID, "event": event, "user_openid": BUSINESS, "content": content });
        let keys = [0, 1_000].map(|later| {
            let mut request = signed(envelope.to_string().as_bytes());
            request.received_at = Timestamp::from_millis(request.received_at.as_millis() + later);
            tiktok().receive(&request).events.into_iter().map(|event| event.dedup_key).collect::<Vec<_>>()
        });
        assert_eq!((keys[0].len(), &keys[0]), (1, &keys[1]), "{event}");
    }
}
