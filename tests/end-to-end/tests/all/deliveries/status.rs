//! Counts that must agree, over a kill.

use anyhow::{Context, Result};
use end_to_end::{HostProcess, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use super::kill::{open, said};

/// The counts of the only instance once so many arrivals were counted at the door.
async fn received(host: &HostProcess, count: i64) -> Result<Value> {
    let look = async || {
        let status = host.api().get("/v1/status").await?.success()?;
        Ok(Some(status["intake"][0].clone()).filter(|intake| intake["received"] == count))
    };
    eventually(&format!("{count} arrivals"), look).await
}

#[tokio::test]
async fn what_is_received_kept_and_processed_agrees_over_a_kill() -> Result<()> {
    let host = open().await?;
    for id in ["1", "2", "2", "3"] {
        said(&host, id).await?;
    }
    // It is no authentic request: nothing was taken.
    let forged = host.api().request(Method::POST, "/webhooks/echo").body("?").send().await?;
    assert_eq!(forged.status(), 400);
    let expected = json!({"instance": "echo", "received": 4, "failed": 0, "kept": 4, "processed": 3,
        "duplicates": 1, "unrouted": 0, "disagreement": 0});
    assert_eq!(received(&host, 4).await?, expected);
    let host = host.crash_and_restart().await?;
    said(&host, "4").await?;
    let after = received(&host, 5).await?;
    assert_eq!(
        (&after["kept"], &after["processed"], &after["disagreement"]),
        (&json!(5), &json!(4), &json!(0))
    );
    let told = async || {
        let metrics = host.api().get("/metrics").await?.body;
        let metrics = metrics.as_str().context("no text")?;
        let lines = [
            "jackfield_arrivals{instance=\"echo\",outcome=\"kept\"} 5",
            "jackfield_arrivals_disagreement{instance=\"echo\"} 0",
            "jackfield_unprocessed_oldest_seconds{what=\"undelivered\"} 0",
        ];
        Ok(lines.iter().all(|line| metrics.contains(line)).then_some(()))
    };
    eventually("the counts in the metrics", told).await?;
    host.stop().await
}

#[tokio::test]
async fn what_waits_is_shown_with_its_age() -> Result<()> {
    let host = open().await?;
    let nobody = json!({"count": 0, "oldest_at": null, "oldest_seconds": 0});
    let status = host.api().get("/v1/status").await?.success()?;
    let unprocessed = json!({"unrouted": nobody, "undelivered": nobody, "queued": nobody, "sending": nobody,
        "uncertain": nobody});
    assert_eq!(status["unprocessed"], unprocessed);
    let dead = json!({"url": "https://nobody.invalid/"});
    host.api().post("/v1/webhook-endpoints", &dead).await?.success()?;
    said(&host, "1").await?;
    let look = async || {
        let status = host.api().get("/v1/status").await?.success()?;
        // The account was connected, and its first message is there.
        Ok((status["unprocessed"]["undelivered"]["count"] == 2).then_some(status))
    };
    let status = eventually("two deliveries that wait", look).await?;
    assert!(status["unprocessed"]["undelivered"]["oldest_at"].is_string());
    host.stop().await
}
