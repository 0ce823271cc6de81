//! Repetitions, and a host that is killed.

use anyhow::Result;
use futures_util::{FutureExt, StreamExt, stream};
use reqwest::StatusCode;

use crate::delivery::Stage;

#[tokio::test]
async fn the_same_webhook_three_times_at_once_is_one_message() -> Result<()> {
    let stage = Stage::set(|options| options).await?;
    let body = stage.text("msg+001/==", "once");
    let (a, b, c) = tokio::join!(stage.deliver(&body), stage.deliver(&body), stage.deliver(&body));
    assert_eq!([a?, b?, c?], [StatusCode::OK; 3]);
    assert_eq!(stage.inbox().await?, ["once"]);
    stage.host.stop().await?;
    stage.simulator.stop().await
}

#[tokio::test]
async fn t42_a_kill_between_two_deliveries_loses_nothing_that_was_answered() -> Result<()> {
    let mut stage = Stage::set(|options| options).await?;
    let first = stage.text("msg+001==", "before the kill");
    assert_eq!(stage.deliver(&first).await?, StatusCode::OK);
    stage.host = stage.host.crash_and_restart().await?;
    assert_eq!(stage.inbox().await?, ["before the kill"]);
    let second = stage.text("msg+002==", "after the kill");
    assert_eq!(stage.deliver(&second).await?, StatusCode::OK);
    assert_eq!(stage.deliver(&first).await?, StatusCode::OK, "a repetition is no error");
    assert_eq!(stage.inbox().await?, ["after the kill", "before the kill"]);
    stage.host.stop().await?;
    stage.simulator.stop().await
}

/// The kill comes when half of the deliveries have been answered.
#[tokio::test]
async fn a_kill_amid_deliveries_loses_nothing_that_was_answered() -> Result<()> {
    let mut stage = Stage::set(|options| options).await?;
    let texts: Vec<_> = (0..150).map(|n| format!("text {n:03}")).collect();
    let bodies: Vec<_> = texts.iter().map(|text| stage.text(&format!("msg+{text}=="), text)).collect();
    let mut answered = Vec::new();
    {
        let deliveries = stream::iter(texts.iter().zip(&bodies));
        let mut deliveries =
            deliveries.map(|(text, body)| stage.deliver(body).map(move |s| (text, s))).buffered(16);
        while let Some((text, status)) = deliveries.next().await {
            assert_eq!(status?, StatusCode::OK);
            answered.push(text);
            if answered.len() == texts.len() / 2 {
                break;
            }
        }
        // The others that are under way are killed with the host.
    }
    stage.host = stage.host.crash_and_restart().await?;
    let inbox = stage.inbox().await?;
    let lost: Vec<_> = answered.iter().filter(|text| !inbox.contains(text)).collect();
    assert!(lost.is_empty(), "answered 200 and lost: {lost:?}");
    for body in &bodies {
        assert_eq!(stage.deliver(body).await?, StatusCode::OK);
    }
    assert_eq!(stage.inbox().await?, texts);
    stage.host.stop().await?;
    stage.simulator.stop().await
}
