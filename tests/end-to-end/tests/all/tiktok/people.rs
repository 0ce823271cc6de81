//! How customers and the business present themselves, and the signals between them.

use anyhow::{Context, Result};
use end_to_end::{SimulatorProcess, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shop, ask};

/// The signals that TikTok was given, once they are so many.
async fn signals(shop: &Shop, count: usize) -> Result<Vec<(Value, String)>> {
    let look = || async {
        let state = shop.simulator.state().await?;
        let actions = state["sender_actions"].as_array().context("no actions")?;
        let name = |action: &Value| action["action"].as_str().unwrap_or_default().to_owned();
        let told = actions.iter().map(|action| (action["conversation_id"].clone(), name(action)));
        Ok((actions.len() >= count).then(|| told.collect()))
    };
    eventually("the signals", look).await
}

#[tokio::test]
async fn names_of_customers_and_of_the_business_are_asked_for() -> Result<()> {
    let simulator = SimulatorProcess::start().await?;
    let ana = json!({"customer": "ana", "username": "ana.b", "display_name": "Ana B.", "is_follower": true});
    simulator.control("customer/profile", &ana).await?;
    let business = json!({"username": "the.shop", "display_name": "The Shop"});
    simulator.control("account", &business).await?;
    let shop = Shop::open_with(simulator, Ok).await?;
    let id = shop.asked_by("ana").await?;
    let look = || async {
        let contact = shop.conversation(&id).await?["contact"].clone();
        Ok((contact["display_name"] == "Ana B.").then_some(contact))
    };
    let contact = eventually("the customer's name", look).await?;
    assert_eq!(contact["handle"], "ana.b", "{contact}");
    assert_eq!(shop.api().items("/v1/search?q=ana.b").await?.len(), 1);
    let look = || async {
        let accounts = shop.api().items("/v1/accounts").await?;
        Ok(accounts.into_iter().find(|account| account["display_name"] == "The Shop"))
    };
    assert_eq!(eventually("the business's name", look).await?["handle"], "the.shop");
    shop.close().await
}

#[tokio::test]
async fn typing_and_read_marks_reach_the_conversation_and_cost_nothing_of_its_window() -> Result<()> {
    let shop = Shop::open().await?;
    let id = shop.asked_by("ana").await?;
    let before = shop.conversation(&id).await?;
    let post = |what: &str| ask(shop.api().request(Method::POST, &format!("/v1/conversations/{id}/{what}")));
    assert_eq!(post("typing").await?.status, 204);
    assert_eq!(post("read").await?.status, 200);
    let told = signals(&shop, 2).await?;
    let place = &before["platform_id"];
    assert_eq!(told, [(place.clone(), "TYPING".to_owned()), (place.clone(), "MARK_READ".to_owned())]);
    let after = shop.conversation(&id).await?;
    assert_eq!((&after["window"]["left"], &after["unread"]), (&before["window"]["left"], &json!(0)));
    shop.close().await
}

#[tokio::test]
async fn a_read_mark_that_tiktok_did_not_take_is_told_again() -> Result<()> {
    let shop = Shop::open().await?;
    let id = shop.asked_by("ana").await?;
    shop.next_send(json!({"kind": "code", "code": 40100, "message": "simulated"})).await?;
    let read = ask(shop.api().request(Method::POST, &format!("/v1/conversations/{id}/read"))).await?;
    assert_eq!(read.status, 200);
    let told = signals(&shop, 1).await?;
    assert_eq!(told[0].1, "MARK_READ");
    shop.close().await
}
