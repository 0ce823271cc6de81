//! Injected faults.

use std::time::Duration;

use tiktok_simulator::{Fault, FaultKind};

use crate::PATIENCE;
use crate::api_client::World;
use crate::callback::Callback;

async fn opened() -> (World, serde_json::Value) {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let text = world.text(&said.conversation_id, "olá");
    (world, text)
}

#[tokio::test]
async fn a_gateway_page_and_an_empty_body_are_not_sends() {
    let (world, text) = opened().await;
    world.sim.inject(Fault::next_send(FaultKind::BadGateway));
    world.sim.inject(Fault::next_send(FaultKind::EmptyBody));
    let page = world.send_request(&text).send().await.unwrap();
    assert_eq!(page.status(), 502);
    assert!(page.text().await.unwrap().contains("<html>"));
    let empty = world.send_request(&text).send().await.unwrap();
    assert_eq!(empty.status(), 200);
    assert_eq!(empty.text().await.unwrap(), "");
    assert!(world.sim.sends().is_empty());
    assert_eq!(world.send(&text).await["code"], 0);
}

#[tokio::test]
async fn a_code_hits_as_many_calls_as_asked_and_only_its_path() {
    let (world, text) = opened().await;
    let busy = Fault::code(51065, "Messaging system error.");
    world.sim.inject(busy.on("/business/message/send/").times(2));
    let query = [("business_id", world.tokens.open_id.as_str())];
    assert_eq!(world.get("/business/get/", &query).await["code"], 0);
    for expected in [51065, 51065, 0] {
        assert_eq!(world.send(&text).await["code"], expected);
    }
}

#[tokio::test]
async fn a_slow_call_outlasts_an_impatient_client() {
    let (world, text) = opened().await;
    world.sim.inject(Fault::slow(Duration::from_secs(3_600)));
    let request = world.send_request(&text).timeout(Duration::from_millis(50));
    assert!(request.send().await.unwrap_err().is_timeout());
    assert!(world.sim.sends().is_empty());
}

#[tokio::test]
async fn a_dropped_send_happened_and_is_echoed() {
    let mut callback = Callback::answering(&[]).await;
    let (world, text) = opened().await;
    world.sim.set_webhook_url(&callback.url).unwrap();
    let kind = FaultKind::DropAfterAccept { echo: true };
    world.sim.inject(Fault::next_send(kind));
    let error = world.send_request(&text).send().await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    let send = world.sim.expect_send(PATIENCE).await.unwrap();
    assert_eq!(callback.next().await.content()["message_id"], send.message_id);
}

#[tokio::test]
async fn a_dropped_send_can_stay_without_echo() {
    let (world, text) = opened().await;
    let kind = FaultKind::DropAfterAccept { echo: false };
    world.sim.inject(Fault::next_send(kind));
    world.send_request(&text).send().await.unwrap_err();
    let send = world.sim.expect_send(PATIENCE).await.unwrap();
    assert!(!send.echoed);
    assert!(world.sim.deliveries().iter().all(|d| d.event != "im_send_msg"));
}

#[tokio::test]
async fn a_send_can_be_accepted_without_an_id() {
    let (world, text) = opened().await;
    world.sim.inject(Fault::next_send(FaultKind::AcceptWithoutId));
    let answer = world.send(&text).await;
    assert_eq!(answer["code"], 0);
    assert!(answer["data"]["message"].get("message_id").is_none());
    assert_eq!(world.sim.sends().len(), 1);
}

#[tokio::test]
async fn cleared_faults_hit_nothing() {
    let (world, text) = opened().await;
    world.sim.inject(Fault::next(FaultKind::BadGateway));
    world.sim.clear_faults();
    assert_eq!(world.send(&text).await["code"], 0);
}
