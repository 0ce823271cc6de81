//! The control API does what the Rust API does.

use serde_json::{Value, json};

use crate::PATIENCE;
use crate::api_client::World;
use crate::callback::Callback;

#[tokio::test]
async fn people_talk_through_the_control_api() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.control("webhook", &json!({ "url": callback.url })).await;
    let says = json!({ "customer": "ana", "text": "oi" });
    let said = world.control("customer/says", &says).await;
    assert_eq!(callback.next().await.event()["event"], "im_receive_msg");
    let answers = json!({ "customer": "ana", "text": "olá", "source": "WEB" });
    world.control("colleague/says", &answers).await;
    let echo = callback.next().await.content();
    assert_eq!(echo["message_tag"]["source"], "WEB");
    let reads = json!({ "customer": "ana", "conversation": said["conversation_id"] });
    let read = world.control("customer/reads", &reads).await;
    assert_eq!(callback.next().await.event()["event"], "im_mark_read_msg");
    let event_id = read["event_id"].as_str().unwrap();
    world.sim.wait_for_delivery(event_id, PATIENCE).await.unwrap();

    let state = state(&world).await;
    let messages = &state["conversations"][0]["messages"];
    assert_eq!(messages[0]["direction"], "incoming");
    assert_eq!(messages[1]["status"], "read");
    assert_eq!(state["deliveries"].as_array().unwrap().len(), 3);
    assert_eq!(state["violations"], json!([]));
}

async fn state(world: &World) -> Value {
    let url = format!("{}/control/state", world.sim.url());
    world.http.get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_raw_event_of_a_customer_has_the_members_of_a_message() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.control("webhook", &json!({ "url": callback.url })).await;
    let raw = json!({
        "event": "im_receive_msg",
        "customer": "ana",
        "content": { "type": "image", "image": { "media_id": "med_77" } },
    });
    world.control("webhook/raw", &raw).await;
    let content = callback.next().await.content();
    assert_eq!(content["image"]["media_id"], "med_77");
    assert_eq!(content["from_user"]["role"], "personal_account");
    assert!(content["message_id"].is_string());
    assert!(content.get("text").is_none());
}

#[tokio::test]
async fn faults_clock_and_settings_are_steered_through_the_control_api() {
    let world = World::start().await;
    let before = world.sim.now_ms();
    world.control("clock/advance", &json!({ "seconds": 3_600 })).await;
    assert!(world.sim.now_ms() >= before + 3_600_000);

    let fault = json!({ "kind": "code", "code": 51065, "message": "busy" });
    let waiting = world.control("faults", &fault).await;
    assert_eq!(waiting["faults"][0]["times"], 1);
    let query = [("business_id", world.tokens.open_id.as_str())];
    assert_eq!(world.get("/business/get/", &query).await["code"], 51065);

    let changed = world.control("settings", &json!({ "echo": "before-response" })).await;
    assert_eq!(changed["echo"], "before-response");
    let wrong = world.control("settings", &json!({ "ecko": "off" })).await;
    assert!(wrong["error"].as_str().unwrap().contains("ecko"));
}

#[tokio::test]
async fn impossible_requests_are_explained() {
    let world = World::start().await;
    let reads = json!({ "customer": "ana" });
    let answer = world.control("customer/reads", &reads).await;
    assert!(answer["error"].as_str().unwrap().contains("no message"));
    let says = json!({ "customer": "ana", "text": "oi", "business": "-none" });
    let answer = world.control("customer/says", &says).await;
    assert!(answer["error"].as_str().unwrap().contains("-none"));
}

#[tokio::test]
async fn tokens_can_be_had_without_a_browser() {
    let world = World::start().await;
    let tokens = world.control("tokens", &json!({})).await;
    assert_eq!(tokens["open_id"], world.tokens.open_id);
    world.control("tokens/revoke", &json!({})).await;
    let query = [("business_id", world.tokens.open_id.as_str())];
    assert_eq!(world.get("/business/get/", &query).await["code"], 40105);
}
