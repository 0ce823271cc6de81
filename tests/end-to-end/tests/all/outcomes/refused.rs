//! The platform says no: it was not sent, is not tried again, and the rest of the line waits for a person.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::Shop;

#[tokio::test]
async fn a_refused_message_fails_and_the_line_waits_until_it_is_resumed() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    shop.next_send(json!({"kind": "code", "code": 40_002, "message": "simulated"})).await?;
    let refused = shop.send(&conversation, "refused").await?;
    let waiting = shop.send(&conversation, "waiting").await?;
    shop.reaches(&refused, "failed").await?;
    shop.others_go_on("bob").await?;
    assert_eq!(shop.message(&waiting).await?["status"], "queued");
    assert_eq!(shop.conversation(&conversation).await?["held_by"], refused);

    let resume = format!("/v1/conversations/{conversation}/resume");
    let resumed = shop.api().post(&resume, &Value::Null).await?.success()?;
    assert_eq!(resumed["held_by"], Value::Null);
    shop.reaches(&waiting, "delivered").await?;
    assert_eq!(shop.accepted("refused").await?, 0);
    let left = &shop.conversation(&conversation).await?["window"]["left"];
    assert_eq!(left, 9, "the refused message took no place of the quota");
    shop.close().await
}

#[tokio::test]
async fn refusals_in_several_conversations_at_once_pause_the_account_until_a_person_or_a_day_ends_it()
-> Result<()> {
    let shop = Shop::open().await?;
    for customer in ["ana", "bob", "cid"] {
        let conversation = shop.asked_by(customer).await?;
        shop.next_send(json!({"kind": "code", "code": 40_064, "message": "Take a rest."})).await?;
        let refused = shop.send(&conversation, &format!("refused {customer}")).await?;
        let failed = shop.reaches(&refused, "failed").await?;
        assert_eq!(failed["reason"]["code"], "window.refused");
    }
    let account = shop.api().items("/v1/accounts").await?.remove(0);
    let pause = &account["paused"];
    assert_eq!((&pause["reason"]["code"], &pause["by"]), (&json!("rate.daily_cap"), &Value::Null));
    assert!(pause["until"].as_str() > pause["since"].as_str(), "{pause}");
    shop.tells("account.paused").await?;

    let conversation = shop.asked_by("dan").await?;
    let waiting = shop.send(&conversation, "later").await?;
    let unpause = format!("/v1/accounts/{}/unpause", account["id"].as_str().unwrap_or_default());
    assert_eq!(shop.message(&waiting).await?["history"].as_array().map(Vec::len), Some(1), "it was claimed");
    shop.api().post(&unpause, &Value::Null).await?.success()?;
    shop.reaches(&waiting, "delivered").await?;
    assert_eq!(shop.api().items("/v1/accounts").await?[0]["paused"], Value::Null);
    shop.close().await
}

#[tokio::test]
async fn an_account_that_its_owner_disconnected_waits_for_a_person_and_goes_on_afterwards() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    shop.simulator.control("tokens/revoke", &json!({})).await?;
    let message = shop.send(&conversation, "patient").await?;
    let attention = || async {
        let accounts = shop.api().items("/v1/accounts").await?;
        Ok((accounts[0]["status"] == "needs_attention").then(|| accounts[0].clone()))
    };
    let account = end_to_end::eventually("the call for attention", attention).await?;
    assert_eq!(account["attention"]["code"], "auth.expired");
    let waiting = shop.reaches(&message, "queued").await?;
    assert_eq!(waiting["reason"]["code"], "auth.expired");

    shop.api().connect_account(crate::support::INSTANCE).await?;
    shop.reaches(&message, "delivered").await?;
    assert_eq!(shop.accepted("patient").await?, 1);
    let accounts = shop.api().items("/v1/accounts").await?;
    assert_eq!((accounts.len(), &accounts[0]["status"]), (1, &json!("connected")));
    assert_eq!(accounts[0]["attention"], Value::Null);
    shop.close().await
}
