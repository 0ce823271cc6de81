//! What a channel tells beside messages.

use anyhow::{Context, Result};
use serde_json::json;

use super::stage::{Stage, at, event, said};

#[tokio::test]
async fn reactions_stand_on_the_message_and_are_no_messages() -> Result<()> {
    let stage = Stage::open().await?;
    let conversation = stage.asked_by("ana").await?;
    let put = |key: &str, seconds, removed| {
        event(
            key,
            at(seconds),
            &json!({"type": "message_reacted", "conversation": "with ana",
            "contact": {"id": "ana"}, "message": "hello of ana", "reaction": {"emoji": "👍", "removed": removed}}),
        )
    };
    stage.arrive(&[put("r1", 0, false)]).await?;
    let messages = stage.messages(&conversation).await?;
    assert_eq!((messages.len(), &messages[0]["reactions"][0]["emoji"]), (1, &json!("👍")));
    stage.arrive(&[put("r2", 1, true)]).await?;
    assert_eq!(stage.messages(&conversation).await?[0]["reactions"], json!([]));
    assert_eq!(stage.told()?.iter().filter(|kind| *kind == "message.reacted").count(), 2);
    stage.close().await
}

#[tokio::test]
async fn comments_withheld_messages_and_notices_are_kept_with_the_account() -> Result<()> {
    let stage = Stage::open().await?;
    let reason = json!({"code": "region.peer_blocked", "text": "Not handed on.", "permanent": true});
    let comment =
        json!({"id": "7325612345678901234", "action": "written", "text": "How much?", "answerable": true});
    stage
        .arrive(&[
            event("c", at(0), &json!({"type": "commented", "contact": {"id": "ana"}, "comment": comment})),
            event("w", at(0), &json!({"type": "message_withheld", "reason": reason})),
            event("n", at(0), &json!({"type": "notice", "name": "something_new"})),
        ])
        .await?;
    let account = stage.account().await?;
    assert_eq!(
        (&account["withheld"]["count"], &account["notices"]["something_new"]["count"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(account["withheld"]["reason"]["code"], "region.peer_blocked");
    let comments = stage.api().items(&format!("/v1/accounts/{}/comments", stage.account_id().await?)).await?;
    assert_eq!(
        (&comments[0]["platform_id"], &comments[0]["text"]),
        (&json!("7325612345678901234"), &json!("How much?"))
    );
    let told = stage.told()?;
    assert!(["comment.changed", "message.withheld"].iter().all(|kind| told.iter().any(|one| one == kind)));
    stage.close().await
}

#[tokio::test]
async fn a_sticker_that_is_shown_as_a_fallback_is_kept_and_its_text_and_a_card_are_found() -> Result<()> {
    let stage = Stage::open().await?;
    let content = json!({"kind": "fallback", "original_kind": "sticker", "text": "A sticker.",
        "medium": {"media_kind": "sticker", "url": stage.platform.picture()}});
    let mut sticker = said("ana", "s", at(0));
    sticker["kind"]["message"]["content"] = content;
    let mut card = said("ana", "card", at(1));
    card["kind"]["message"]["content"] = json!({"kind": "question_card", "layout": "buttons", "title": "Colour?",
        "buttons": [{"label": "Turquoise"}]});
    stage.arrive(&[sticker, card]).await?;
    let conversations = stage.api().items("/v1/conversations").await?;
    let conversation = conversations[0]["id"].as_str().context("no id")?;
    let path = format!("/v1/conversations/{conversation}/messages");
    stage.sees(&path, |page| page["items"][1]["media"]["state"] == "ready").await?;
    let found = stage.api().items("/v1/search?q=turquoise").await?;
    assert_eq!(found.len(), 1, "{found:?}");
    stage.close().await
}
