//! A host that is killed between the commit of an event and its delivery.

use anyhow::{Context, Result};
use end_to_end::{Api, HostOptions, HostProcess};
use reqwest::Method;
use serde_json::{Value, json};

use super::receiver::{Receiver, SILENCE};

const ECHO: &str = "
[webhooks]
allow_private = true
[instances.echo]
connector = \"echo\"
[instances.echo.settings]
account = \"my-shop\"
";

pub(super) async fn open() -> Result<HostProcess> {
    HostOptions::new()?.quiet().configure(ECHO).connector("libecho_connector.so")?.start().await
}

/// A customer writes; answered after it is on disk.
pub(super) async fn said(host: &HostProcess, id: &str) -> Result<()> {
    let body = json!({"from": "ana", "id": id, "text": format!("text {id}")});
    host.api().request(Method::POST, "/webhooks/echo").json(&body).send().await?.error_for_status()?;
    Ok(())
}

#[tokio::test]
async fn a_kill_between_commit_and_delivery_loses_no_event() -> Result<()> {
    // What is told before the kill is never answered.
    let receiver = Receiver::listen(&[SILENCE; 2]).await?;
    let host = open().await?;
    let wanted = json!({"url": receiver.url, "kinds": ["message.created"]});
    let added = host.api().post("/v1/webhook-endpoints", &wanted).await?.success()?;
    for id in ["1", "2"] {
        said(&host, id).await?;
    }
    let before = receiver.told_times(2).await?;
    let host = host.crash_and_restart().await?;
    said(&host, "3").await?;
    let told = receiver.told_times(5).await?;
    let secret = added["secret"].as_str().context("no secret")?;
    let mut texts = Vec::new();
    for told in &told[2..] {
        assert_eq!(told.header("webhook-signature"), told.signature(secret)?);
        let message = told.json()?["data"]["current"]["message"]["content"]["text"].clone();
        texts.push(message.as_str().context("no text")?.to_owned());
    }
    texts.sort();
    assert_eq!(texts, ["text 1", "text 2", "text 3"]);
    for lost in &before {
        let again = told[2..].iter().find(|told| told.id() == lost.id()).context("another id")?;
        assert_eq!(again.json()?["data"]["message"], lost.json()?["data"]["message"]);
    }
    host.stop().await
}

/// The texts of new messages that a listener hears after that event, so many of them; and the last one's id.
async fn heard(api: &Api, after: &str, count: usize) -> Result<(Vec<Value>, String)> {
    let mut events = api.request(Method::GET, "/v1/events").header("last-event-id", after).send().await?;
    let mut text = String::new();
    loop {
        let whole: Vec<_> = text.split_inclusive("\n\n").filter(|event| event.ends_with("\n\n")).collect();
        let line = |event: &str, name: &str| {
            event.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
        };
        let created = whole.iter().filter(|event| event.contains("event: message.created"));
        let messages: Vec<Value> = created
            .filter_map(|event| serde_json::from_str::<Value>(&line(event, "data:")?).ok())
            .map(|event| event["message"].clone())
            .collect();
        if messages.len() >= count {
            let last = whole.last().and_then(|event| line(event, "id:"));
            return Ok((messages, last.context("no id")?));
        }
        text.push_str(&String::from_utf8_lossy(&events.chunk().await?.context("the events end")?));
    }
}

#[tokio::test]
async fn a_listener_that_comes_back_after_a_restart_misses_nothing() -> Result<()> {
    let host = open().await?;
    said(&host, "1").await?;
    let (first, id) = heard(host.api(), "0", 1).await?;
    said(&host, "2").await?;
    let host = host.crash_and_restart().await?;
    said(&host, "3").await?;
    let (missed, _) = heard(host.api(), &id, 2).await?;
    let (all, _) = heard(host.api(), "0", 3).await?;
    assert_eq!(all, [first, missed].concat());
    host.stop().await
}
