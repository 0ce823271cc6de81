//! What a platform remembers is read back.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{
    platform::Platform,
    stage::{Stage, at, event, said},
};

/// Two conversations of the list are wanted, the third is one too many and the fourth too old.
fn remembers(platform: &Platform) {
    let listed = |id: &str, seconds: i64| json!({"id": id, "updated_at": at(seconds)});
    let day = 86_400;
    let referred = json!({"id": "with ben", "updated_at": at(-day),
        "referrals": [{"referral": {"source": "ad", "ad_id": "7"}, "at": at(-2 * day)}]});
    platform.answers(
        "history",
        &json!({"events": [], "cursor": "2",
        "conversations": [listed("with eva", -100 * day), listed("with ana", -day)]}),
    );
    platform.answers(
        "history",
        &json!({"events": [], "cursor": null,
        "conversations": [referred, listed("with cem", -day)]}),
    );
    // Of ana: one known message, one that is not, a reply of the business; then a page that is too many.
    let reply = json!({"type": "message_echoed", "conversation": "with ana", "contact": {"id": "ana"},
        "origin": "app", "message": {"id": "reply", "sent_at": at(-day), "content": {"kind": "text", "text": "Hi"}}});
    platform.answers("history", &json!({"cursor": "more", "events": [
        said("ana", "hello of ana", at(0)), said("ana", "older", at(-2 * day)), event("reply", at(-day), &reply)]}));
    platform.fails("history", "throttled", "rate.limited");
    platform.answers("history", &json!({"cursor": null, "events": [said("ben", "of ben", at(-day))]}));
}

#[tokio::test]
async fn what_a_platform_remembers_is_read_back_once_and_announced_to_nobody() -> Result<()> {
    let stage = Stage::open_with(remembers, "").await?;
    let conversation = stage.asked_by("ana").await?;
    let path = format!("/v1/accounts/{}/history", stage.account_id().await?);
    let import = stage.sees(&path, |import| import["state"] == "done").await?;
    assert_eq!(
        (&import["found"], &import["conversations"], &import["messages"]),
        (&json!(2), &json!(2), &json!(4))
    );
    let ids: Vec<Value> =
        stage.messages(&conversation).await?.iter().map(|message| message["platform_id"].clone()).collect();
    assert_eq!(ids, ["hello of ana", "reply", "older"]);
    let conversations = stage.api().items("/v1/conversations").await?;
    let ben = conversations.iter().find(|c| c["platform_id"] == "with ben").context("ben is not there")?;
    assert_eq!((&ben["unread"], &ben["referral"]["ad_id"]), (&json!(0), &json!("7")));
    assert_eq!(conversations.len(), 2, "neither too old nor too many");
    let told = stage.told()?;
    assert_eq!(told.iter().filter(|kind| *kind == "message.created").count(), 1, "{told:?}");
    assert!(
        told.contains(&"history.imported".to_owned()) && !told.contains(&"conversation.referred".to_owned())
    );
    let window = &ben["window"];
    assert_eq!(window["state"], "open", "as far as the times say: {window}");
    stage.close().await
}
