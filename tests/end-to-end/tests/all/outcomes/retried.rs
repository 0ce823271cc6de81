//! It certainly was not sent, and may be tried again.

use anyhow::Result;
use end_to_end::eventually;
use serde_json::json;

use crate::support::{Shop, statuses};

#[tokio::test]
async fn a_busy_platform_is_tried_again_and_the_message_is_sent_once_and_in_order() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    shop.next_send(json!({"kind": "code", "code": 40_100, "message": "simulated"})).await?;
    let retried = shop.send(&conversation, "first").await?;
    let behind = shop.send(&conversation, "second").await?;
    shop.reaches(&behind, "delivered").await?;
    let sent = shop.message(&retried).await?;
    assert_eq!(statuses(&sent), ["queued", "sending", "queued", "sending", "sent", "delivered"]);
    assert_eq!((shop.accepted("first").await?, shop.accepted("second").await?), (1, 1));
    let left = &shop.conversation(&conversation).await?["window"]["left"];
    assert_eq!(left, 8, "a message takes one place, however often it is tried");
    shop.close().await
}

#[tokio::test]
async fn a_platform_that_cannot_be_reached_is_tried_again_while_the_window_lasts() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let Shop { simulator, host } = shop;
    simulator.stop().await?;
    let sent = host.api().send_text(&conversation, "anybody there?").await?.success()?;
    let path = format!("/v1/messages/{}", sent["id"].as_str().unwrap_or_default());
    let tried_twice = || async {
        let message = host.api().get(&path).await?.success()?;
        let tries = statuses(&message).iter().filter(|status| **status == "sending").count();
        Ok((tries >= 2 && message["status"] == "queued").then_some(message))
    };
    let waiting = eventually("the second try", tried_twice).await?;
    assert_eq!(waiting["reason"]["code"], "platform.unavailable");
    assert_eq!(waiting["history"][2]["reason"]["code"], "platform.unavailable");
    host.stop().await
}
