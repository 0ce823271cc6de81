//! Messages that a platform announces without handing them on are looked for where the account wants it.

use anyhow::Result;
use serde_json::{Value, json};

use super::stage::{Stage, at, event, said};

/// Nothing is remembered while the account is connected; it wants what is withheld to be found.
async fn open() -> Result<Stage> {
    let stage = Stage::open_with(|platform| platform.answers("history", &json!({"events": []})), "").await?;
    stage.asked_by("ana").await?;
    let path = format!("/v1/accounts/{}/history", stage.account_id().await?);
    stage.sees(&path, |import| import["state"] == "done").await?;
    stage.opt_in(&["history.withheld"]).await?;
    Ok(stage)
}

async fn announced(stage: &Stage) -> Result<()> {
    let reason = json!({"code": "region.peer_blocked", "text": "Not handed on.", "permanent": true});
    stage.arrive(&[event("w", at(0), &json!({"type": "message_withheld", "reason": reason}))]).await
}

fn listed(ids: &[&str]) -> Value {
    let conversations: Vec<_> = ids.iter().map(|id| json!({"id": id, "updated_at": at(0)})).collect();
    json!({"events": [], "conversations": conversations})
}

#[tokio::test]
async fn what_only_one_conversation_can_hold_is_found_and_announced_as_new() -> Result<()> {
    let stage = open().await?;
    stage.platform.answers("history", &listed(&["with eva"]));
    let messages = [said("eva", "earlier", at(-5_000)), said("eva", "withheld", at(0))];
    stage.platform.answers("history", &json!({ "events": messages }));
    announced(&stage).await?;
    let account = format!("/v1/accounts/{}", stage.account_id().await?);
    let told = stage.sees(&account, |account| account["withheld"]["found"] == 1).await?;
    assert_eq!(told["withheld"]["given_up"], 0);
    let conversations = stage.api().items("/v1/conversations").await?;
    let eva = conversations.iter().find(|conversation| conversation["platform_id"] == "with eva");
    assert_eq!(eva.map(|eva| &eva["unread"]), Some(&json!(1)));
    assert_eq!(stage.told()?.iter().filter(|kind| *kind == "message.created").count(), 2);
    stage.close().await
}

#[tokio::test]
async fn what_more_than_one_conversation_could_hold_is_given_up() -> Result<()> {
    let stage = open().await?;
    stage.platform.answers("history", &listed(&["with eva", "with cem"]));
    announced(&stage).await?;
    let account = format!("/v1/accounts/{}", stage.account_id().await?);
    let told = stage.sees(&account, |account| account["withheld"]["given_up"] == 1).await?;
    assert_eq!((&told["withheld"]["found"], &told["withheld"]["count"]), (&json!(0), &json!(1)));
    assert!(stage.platform.asked("history").iter().all(|asked| asked["conversation"].is_null()));
    assert_eq!(stage.api().items("/v1/conversations").await?.len(), 1);
    stage.close().await
}
