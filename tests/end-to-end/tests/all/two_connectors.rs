//! Two channels in one inbox.

use anyhow::{Context, Result};
use end_to_end::{HostOptions, SimulatorProcess, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shop, ask};

const ECHO: &str = "
[instances.echo]
connector = \"echo\"
[instances.echo.settings]
account = \"my-shop\"
";

async fn open() -> Result<Shop> {
    let with_echo = |options: HostOptions| options.configure(ECHO).connector("libecho_connector.so");
    Shop::open_with(SimulatorProcess::start().await?, with_echo).await
}

/// A customer writes on the echo channel; the HTTP status of the answer.
async fn post(shop: &Shop, body: &Value) -> Result<u16> {
    Ok(ask(shop.api().request(Method::POST, "/webhooks/echo").json(body)).await?.status)
}

async fn conversation_of(shop: &Shop, instance: &str) -> Result<Value> {
    let conversations = shop.api().items("/v1/conversations").await?;
    let mut of_instance = conversations.into_iter().filter(|c| c["instance"] == instance);
    of_instance.next().with_context(|| format!("no conversation of {instance}"))
}

#[tokio::test]
async fn both_channels_receive_and_answer() -> Result<()> {
    let shop = open().await?;
    let on_tiktok = shop.asked_by("ana").await?;
    assert_eq!(post(&shop, &json!({"from": "ana", "id": "1", "text": "hello out there"})).await?, 200);
    let on_echo = conversation_of(&shop, "echo").await?;
    let on_echo = on_echo["id"].as_str().context("no id")?;
    assert_ne!(on_tiktok, on_echo, "people of the same name on two channels are two people");

    let to_tiktok = shop.send(&on_tiktok, "for TikTok").await?;
    let to_echo = shop.send(on_echo, "for Echo").await?;
    shop.reaches(&to_tiktok, "delivered").await?;
    let sent = shop.reaches(&to_echo, "sent").await?;
    assert_eq!(sent["platform_id"], format!("echo-{to_echo}"));
    assert_eq!(shop.accepted("for TikTok").await?, 1);
    assert_eq!(shop.accepted("for Echo").await?, 0, "it went to the other channel");
    shop.close().await
}

#[tokio::test]
async fn a_channel_without_consent_connects_its_account_by_its_first_event() -> Result<()> {
    let shop = open().await?;
    let accounts = || async { shop.api().items("/v1/accounts").await };
    assert_eq!(accounts().await?.len(), 1, "only TikTok's account was connected");
    for id in ["1", "2", "2"] {
        assert_eq!(post(&shop, &json!({"from": "ana", "id": id, "text": "hello out there"})).await?, 200);
    }
    let accounts = accounts().await?;
    let of_echo: Vec<_> = accounts.iter().filter(|account| account["instance"] == "echo").collect();
    assert_eq!(of_echo.len(), 1, "{accounts:?}");
    assert_eq!(of_echo[0]["platform_id"], "my-shop");
    assert_eq!(of_echo[0]["status"], "connected");
    let conversation = conversation_of(&shop, "echo").await?;
    assert_eq!(conversation["window"], Value::Null, "the channel has no reply window");
    let id = conversation["id"].as_str().context("no id")?;
    assert_eq!(shop.messages(id).await?.len(), 2, "the repetition is not a message");
    shop.close().await
}

#[tokio::test]
async fn each_channel_keeps_its_own_limits() -> Result<()> {
    let shop = open().await?;
    let on_tiktok = shop.asked_by("ana").await?;
    post(&shop, &json!({"from": "ana", "id": "1", "text": "hello out there"})).await?;
    let on_echo = conversation_of(&shop, "echo").await?;
    let on_echo = on_echo["id"].as_str().context("no id")?;
    let long = "x".repeat(1_001);
    let refused = shop.api().send_text(on_echo, &long).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("content.text_too_long")));
    let message = shop.send(&on_tiktok, &long).await?;
    shop.reaches(&message, "delivered").await?;
    shop.close().await
}

#[tokio::test]
async fn trouble_of_one_channel_does_not_hold_up_the_other() -> Result<()> {
    let shop = open().await?;
    let on_tiktok = shop.asked_by("ana").await?;
    post(&shop, &json!({"from": "ana", "id": "1", "text": "hello out there"})).await?;
    let on_echo = conversation_of(&shop, "echo").await?;
    let on_echo = on_echo["id"].as_str().context("no id")?;
    shop.next_send(json!({"kind": "slow", "millis": 3_000})).await?;
    let slow = shop.send(&on_tiktok, "slow").await?;
    let in_flight = || async { Ok((shop.message(&slow).await?["status"] == "sending").then_some(())) };
    eventually("the slow send", in_flight).await?;
    let quick = shop.send(on_echo, "quick").await?;
    shop.reaches(&quick, "sent").await?;
    assert_eq!(shop.message(&slow).await?["status"], "sending");
    shop.reaches(&slow, "delivered").await?;
    shop.close().await
}
