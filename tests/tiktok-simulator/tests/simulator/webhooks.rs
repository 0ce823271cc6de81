//! Events, signatures and retries.

use std::time::Duration;

use serde_json::json;
use tiktok_simulator::{Outcome, SimulatorError};

use crate::PATIENCE;
use crate::api_client::World;
use crate::callback::Callback;

#[tokio::test]
async fn a_customers_message_arrives_signed_and_complete() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.set_webhook_url(&callback.url).unwrap();
    let ana = world.sim.customer("ana");
    let said = ana.says("oi, tem em azul? 👋").await.unwrap();

    let hook = callback.next().await;
    let expected = world.sim.sign(&hook.body, hook.signed_t());
    assert_eq!(hook.signature(), expected);
    assert_eq!(hook.headers["webhook-schema-version"], "1.0");
    assert!(hook.headers.contains_key("x-tt-logid"));
    let event = hook.event();
    assert_eq!(event["client_key"], world.sim.app_id());
    assert_eq!(event["user_openid"], world.tokens.open_id);
    let content = hook.content();
    assert_eq!(content["type"], "text");
    assert_eq!(content["text"]["body"], "oi, tem em azul? 👋");
    assert_eq!(content["conversation_id"], said.conversation_id);
    assert_eq!(content["unique_identifier"], ana.profile().unique_identifier);
    assert_eq!(content["from_user"]["role"], "personal_account");
    let seconds = event["create_time"].as_i64().unwrap();
    assert_eq!(content["timestamp"].as_i64().unwrap() / 1_000, seconds);
}

#[tokio::test]
async fn a_read_receipt_carries_the_time_of_the_last_message() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.customer("ana").says("oi").await.unwrap();
    let reply = world.sim.business().app_reply("ana", "olá").await.unwrap();
    world.sim.set_webhook_url(&callback.url).unwrap();
    world.sim.advance(Duration::from_secs(60));
    world.sim.customer("ana").reads().await.unwrap();
    let hook = callback.next().await;
    assert_eq!(hook.event()["event"], "im_mark_read_msg");
    let conversation = world.sim.conversations().remove(0);
    let last = conversation.messages.last().unwrap();
    assert_eq!(last.message_id, reply.message_id);
    assert_eq!(hook.content()["read"]["last_read_timestamp"], last.timestamp_ms);
}

#[tokio::test]
async fn a_refused_event_is_retried_with_growing_pauses_and_a_new_signature() {
    let mut callback = Callback::answering(&[500, 202, 200]).await;
    let world = World::start().await;
    world.sim.freeze(true);
    world.sim.set_webhook_url(&callback.url).unwrap();
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let mut hooks = vec![callback.next().await];
    for (attempts, pause) in [(1, 1), (2, 2)] {
        let wait = world.sim.wait_for_attempts(&said.event_id, attempts, PATIENCE);
        wait.await.unwrap();
        world.sim.advance(Duration::from_secs(pause));
        hooks.push(callback.next().await);
    }
    let delivery = world.sim.wait_for_delivery(&said.event_id, PATIENCE).await.unwrap();
    let statuses: Vec<_> = delivery.attempts.iter().map(|a| a.status).collect();
    assert_eq!(statuses, [Some(500), Some(202), Some(200)]);
    assert_eq!(delivery.last_status(), Some(200));
    let signed: Vec<i64> = hooks.iter().map(|hook| hook.signed_t() - hooks[0].signed_t()).collect();
    assert_eq!(signed, [0, 1, 3]);
    assert!(hooks.iter().all(|hook| hook.body == hooks[0].body));
}

#[tokio::test]
async fn retries_can_repeat_the_first_signature() {
    let mut callback = Callback::answering(&[500]).await;
    let world = World::start().await;
    world.sim.configure(|settings| settings.resign_on_retry = false);
    world.sim.set_webhook_url(&callback.url).unwrap();
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let first = callback.next().await;
    world.sim.wait_for_attempts(&said.event_id, 1, PATIENCE).await.unwrap();
    world.sim.advance(Duration::from_secs(3_600));
    assert_eq!(callback.next().await.signature(), first.signature());
}

#[tokio::test]
async fn an_event_is_discarded_after_72_hours() {
    let mut callback = Callback::answering(&[500; 2]).await;
    let world = World::start().await;
    world.sim.freeze(true);
    world.sim.set_webhook_url(&callback.url).unwrap();
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    callback.next().await;
    world.sim.wait_for_attempts(&said.event_id, 1, PATIENCE).await.unwrap();
    world.sim.advance(Duration::from_secs(72 * 3_600));
    let ended = world.sim.wait_for_delivery(&said.event_id, PATIENCE).await;
    assert!(matches!(ended, Err(SimulatorError::NotDelivered { .. })), "{ended:?}");
    assert_eq!(world.sim.deliveries()[0].outcome, Outcome::Discarded);
}

#[tokio::test]
async fn first_attempts_of_one_conversation_keep_their_order() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.set_webhook_url(&callback.url).unwrap();
    for number in 0..30 {
        world.sim.customer("ana").says(&number.to_string()).await.unwrap();
    }
    for number in 0..30 {
        let text = callback.next().await.content()["text"]["body"].clone();
        assert_eq!(text, number.to_string());
    }
}

#[tokio::test]
async fn unknown_events_and_duplicates_can_be_posted() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.set_webhook_url(&callback.url).unwrap();
    let event_id = world.sim.raw_event("im_invented", json!({ "x": 1 })).unwrap();
    let first = callback.next().await;
    assert_eq!(first.event()["event"], "im_invented");
    assert_eq!(first.content(), json!({ "x": 1 }));
    world.sim.redeliver(&event_id).unwrap();
    assert_eq!(callback.next().await.body, first.body);
}

#[tokio::test]
async fn the_callback_is_registered_read_and_removed_over_the_api() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    let app = json!({
        "app_id": world.sim.app_id(),
        "secret": world.sim.app_secret(),
        "event_type": "DIRECT_MESSAGE",
        "callback_url": callback.url,
    });
    let updated = world.call("/business/webhook/update/", &app).await;
    assert_eq!(updated["data"]["callback_url"], callback.url);
    assert!(updated["data"]["secret"].is_null());
    world.sim.customer("ana").says("oi").await.unwrap();
    callback.next().await;

    let query = [
        ("app_id", world.sim.app_id()),
        ("secret", world.sim.app_secret()),
        ("event_type", "DIRECT_MESSAGE"),
    ];
    let listed = world.get("/business/webhook/list/", &query).await;
    assert_eq!(listed["data"]["callback_url"], callback.url);
    world.call("/business/webhook/delete/", &app).await;
    let listed = world.get("/business/webhook/list/", &query).await;
    assert!(listed["data"].get("callback_url").is_none());

    let mut plain = app.clone();
    plain["callback_url"] = json!("http://example.com/hook");
    assert_eq!(world.call("/business/webhook/update/", &plain).await["code"], 40002);
    plain["secret"] = json!("wrong");
    assert_eq!(world.call("/business/webhook/update/", &plain).await["code"], 40101);
}
