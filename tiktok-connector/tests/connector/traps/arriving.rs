//! Traps on the way in.

use connector_api::{ChannelConnector, Contact, Content, EchoOrigin, EventKind, Timestamp, WebhookRequest};
use serde_json::{Value, json};

use crate::{
    APP_ID, BUSINESS, SIGNED_AT, hmac, outcome, received, signed, tiktok,
    webhooks::{echo, inbound, received_raw},
};

/// What one event of the test app says.
fn kind(event: &str, content: &Value) -> EventKind {
    let outcome = outcome(event, content);
    assert_eq!(outcome.status, 200);
    let [event] = outcome.events.as_slice() else {
        panic!("{outcome:?}");
    };
    event.kind.clone()
}

fn content(more: Value) -> Content {
    match kind("im_receive_msg", &inbound(more)) {
        EventKind::MessageReceived { message, .. } => message.content,
        other => panic!("{other:?}"),
    }
}

fn status(header: &str, body: &[u8], received_at: i64) -> u16 {
    let headers = vec![("tiktok-signature".to_owned(), header.to_owned())];
    let request = WebhookRequest::post(headers, body.to_vec(), Timestamp::from_seconds(received_at));
    tiktok().receive(&request).status
}

#[test]
fn t01_five_minutes_are_fresh_and_three_days_are_accepted() {
    let t = SIGNED_AT.to_string();
    let header = format!("t={t},s={}", hmac(&t, b"{}"));
    for (seconds, expected) in
        [(0, 200), (6, 200), (300, 200), (301, 200), (72 * 3600, 200), (72 * 3600 + 1, 403)]
    {
        assert_eq!(status(&header, b"{}", SIGNED_AT + seconds), expected, "{seconds}");
    }
}

#[test]
fn t03_only_the_raw_bytes_are_signed() {
    let body = r#"{ "event":"a\/b", "user_openid":"caf\u00e9" }"#;
    let again: Value = serde_json::from_str(body).expect("JSON");
    let t = SIGNED_AT.to_string();
    let header = format!("t={t},s={}", hmac(&t, body.as_bytes()));
    assert_eq!(status(&header, body.as_bytes(), SIGNED_AT), 200);
    assert_eq!(status(&header, again.to_string().as_bytes(), SIGNED_AT), 401);
}

#[test]
fn t04_the_header_is_read_by_name_and_trimmed() {
    let t = SIGNED_AT.to_string();
    let s = hmac(&t, b"{}");
    for header in [format!("t={t},s={s}"), format!("s={s}, t={t}"), format!(" v=1 , s={s} , t={t} ")] {
        assert_eq!(status(&header, b"{}", SIGNED_AT), 200, "{header}");
    }
}

#[test]
fn t05_an_empty_secret_starts_no_instance() {
    for secret in ["", " "] {
        assert!(crate::start(json!({ "app_secret": secret })).is_err());
    }
}

#[test]
fn t06_content_is_json_in_json() {
    let text = json!({ "text": { "body": "café 👋 \"\\" } });
    let as_text = json!({ "client_key": APP_ID, "event": "im_receive_msg", "user_openid": BUSINESS,
        "create_time": 1_767_225_600, "content": inbound(text.clone()).to_string() });
    let mut as_object = as_text.clone();
    as_object["content"] = inbound(text);
    let events = received(&as_text).events;
    assert_eq!((events.len(), &events), (1, &received(&as_object).events));
}

#[test]
fn t09_echoes_of_colleagues_and_of_this_program_are_told_apart_and_never_the_customers() {
    for (source, expected) in [
        ("APP", EchoOrigin::App),
        ("WEB", EchoOrigin::App),
        ("API", EchoOrigin::Api),
        ("OTHERS", EchoOrigin::Unknown),
        ("UNKNOWN_SOURCE", EchoOrigin::Unknown),
    ] {
        let told = kind("im_send_msg", &echo(json!({ "message_tag": { "source": source } })));
        let EventKind::MessageEchoed { contact, origin, .. } = told else { panic!("{told:?}") };
        assert_eq!((origin, contact.id.as_str()), (expected, "Zx+9/kQ"), "{source}");
    }
}

#[test]
fn t10_a_picture_has_an_id_and_no_url() {
    let picture = content(json!({ "type": "image", "image": { "media_id": "med_77" } }));
    let medium = picture.medium().expect("a medium");
    assert_eq!((medium.media_id.as_deref(), medium.url.as_deref()), (Some("med_77"), None));
}

#[test]
fn t20_a_text_that_is_a_bare_string_costs_nothing() {
    assert_eq!(content(json!({ "text": "oi" })), Content::text("oi"));
}

#[test]
fn t22_seconds_and_milliseconds_are_told_apart() {
    for (given, expected) in [
        (json!(1_767_225_600), 1_767_225_600_000),
        (json!(1_767_225_600_123_i64), 1_767_225_600_123),
        (json!("1767225600"), 1_767_225_600_000),
        (json!("1767225600123"), 1_767_225_600_123),
    ] {
        let outcome = outcome("im_receive_msg", &inbound(json!({ "timestamp": given })));
        assert_eq!(outcome.events[0].occurred_at.as_millis(), expected, "{given}");
        let referral =
            json!({ "ad": [{ "ad_id": "1", "timestamp": given }, { "ad_id": "2", "timestamp": given }] });
        let referred = crate::outcome("im_referral_msg", &inbound(json!({ "referral": referral })));
        assert_eq!(referred.events[0].occurred_at.as_millis(), expected, "{given}");
    }
}

#[test]
fn t23_a_read_mark_keeps_its_milliseconds() {
    let read = json!({ "read": { "last_read_timestamp": 1_767_225_600_999_i64 } });
    let told = kind("im_mark_read_msg", &inbound(read));
    let EventKind::ConversationRead { up_to, .. } = told else { panic!("{told:?}") };
    assert_eq!(up_to.as_millis(), 1_767_225_600_999);
}

#[test]
fn t24_the_direction_needs_no_role_and_no_case() {
    let table = [
        json!({}),
        json!({ "from_user": { "id": "Zx+9/kQ" }, "to_user": { "id": BUSINESS } }),
        json!({ "from_user": { "id": "Zx+9/kQ", "role": "PERSONAL_ACCOUNT" }, "to_user": { "role": "BUSINESS_ACCOUNT" } }),
        json!({ "from_user": null, "to_user": null }),
    ];
    for more in table {
        let told = kind("im_receive_msg", &inbound(more.clone()));
        assert!(matches!(told, EventKind::MessageReceived { .. }), "{more}");
    }
}

#[test]
fn t25_a_message_from_europe_names_nobody_and_crashes_nothing() {
    let notice =
        json!({ "to": "simshop", "to_user": { "id": BUSINESS }, "timestamp": 1_767_225_600_000_i64 });
    for content in [notice, json!({})] {
        assert!(
            matches!(kind("im_receive_msg_eu", &content), EventKind::MessageWithheld { .. }),
            "{content}"
        );
    }
}

#[test]
fn t26_an_arrival_is_no_message_and_is_not_lost() {
    let arrival = json!({ "message_id": null, "type": null, "text": null,
        "referral": { "source": "short_link", "short_link": { "ref": "spring_2026-A=" } } });
    let told = kind("im_referral_msg", &inbound(arrival));
    let EventKind::CustomerReferred { referral, .. } = told else { panic!("{told:?}") };
    assert_eq!(referral.reference.as_deref(), Some("spring_2026-A="));
}

#[test]
fn t27_reactions_are_no_messages_and_each_has_its_own_person() {
    let item =
        |who| json!({ "operation": "ADD", "emoji": "🔥", "unique_identifier": who, "original_msg_id": "m" });
    let reactions = json!({ "type": "reaction", "reaction": [item("Zx+9/kQ"), item("Other")] });
    let outcome = outcome("im_receive_msg", &inbound(reactions));
    let people: Vec<&str> = outcome
        .events
        .iter()
        .map(|event| match &event.kind {
            EventKind::MessageReacted { contact, .. } => contact.id.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(people, ["Zx+9/kQ", "Other"]);
}

#[test]
fn t28_a_post_may_lack_its_url_its_id_or_both() {
    for post in
        [json!({ "embed_url": "https://a.example/1" }), json!({ "video_id": "74" }), json!({}), Value::Null]
    {
        let shared = content(json!({ "type": "share_post", "share_post": post.clone() }));
        assert_eq!(shared.kind(), "post_share", "{post}");
    }
}

#[test]
fn t29_what_cannot_be_shown_is_said_to_have_arrived() {
    for kind in ["voice", "file", "location", "hologram"] {
        let shown = content(json!({ "type": kind, kind: { "anything": 1 } }));
        let Content::Fallback { original_kind, text, .. } = &shown else { panic!("{shown:?}") };
        assert_eq!((original_kind.as_str(), text.contains(kind)), (kind, true));
    }
}

#[test]
fn t30_what_lies_at_a_url_that_ends_is_handed_on_to_be_kept() {
    for kind in ["sticker", "emoji"] {
        let url = "https://p16.tiktokcdn.com/s.webp?x-expires=1";
        let shown = content(json!({ "type": kind, kind: { "url": url } }));
        assert_eq!(shown.medium().and_then(|medium| medium.url.as_deref()), Some(url));
    }
}

#[test]
fn t31_the_handle_is_neither_name_nor_identity() {
    let told = kind("im_receive_msg", &inbound(json!({ "from": "ana.new" })));
    let EventKind::MessageReceived { contact, .. } = told else { panic!("{told:?}") };
    assert_eq!(contact, Contact::new("Zx+9/kQ").with_handle(Some("ana.new".to_owned())));
}

#[test]
fn t32_a_foreign_app_is_acknowledged_and_ignored_and_accounts_are_told_apart() {
    let envelope = |app: &str, account: &str| json!({ "client_key": app, "event": "im_receive_msg", "user_openid": account, "content": inbound(json!({})) });
    let foreign = received(&envelope("7000000000000000002", BUSINESS));
    assert_eq!((foreign.status, foreign.events.len()), (200, 0));
    assert_eq!(received(&envelope(APP_ID, "-000Another")).events[0].account, "-000Another");
}

#[test]
fn t33_ids_stay_as_they_are_and_never_run_together() {
    let key = |conversation: &str, reference: &str| {
        let referral = json!({ "short_link": { "ref": reference } });
        let content = inbound(json!({ "conversation_id": conversation, "referral": referral }));
        outcome("im_referral_msg", &content).events[0].dedup_key.clone()
    };
    assert_ne!(key("a\",\"1767225600123\",\"b", ""), key("a", "b\",\"1767225600123\",\""));
    let message = outcome("im_receive_msg", &inbound(json!({ "message_id": "a+b/c:==" })));
    assert_eq!(message.events[0].dedup_key, "message:a+b/c:==");
}

#[test]
fn t35_numbers_of_19_digits_stay_exact_and_larger_ones_are_never_rounded_ids() {
    for id in ["7499999999999999999", "9999999999999999999", "18446744073709551615"] {
        let outcome =
            received_raw("comment.update", &format!(r#"{{"comment_id":{id},"comment_action":"insert"}}"#));
        let EventKind::Commented { comment, .. } = &outcome.events[0].kind else { panic!("{outcome:?}") };
        assert_eq!(comment.id, id);
    }
    for id in ["18446744073709551617", "7.4e18"] {
        let outcome =
            received_raw("comment.update", &format!(r#"{{"comment_id":{id},"comment_action":"insert"}}"#));
        assert!(matches!(outcome.events[0].kind, EventKind::Notice { .. }), "{outcome:?}");
    }
}

#[test]
fn t43_what_is_genuine_and_not_understood_is_acknowledged() {
    for body in ["", "{", "[]", "null", "{}", r#"{"event":"im_receive_msg"}"#, "\u{feff}{}"] {
        let outcome = tiktok().receive(&signed(body.as_bytes()));
        assert_eq!((outcome.status, outcome.authentic), (200, true), "{body}");
    }
    for event in ["im_receive_msg", "im_send_msg", "im_mark_read_msg", "im_referral_msg"] {
        assert_eq!(received_raw(event, "not JSON").status, 200, "{event}");
    }
}

#[test]
fn t44_events_of_a_sibling_product_under_the_same_name_become_nothing_else() {
    let douyin = json!({ "conversation_short_id": "1", "server_message_id": "2", "message_type": "text",
        "text": "{\"text\":\"hi\"}", "from_user_id": "u", "to_user_id": "v" });
    let outcome = outcome("im_receive_msg", &douyin);
    assert_eq!((outcome.status, outcome.events.len(), outcome.detail.is_some()), (200, 0, true));
}
