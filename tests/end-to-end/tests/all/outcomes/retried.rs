//! It certainly was not sent, and may be tried again.

use anyhow::Result;
use serde_json::json;

use crate::support::{Shop, statuses};

#[tokio::test]
async fn a_busy_platform_is_tried_again_and_the_message_is_sent_once_and_in_order() -> Result<()> {
    let shop = Shop::open().await?;
    for code in [40_100, 40_016, 60_001] {
        let conversation = shop.asked_by(&format!("customer {code}")).await?;
        shop.next_send(json!({"kind": "code", "code": code, "message": "simulated"})).await?;
        let (first, second) = (format!("first {code}"), format!("second {code}"));
        let retried = shop.send(&conversation, &first).await?;
        let behind = shop.send(&conversation, &second).await?;
        shop.reaches(&behind, "delivered").await?;
        let sent = shop.message(&retried).await?;
        let expected = ["queued", "sending", "queued", "sending", "sent", "delivered"];
        assert_eq!(statuses(&sent), expected, "{code}");
        assert_eq!((shop.accepted(&first).await?, shop.accepted(&second).await?), (1, 1), "{code}");
        let left = &shop.conversation(&conversation).await?["window"]["left"];
        assert_eq!(left, 8, "{code}: a message takes one place, however often it is tried");
    }
    shop.close().await
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_message_is_sent() -> Result<()> {
    let shop = Shop::open().await?;
    for (renewals, code) in [(1, 40_102), (2, 40_105)] {
        let conversation = shop.asked_by(&format!("customer {code}")).await?;
        shop.next_send(json!({"kind": "code", "code": code, "message": "simulated"})).await?;
        let text = format!("renewed after {code}");
        let message = shop.send(&conversation, &text).await?;
        let sent = shop.reaches(&message, "delivered").await?;
        assert_eq!(statuses(&sent), ["queued", "sending", "sent", "delivered"], "{code}");
        assert_eq!(shop.accepted(&text).await?, 1, "{code}");
        assert_eq!(shop.renewals()?, renewals, "{code}");
    }
    shop.close().await
}
