//! A channel without webhooks: the host asks.

use anyhow::{Context, Result};
use end_to_end::{Api, HostOptions, eventually};
use serde_json::Value;

const POSTCARD: &str = "libpostcard_connector.so";
const INSTANCE: &str = r#"
[instances.post]
connector = "postcard"
[instances.post.settings]
return_address = "1 Harbour Road"
letters_from = ["Ana"]
"#;

/// The texts of the one conversation, oldest first, once there are so many.
async fn texts(api: &Api, count: usize) -> Result<(String, Vec<String>)> {
    let look = || async {
        let Some(conversation) = api.items("/v1/conversations").await?.pop() else { return Ok(None) };
        let id = conversation["id"].as_str().context("no id")?.to_owned();
        let messages = api.items(&format!("/v1/conversations/{id}/messages")).await?;
        let text = |message: &Value| message["content"]["text"].as_str().unwrap_or_default().to_owned();
        let texts: Vec<_> = messages.iter().rev().map(text).collect();
        Ok((texts.len() >= count).then_some((id, texts)))
    };
    eventually(&format!("{count} messages"), look).await
}

#[tokio::test]
async fn what_a_poll_brings_is_kept_once_and_can_be_answered() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let options =
            HostOptions::new()?.quiet().configure(INSTANCE).isolation(isolation).connector(POSTCARD)?;
        let host = options.start().await?;
        let (conversation, first) = texts(host.api(), 1).await?;
        assert_eq!(first, ["Good day!"]);
        host.api().send_text(&conversation, "Good day to you").await?.success()?;
        let expected = ["Good day!", "Good day to you", "Thank you for “Good day to you”."];
        assert_eq!(texts(host.api(), 3).await?.1, expected);

        // The channel's cursor and what it brought are one: nothing comes twice after a crash.
        let host = host.crash_and_restart().await?;
        let thanked = host.api().send_text(&conversation, "again").await;
        thanked?.success()?;
        let (_, all) = texts(host.api(), 4).await?;
        assert_eq!(all[..3], expected);
        assert_eq!(all.iter().filter(|text| *text == "Good day!").count(), 1);
        host.stop().await?;
    }
    Ok(())
}
