//! The platform says no: it was not sent, is not tried again, and the rest of the line waits for a person.

use anyhow::Result;
use serde_json::{Value, json};

use crate::support::{Shop, statuses};

#[tokio::test]
async fn a_refused_message_fails_and_the_line_waits_until_it_is_resumed() -> Result<()> {
    let shop = Shop::open().await?;
    let table = [
        (40_064, "window.refused"),
        (40_002, "content.rejected"),
        (40_007, "platform.not_found"),
        (40_001, "auth.scope_missing"),
        (40_113, "access.denied"),
    ];
    for (code, reason) in table {
        let conversation = shop.asked_by(reason).await?;
        shop.next_send(json!({"kind": "code", "code": code, "message": "simulated"})).await?;
        let refused = shop.send(&conversation, &format!("refused {code}")).await?;
        let waiting = shop.send(&conversation, &format!("waiting {code}")).await?;
        let failed = shop.reaches(&refused, "failed").await?;
        assert_eq!(failed["reason"]["code"], reason, "{code}");
        assert_eq!(statuses(&failed), ["queued", "sending", "failed"], "{code}");

        shop.others_go_on(&format!("another for {code}")).await?;
        assert_eq!(shop.message(&waiting).await?["status"], "queued", "{code}");
        assert_eq!(shop.conversation(&conversation).await?["held_by"], refused, "{code}");

        let resume = format!("/v1/conversations/{conversation}/resume");
        let resumed = shop.api().post(&resume, &Value::Null).await?.success()?;
        assert_eq!(resumed["held_by"], Value::Null, "{code}");
        shop.reaches(&waiting, "delivered").await?;
        assert_eq!(shop.accepted(&format!("refused {code}")).await?, 0, "{code}");
        let left = &shop.conversation(&conversation).await?["window"]["left"];
        assert_eq!(left, 9, "{code}: the refused message took no place of the quota");
    }
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
