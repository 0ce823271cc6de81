//! A request that is repeated, on purpose or not.

use anyhow::{Context, Result};
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::{Asked, Shop, ask};

async fn send(shop: &Shop, conversation: &str, key: &str, text: &str) -> Result<Asked> {
    let path = format!("/v1/conversations/{conversation}/messages");
    let body = json!({"content": {"kind": "text", "text": text}});
    ask(shop.api().request(Method::POST, &path).header("idempotency-key", key).json(&body)).await
}

#[tokio::test]
async fn a_repeated_request_is_one_message() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let at_once = (0..10).map(|_| send(&shop, &conversation, "order 7", "once"));
    let answers = try_join_all(at_once).await?;
    let id = answers[0].body["id"].as_str().context("no id")?.to_owned();
    shop.reaches(&id, "delivered").await?;
    let later = send(&shop, &conversation, "order 7", "once").await?;
    for answer in answers.iter().chain([&later]) {
        assert_eq!((answer.status, &answer.body["id"]), (202, &json!(id)));
        assert_eq!(answer.header("location"), format!("/v1/messages/{id}"));
    }
    assert_eq!(shop.accepted("once").await?, 1);
    assert_eq!(shop.messages(&conversation).await?.len(), 2);
    assert_eq!(shop.conversation(&conversation).await?["window"]["left"], 9);
    shop.close().await
}

#[tokio::test]
async fn a_key_is_not_reused_for_another_content() -> Result<()> {
    let shop = Shop::open().await?;
    let (ana, bob) = (shop.asked_by("ana").await?, shop.asked_by("bob").await?);
    let first = send(&shop, &ana, "order 8", "one").await?;
    assert_eq!(first.status, 202);
    let other = send(&shop, &ana, "order 8", "another").await?;
    other.is_problem("another text", 422, "idempotency.key_reused")?;
    let elsewhere = send(&shop, &bob, "order 8", "one").await?;
    assert_eq!(elsewhere.status, 202, "another conversation has keys of its own");
    assert_ne!(first.body["id"], elsewhere.body["id"]);
    for answer in [&first, &elsewhere] {
        shop.reaches(answer.body["id"].as_str().context("no id")?, "delivered").await?;
    }
    assert_eq!((shop.accepted("one").await?, shop.accepted("another").await?), (2, 0));
    shop.close().await
}
