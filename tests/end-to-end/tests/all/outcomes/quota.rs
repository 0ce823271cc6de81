//! Ten messages after each message of the customer.

use anyhow::{Context, Result};
use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn the_eleventh_message_is_refused_until_the_customer_writes_again() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let mut messages = Vec::new();
    for number in 1..=10 {
        messages.push(shop.send(&conversation, &format!("number {number}")).await?);
    }
    let refused = shop.api().send_text(&conversation, "number 11").await?;
    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(refused.body["code"], "window.quota_exhausted");
    assert_eq!(refused.body["reasons"][0]["code"], "window.quota_exhausted");
    assert_eq!(shop.conversation(&conversation).await?["window"]["state"], "exhausted");
    for message in &messages {
        shop.reaches(message, "delivered").await?;
    }
    let state = shop.simulator.state().await?;
    let sends = state["sends"].as_array().context("no sends")?;
    let texts: Vec<_> = sends.iter().filter_map(|send| send["text"].as_str()).collect();
    let expected: Vec<_> = (1..=10).map(|number| format!("number {number}")).collect();
    assert_eq!(texts, expected, "in the order in which they were written");

    shop.asked_by("ana").await?;
    assert_eq!(shop.conversation(&conversation).await?["window"]["left"], 10);
    let next = shop.send(&conversation, "number 11").await?;
    shop.reaches(&next, "delivered").await?;
    shop.close().await
}

#[tokio::test]
async fn what_a_colleague_writes_in_the_app_takes_a_place_as_well() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    shop.simulator.control("colleague/says", &json!({"customer": "ana", "text": "from the app"})).await?;
    let adopted = || async {
        let messages = shop.messages(&conversation).await?;
        Ok(messages.into_iter().find(|message| message["origin"] == "app"))
    };
    let theirs = end_to_end::eventually("the colleague's message", adopted).await?;
    assert_eq!((&theirs["direction"], &theirs["status"]), (&json!("outbound"), &json!("delivered")));
    assert_eq!(shop.conversation(&conversation).await?["window"]["left"], 9);
    shop.close().await
}
