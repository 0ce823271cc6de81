//! Typing, and that somebody has read.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use super::stage::{Stage, at, said};
use crate::support::ask;

#[tokio::test]
async fn typing_is_shown_and_reading_is_told_where_the_document_lets_it() -> Result<()> {
    let stage = Stage::open_with(|platform| platform.answers("signal", &json!({})), "").await?;
    let conversation = stage.asked_by("ana").await?;
    let post = |what: &str| {
        ask(stage.api().request(Method::POST, &format!("/v1/conversations/{conversation}/{what}")))
    };
    assert_eq!(post("typing").await?.status, 204);
    assert_eq!(post("read").await?.status, 200);
    let asked = stage.asked("signal", 2).await?;
    let signals: Vec<_> = asked.iter().map(|request| request["signal"].clone()).collect();
    assert_eq!(signals, ["typing", "mark_read"]);
    assert_eq!(asked[0]["conversation"], "with ana");
    stage.close().await
}

#[tokio::test]
async fn a_closed_window_shows_no_typing() -> Result<()> {
    let stage = Stage::open_with(|platform| platform.answers("signal", &json!({})), "").await?;
    stage.arrive(&[said("ana", "old", at(-3 * 86_400))]).await?;
    let conversation = stage.asked_by("ben").await?;
    let old = stage.api().items("/v1/conversations").await?;
    let old =
        old.iter().find(|c| c["id"] != conversation.as_str()).map(|c| c["id"].clone()).unwrap_or_default();
    let path = format!("/v1/conversations/{}/typing", old.as_str().unwrap_or_default());
    let refused = ask(stage.api().request(Method::POST, &path)).await?;
    assert_eq!((refused.status, &refused.body["code"]), (422, &json!("window.closed")), "{}", refused.body);
    assert!(stage.platform.asked("signal").is_empty());
    stage.close().await
}
