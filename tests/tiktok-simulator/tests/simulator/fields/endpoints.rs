//! Sections 3 and 4: what the other endpoints answer.

use serde_json::{Value, json};

use super::shape::assert_shape;
use crate::api_client::World;

#[tokio::test]
async fn every_endpoint_answers_with_its_members() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    world.sim.business().change(|account| account.country = "VN".to_owned()).unwrap();
    let id = world.tokens.open_id.as_str();
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let media = world.upload(crate::media::PNG).await;
    assert_shape(&media["data"], &["media_id string"]);

    let query = [
        ("business_id", id),
        ("capability_types", r#"["IMAGE_SEND"]"#),
        ("conversation_id", said.conversation_id.as_str()),
        ("conversation_type", "STRANGER"),
    ];
    let capabilities = world.get("/business/message/capabilities/get/", &query).await;
    let table = "capability_infos[].capability_type string\ncapability_infos[].capability_result bool";
    assert_shape(&capabilities["data"], &[table]);

    let sent = world.send(&world.text(&said.conversation_id, "olá")).await;
    assert_shape(&sent["data"], &["message.message_id string"]);
    assert_shape(&sent, &["code integer\nmessage string\nrequest_id string\ndata.message.message_id string"]);

    let on =
        json!({ "business_id": id, "direct_reply_type": "COMMENT_TO_MESSAGE", "operation_status": "ENABLE" });
    assert_eq!(world.post_signed("/business/message/direct_reply/update/", &on).await["data"], json!({}));
    let query = [("business_id", id), ("direct_reply_type", "COMMENT_TO_MESSAGE")];
    let read = world.get("/business/message/direct_reply/get/", &query).await;
    assert_eq!(read["data"], on);
    assert_eq!(world.sim.violation_kinds(), []);
}

async fn auto(world: &World, call: &str, mut body: Value) -> Value {
    body["business_id"] = json!(world.tokens.open_id);
    world.post_signed(&format!("/business/message/auto_message/{call}/"), &body).await
}

#[tokio::test]
async fn auto_messages_have_limits_and_a_life() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let welcome = |text: &str| json!({ "auto_message_type": "WELCOME_MESSAGE", "welcome_message": { "content": text } });
    assert_eq!(auto(&world, "create", welcome(&"x".repeat(251))).await["code"], 40002);
    let made = auto(&world, "create", welcome("Olá!\nTudo bem?")).await;
    assert_shape(&made["data"], &["auto_message.auto_message_id string"]);
    assert_eq!(auto(&world, "create", welcome("another")).await["code"], 40002, "one per account");
    let id = made["data"]["auto_message"]["auto_message_id"].as_str().unwrap().to_owned();
    let edit = || {
        let mut body = welcome("Oi!");
        body["auto_message_id"] = json!(id);
        body
    };
    assert_eq!(auto(&world, "update", edit()).await["code"], 40002, "it is being reviewed");
    world.sim.business().reviews(&id, tiktok_simulator::AuditStatus::Approved).await.unwrap();
    assert_eq!(auto(&world, "update", edit()).await["code"], 0);
    let events: Vec<Value> = world.sim.deliveries().into_iter().rev().take(2).map(|d| d.content).collect();
    assert_eq!(
        (&events[1]["auto_message_action"], &events[0]["auto_message_action"]),
        (&json!("DELETE"), &json!("CREATE"))
    );
    let delete = json!({ "auto_message_type": "WELCOME_MESSAGE", "auto_message_id": id });
    assert_eq!(auto(&world, "delete", delete).await["code"], 40002, "it can only be switched off");
    let listed = auto(&world, "get", json!({ "auto_message_type": "WELCOME_MESSAGE" })).await;
    let table = "
        business_id string
        operation_status string
        auto_messages[].auto_message_id string
        auto_messages[].auto_message_type string
        auto_messages[].audit_status string
        auto_messages[].welcome_message.content string";
    assert_shape(&listed["data"], &[table]);
}

#[tokio::test]
async fn chat_prompts_are_sorted_all_at_once() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let mut ids = Vec::new();
    for number in 0..6 {
        let prompt = json!({ "title": format!("T{number}"), "content": "c" });
        let made =
            auto(&world, "create", json!({ "auto_message_type": "CHAT_PROMPT", "chat_prompt": prompt }))
                .await;
        ids.push(made["data"]["auto_message"]["auto_message_id"].clone());
    }
    let seventh =
        json!({ "auto_message_type": "CHAT_PROMPT", "chat_prompt": { "title": "T", "content": "c" } });
    assert_eq!(auto(&world, "create", seventh).await["code"], 40002);
    ids.reverse();
    let some = json!({ "auto_message_type": "CHAT_PROMPT", "auto_message_ids": ids[..2] });
    assert_eq!(auto(&world, "sort", some).await["code"], 40002);
    let all = json!({ "auto_message_type": "CHAT_PROMPT", "auto_message_ids": ids });
    assert_eq!(auto(&world, "sort", all).await["code"], 0);
    let gone = json!({ "auto_message_type": "CHAT_PROMPT", "auto_message_id": ids[0] });
    assert_eq!(auto(&world, "delete", gone).await["code"], 0);
    let listed = auto(&world, "get", json!({ "auto_message_type": "CHAT_PROMPT" })).await;
    let left: Vec<&Value> =
        listed["data"]["auto_messages"].as_array().unwrap().iter().map(|m| &m["auto_message_id"]).collect();
    assert_eq!(left, ids[1..].iter().collect::<Vec<_>>());
    let off = json!({ "auto_message_type": "CHAT_PROMPT", "operation_status": "DISABLE" });
    assert_eq!(auto(&world, "status/update", off).await["data"], json!({}));
    let listed = auto(&world, "get", json!({ "auto_message_type": "CHAT_PROMPT" })).await;
    assert_eq!(listed["data"]["operation_status"], "DISABLE");
}

#[tokio::test]
async fn a_suggested_question_is_asked_and_answered_by_tiktok() {
    let world = World::start().await;
    let block = json!({ "question": "Ship?", "answer": "Yes." });
    let made = auto(
        &world,
        "create",
        json!({ "auto_message_type": "SUGGESTED_QUESTION", "suggested_question": block }),
    )
    .await;
    let id = made["data"]["auto_message"]["auto_message_id"].as_str().unwrap();
    let ana = world.sim.customer("ana");
    assert!(ana.asks("Ship?").await.is_err(), "it is not approved");
    world.sim.business().reviews(id, tiktok_simulator::AuditStatus::Approved).await.unwrap();
    ana.asks("Ship?").await.unwrap();
    let names: Vec<String> = world.sim.deliveries().into_iter().rev().take(2).map(|d| d.event).collect();
    assert_eq!(names, ["im_send_msg", "im_receive_msg"]);
    let answer = world.sim.deliveries().pop().unwrap().content;
    assert_eq!(
        (&answer["auto_message_type"], &answer["text"]["body"]),
        (&json!("SUGGESTED_QUESTION"), &json!("Yes."))
    );
}
