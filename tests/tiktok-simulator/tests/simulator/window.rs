//! The reply window, its messages, and the rate.

use std::time::Duration;

use serde_json::json;
use tiktok_simulator::{EchoMode, SimulatorConfig, ViolationKind};

use crate::api_client::World;

async fn unhurried() -> World {
    let mut config = SimulatorConfig::default();
    config.settings.qps = 1_000;
    config.settings.echo = EchoMode::Off;
    World::start_with(config).await
}

#[tokio::test]
async fn the_eleventh_message_since_the_customers_last_is_40064() {
    let world = unhurried().await;
    let ana = world.sim.customer("ana");
    let conversation = ana.says("oi").await.unwrap().conversation_id;
    let text = world.text(&conversation, "olá");
    for _ in 0..10 {
        assert_eq!(world.send(&text).await["code"], 0);
    }
    assert_eq!(world.send(&text).await["code"], 40064);
    assert_eq!(world.sim.violations()[0].kind, ViolationKind::QuotaExceeded);
    ana.says("ainda aí?").await.unwrap();
    assert_eq!(world.send(&text).await["code"], 0);
}

#[tokio::test]
async fn the_window_closes_48_hours_after_the_customers_last_message() {
    let world = unhurried().await;
    let ana = world.sim.customer("ana");
    let conversation = ana.says("oi").await.unwrap().conversation_id;
    world.sim.advance(Duration::from_secs(48 * 3_600));
    let fresh = world.sim.issue_tokens().unwrap();
    let world = World { tokens: fresh, ..world };
    let answer = world.send(&world.text(&conversation, "olá")).await;
    assert_eq!(answer["code"], 40064);
    assert_eq!(world.sim.violations()[0].kind, ViolationKind::WindowClosed);
}

#[tokio::test]
async fn a_customer_who_never_wrote_cannot_be_written_to() {
    let world = unhurried().await;
    let conversation = world.sim.customer("ana").conversation_id().unwrap();
    let answer = world.send(&world.text(&conversation, "compre já")).await;
    assert_eq!(answer["code"], 40064);
}

#[tokio::test]
async fn typing_is_free_and_has_no_message_id() {
    let world = unhurried().await;
    let conversation = world.sim.customer("ana").says("oi").await.unwrap().conversation_id;
    let typing = json!({
        "business_id": world.tokens.open_id,
        "recipient_type": "CONVERSATION",
        "recipient": conversation,
        "message_type": "SENDER_ACTION",
        "sender_action": "TYPING",
    });
    for _ in 0..12 {
        let answer = world.send(&typing).await;
        assert_eq!(answer["data"]["message"]["message_id"], "");
    }
    assert_eq!(world.sim.sender_actions().len(), 12);
    assert!(world.sim.sends().is_empty());
    assert_eq!(world.send(&world.text(&conversation, "olá")).await["code"], 0);
}

#[tokio::test]
async fn the_eleventh_call_of_a_second_is_40100() {
    let world = World::start().await;
    world.sim.freeze(true);
    let query = [("business_id", world.tokens.open_id.as_str())];
    for _ in 0..10 {
        assert_eq!(world.get("/business/get/", &query).await["code"], 0);
    }
    assert_eq!(world.get("/business/get/", &query).await["code"], 40100);
    assert_eq!(world.sim.violations()[0].kind, ViolationKind::RateExceeded);
    world.sim.advance(Duration::from_secs(1));
    assert_eq!(world.get("/business/get/", &query).await["code"], 0);
}
