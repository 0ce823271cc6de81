//! `im_send_msg`: the business hears of its own messages.

use tiktok_simulator::EchoMode;

use crate::PATIENCE;
use crate::api_client::World;
use crate::callback::Callback;

#[tokio::test]
async fn the_echo_can_come_before_the_response() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    let conversation = world.sim.customer("ana").says("oi").await.unwrap().conversation_id;
    world.sim.set_webhook_url(&callback.url).unwrap();
    world.sim.set_echo(EchoMode::BeforeResponse);

    let answer = world.send(&world.text(&conversation, "olá")).await;

    let echo = callback.arrived().expect("the echo came before the response");
    assert_eq!(echo.event()["event"], "im_send_msg");
    let content = echo.content();
    assert_eq!(content["message_id"], answer["data"]["message"]["message_id"]);
    assert_eq!(content["message_tag"]["source"], "API");
    assert_eq!(content["from_user"]["id"], world.tokens.open_id);
    assert_eq!(content["from_user"]["role"], "business_account");
    assert_eq!(content["to_user"]["role"], "personal_account");
    assert_eq!(content["text"]["body"], "olá");
}

#[tokio::test]
async fn waiting_for_the_echo_is_bounded() {
    let world = World::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/", listener.local_addr().unwrap());
    let conversation = world.sim.customer("ana").says("oi").await.unwrap().conversation_id;
    world.sim.set_webhook_url(&silent).unwrap();
    world.sim.configure(|settings| {
        settings.echo = EchoMode::BeforeResponse;
        settings.echo_wait_ms = 50;
    });
    let answer = world.send(&world.text(&conversation, "olá")).await;
    assert_eq!(answer["code"], 0);
}

#[tokio::test]
async fn the_echo_normally_follows_the_response() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    let conversation = world.sim.customer("ana").says("oi").await.unwrap().conversation_id;
    world.sim.set_webhook_url(&callback.url).unwrap();
    let answer = world.send(&world.text(&conversation, "olá")).await;
    let echo = callback.next().await.content();
    assert_eq!(echo["message_id"], answer["data"]["message"]["message_id"]);
}

#[tokio::test]
async fn a_colleague_in_the_app_is_echoed_as_app() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.customer("ana").says("oi").await.unwrap();
    world.sim.set_webhook_url(&callback.url).unwrap();
    let said = world.sim.business().app_reply("ana", "já vejo").await.unwrap();
    let hook = callback.next().await;
    assert_eq!(hook.event()["event"], "im_send_msg");
    assert_eq!(hook.content()["message_tag"]["source"], "APP");
    assert_eq!(hook.content()["message_id"], said.message_id);
    world.sim.wait_for_delivery(&said.event_id, PATIENCE).await.unwrap();
    assert!(world.sim.sends().is_empty());
}

#[tokio::test]
async fn without_echoes_a_send_leaves_no_event() {
    let world = World::start().await;
    let conversation = world.sim.customer("ana").says("oi").await.unwrap().conversation_id;
    world.sim.set_echo(EchoMode::Off);
    world.send(&world.text(&conversation, "olá")).await;
    let events: Vec<String> = world.sim.deliveries().into_iter().map(|d| d.event).collect();
    assert_eq!(events, ["im_receive_msg"]);
    assert!(!world.sim.sends()[0].echoed);
}
