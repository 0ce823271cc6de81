//! Media of messages that arrive.

use anyhow::Result;
use serde_json::json;

use super::stage::Stage;

#[tokio::test]
async fn a_picture_that_arrives_is_fetched() -> Result<()> {
    let stage = Stage::open("").await?;
    let message = stage.brought("1", json!({"media_kind": "image", "media_id": "picture"})).await?;
    let medium = stage.medium(&message, "ready").await?;
    assert_eq!((&medium["mime"], &medium["bytes"]), (&json!("image/png"), &json!(29)));
    assert_eq!((&medium["width"], &medium["height"]), (&json!(3), &json!(2)));
    assert_eq!(medium["reason"], json!(null));
    assert_eq!(stage.fetch_again(&message).await?, 409, "it is here");
    // What the platform calls a picture is a page.
    let message = stage.brought("2", json!({"media_kind": "image", "media_id": "page"})).await?;
    assert_eq!(stage.medium(&message, "ready").await?["mime"], "text/html");
    stage.close().await
}

#[tokio::test]
async fn a_picture_that_fails_costs_its_message_nothing_and_is_fetched_again() -> Result<()> {
    let stage = Stage::open("").await?;
    let file = stage.file("there");
    let late = format!("later:{}", file.display());
    let late = stage.brought("1", json!({"media_kind": "image", "media_id": late})).await?;
    let refused = stage.brought("2", json!({"media_kind": "image", "media_id": "gone"})).await?;
    let unknown = stage.brought("3", json!({"media_kind": "file", "media_id": "empty"})).await?;
    let failed = stage.medium(&refused, "failed").await?;
    assert_eq!(failed["reason"]["code"], "platform.not_found");
    let tried = end_to_end::eventually("the first try", || async {
        let medium = stage.message(&late).await?["media"].clone();
        Ok((medium["reason"]["code"] == "platform.unavailable").then_some(medium))
    });
    assert_eq!(tried.await?["state"], "pending");
    assert_eq!(stage.messages().await?.len(), 3);
    assert_eq!(
        stage.message(&unknown).await?["media"]["state"],
        "pending",
        "an empty one is asked for again"
    );
    std::fs::write(file, "")?;
    assert_eq!(stage.fetch_again(&late).await?, 202);
    stage.medium(&late, "ready").await?;
    assert_eq!(stage.fetch_again(&refused).await?, 202);
    stage.medium(&refused, "failed").await?;
    stage.close().await
}

#[tokio::test]
async fn a_kill_between_commit_and_fetch_loses_no_picture() -> Result<()> {
    let mut stage = Stage::open("").await?;
    let file = stage.file("there");
    let late = format!("later:{}", file.display());
    let message = stage.brought("1", json!({"media_kind": "image", "media_id": late})).await?;
    stage.host.kill().await?;
    std::fs::write(file, "")?;
    stage.host.restart().await?;
    assert_eq!(stage.medium(&message, "ready").await?["bytes"], 29);
    stage.close().await
}
