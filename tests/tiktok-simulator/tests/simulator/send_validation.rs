//! What a send may and may not carry.

use serde_json::{Value, json};
use tiktok_simulator::ViolationKind;

use crate::api_client::World;

/// A good text with some members replaced; `null` removes one.
fn changed(mut body: Value, changes: &Value) -> Value {
    let members = body.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    body
}

fn label(length: usize) -> String {
    "x".repeat(length)
}

fn card(kind: &str, title: usize, buttons: usize, button_title: usize) -> Value {
    let button = json!({ "type": "REPLY", "title": label(button_title), "id": "b" });
    json!({
        "message_type": "TEMPLATE",
        "text": null,
        "template": { "type": kind, "title": label(title), "buttons": vec![button; buttons] },
    })
}

#[tokio::test]
async fn bad_sends_are_40002_and_name_the_member() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let good = world.text(&said.conversation_id, "oi");
    let table = [
        (json!({ "business_id": null }), "business_id"),
        (json!({ "recipient_type": null }), "recipient_type"),
        (json!({ "recipient_type": "USER" }), "recipient_type"),
        (json!({ "recipient": null }), "recipient"),
        (json!({ "recipient": "cnv A1b2==" }), "recipient"),
        (json!({ "message_type": null }), "message_type"),
        (json!({ "message_type": "text" }), "message_type"),
        (json!({ "message_type": "VIDEO" }), "message_type"),
        (json!({ "text": null }), "text.body"),
        (json!({ "text": { "body": "" } }), "text.body"),
        (json!({ "text": { "body": 7 } }), "text.body"),
        (json!({ "text": { "body": label(6_001) } }), "text.body"),
        (json!({ "text": { "body": "👋".repeat(3_001) } }), "text.body"),
        (json!({ "image": { "media_id": "m" } }), "image"),
        (json!({ "template": {} }), "template"),
        (json!({ "sender_action": "TYPING" }), "sender_action"),
        (json!({ "direct_reply": {} }), "direct_reply"),
        (json!({ "message_type": "SENDER_ACTION", "text": null, "sender_action": "STOP" }), "sender_action"),
        (
            json!({ "message_type": "SENDER_ACTION", "text": null, "sender_action": "TYPING",
                    "referenced_message_info": { "referenced_message_id": "m" } }),
            "referenced_message_info",
        ),
        (
            json!({ "message_type": "SHARE_POST", "text": null, "share_post": { "item_id": "7" } }),
            "share_post.item_id",
        ),
        (card("QA_OTHER_CARD", 1, 1, 1), "template.type"),
        (card("QA_BUTTON_CARD", 41, 1, 1), "template.title"),
        (card("QA_BUTTON_CARD", 40, 0, 1), "template.buttons"),
        (card("QA_BUTTON_CARD", 40, 4, 1), "template.buttons"),
        (card("QA_BUTTON_CARD", 40, 3, 21), "template.buttons.title"),
        (card("QA_LINK_CARD", 40, 3, 41), "template.buttons.title"),
    ];
    let expected = table.len();
    for (changes, member) in table {
        let answer = world.send(&changed(good.clone(), &changes)).await;
        assert_eq!(answer["code"], 40002, "{changes}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(member), "{changes}: {message}");
    }
    assert!(world.sim.sends().is_empty());
    let violations = world.sim.violations();
    assert_eq!(violations.len(), expected);
    assert!(violations.iter().all(|v| v.kind == ViolationKind::InvalidRequest));
}

#[tokio::test]
async fn a_body_that_is_not_json_is_40002() {
    let world = World::start().await;
    let request = world.send_request(&json!({})).body("{");
    let answer = crate::api_client::envelope(request.send().await.unwrap()).await;
    assert_eq!(answer["code"], 40002);
}

#[tokio::test]
async fn things_that_do_not_exist_are_40007() {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let good = world.text(&said.conversation_id, "oi");
    for changes in [
        json!({ "recipient": "unknown+/==" }),
        json!({ "referenced_message_info": { "referenced_message_id": "unknown+/==" } }),
        json!({ "message_type": "IMAGE", "text": null, "image": { "media_id": "m" } }),
        json!({ "recipient": null, "recipient_type": null, "direct_reply": {
            "reply_type": "COMMENT_REPLY", "comment_reply": { "comment_id": "7" } } }),
    ] {
        let answer = world.send(&changed(good.clone(), &changes)).await;
        assert_eq!(answer["code"], 40007, "{changes}: {answer}");
    }
}

#[tokio::test]
async fn the_longest_text_and_the_largest_cards_are_accepted() {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let good = world.text(&said.conversation_id, "oi");
    for changes in [
        json!({ "text": { "body": "👋".repeat(3_000) } }),
        card("QA_BUTTON_CARD", 40, 3, 20),
        card("QA_LINK_CARD", 40, 3, 40),
        json!({ "referenced_message_info": { "referenced_message_id": said.message_id } }),
    ] {
        let answer = world.send(&changed(good.clone(), &changes)).await;
        assert_eq!(answer["code"], 0, "{changes}: {answer}");
    }
    let kinds: Vec<String> = world.sim.sends().into_iter().map(|s| s.message_type).collect();
    assert_eq!(kinds, ["TEXT", "TEMPLATE", "TEMPLATE", "TEXT"]);
}

#[tokio::test]
async fn an_accepted_text_is_seen_by_tests_in_order() {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    for text in ["um", "dois"] {
        let answer = world.send(&world.text(&said.conversation_id, text)).await;
        let id = answer["data"]["message"]["message_id"].as_str().unwrap();
        let send = world.sim.expect_send(crate::PATIENCE).await.unwrap();
        assert_eq!(send.message_id, id);
        assert_eq!(send.text.as_deref(), Some(text));
        assert_eq!(send.customer, "ana");
        assert!(id.contains('+') && id.contains('/') && id.ends_with('='));
    }
}
