//! Somebody in Europe writes: TikTok says only that (protocol reference, section 6.7). Where its lists show the
//! conversation after all, and the account wants it, the message is found.

use anyhow::Result;
use end_to_end::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Shop;

/// The account wants such messages to be found, in lists that show them, or do not.
async fn open(are_listed: bool) -> Result<Shop> {
    let shop = Shop::open().await?;
    shop.simulator.control("settings", &json!({"eu_conversations_listed": are_listed})).await?;
    shop.simulator.control("customer/profile", &json!({"customer": "eva", "country": "DE"})).await?;
    let imported = || async {
        let import = shop.does(Method::GET, "history", None).await?;
        Ok((import["state"] == "done").then_some(()))
    };
    eventually("the import", imported).await?;
    shop.does(Method::PUT, "layer", Some(&json!({"opt_ins": ["history.withheld"]}))).await?;
    Ok(shop)
}

/// What is withheld of the account, once it is settled.
async fn settled(shop: &Shop) -> Result<Value> {
    let look = || async {
        let withheld = shop.api().items("/v1/accounts").await?[0]["withheld"].clone();
        let settled = withheld["found"] == 1 || withheld["given_up"] == 1;
        Ok(settled.then_some(withheld))
    };
    eventually("a settled message", look).await
}

#[tokio::test]
async fn a_message_from_europe_is_found_where_the_lists_show_it() -> Result<()> {
    let shop = open(true).await?;
    shop.asked_by("ana").await?;
    shop.simulator.customer_says("eva", "Guten Tag").await?;
    assert_eq!(settled(&shop).await?["found"], 1);
    let conversations = shop.api().items("/v1/conversations").await?;
    assert_eq!(conversations.len(), 2);
    let mut texts = Vec::new();
    for conversation in &conversations {
        let messages = shop.messages(conversation["id"].as_str().unwrap_or_default()).await?;
        texts.extend(messages.iter().map(|message| message["content"]["text"].clone()));
    }
    assert!(texts.contains(&json!("Guten Tag")), "{texts:?}");
    shop.close().await
}

#[tokio::test]
async fn a_message_from_europe_that_no_list_shows_is_given_up() -> Result<()> {
    let shop = open(false).await?;
    shop.simulator.customer_says("eva", "Guten Tag").await?;
    let withheld = settled(&shop).await?;
    assert_eq!((&withheld["given_up"], &withheld["found"]), (&json!(1), &json!(0)));
    assert_eq!(shop.api().items("/v1/conversations").await?.len(), 0);
    shop.close().await
}
