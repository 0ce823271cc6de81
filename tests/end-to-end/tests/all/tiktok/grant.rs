//! What an owner has granted.

use anyhow::Result;
use end_to_end::SimulatorProcess;
use reqwest::Method;
use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn a_whole_grant_lacks_nothing_and_ends_in_a_year() -> Result<()> {
    let shop = Shop::open().await?;
    let grant = shop.does(Method::GET, "grant", None).await?;
    assert_eq!((&grant["for_this_account"], &grant["missing"]), (&json!(true), &json!([])), "{grant}");
    let granted = grant["granted"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(granted.contains(&json!("message.list.send")), "{grant}");
    assert!(grant["consent_ends_at"].is_string(), "{grant}");
    shop.close().await
}

#[tokio::test]
async fn a_permission_that_the_owner_unticked_is_told_with_what_does_not_work() -> Result<()> {
    let simulator = SimulatorProcess::start().await?;
    simulator.control("settings", &json!({"withheld_scopes": ["message.list.send"]})).await?;
    let shop = Shop::open_with(simulator, Ok).await?;
    let grant = shop.does(Method::GET, "grant", None).await?;
    assert_eq!(grant["missing"], json!([{"scope": "message.list.send", "effect": "Nothing can be sent."}]));
    shop.close().await
}
