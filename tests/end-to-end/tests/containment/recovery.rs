//! What only a new instance mends is mended by a new instance.

use anyhow::{Result, ensure};
use end_to_end::eventually;
use futures_util::future::try_join_all;

use crate::support::{Channels, Limits};

const STARTS: &str = "jackfield_instance_starts_total";
/// Half of the places for verifications.
const HANGS: usize = 8;

async fn has_started(channels: &Channels, times: u32) -> Result<()> {
    let look = || async { Ok((channels.metric(STARTS, "hostile").await? == times).then_some(())) };
    eventually(&format!("start {times} of the instance"), look).await
}

#[tokio::test]
async fn an_instance_that_panicked_is_replaced_by_a_new_one() -> Result<()> {
    let channels = Channels::open("in_process", Limits::LONG, &["hostile"]).await?;
    has_started(&channels, 1).await?;
    for (times, panics) in (2..).zip(["panic", "panic-payload"]) {
        assert_eq!(channels.say("hostile", "ana", panics).await?, 503);
        has_started(&channels, times).await?;
        channels.receives_again("hostile", "ana").await?;
    }
    assert_eq!(channels.state("hostile").await?, "running");
    channels.host.stop().await
}

/// A blocking hang takes the library's runtime with it, in which no other instance could live.
#[tokio::test]
async fn a_connector_that_hangs_in_a_send_is_loaded_afresh() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels = Channels::open(isolation, Limits::SHORT, &["hostile"]).await?;
        let pid = channels.host.id();
        let free = channels.conversation("hostile", "free").await?;
        for customer in ["ana", "bob"] {
            let conversation = channels.conversation("hostile", customer).await?;
            let lost = channels.send(&conversation, "hang").await?;
            channels.reaches(&lost, "uncertain").await?;
            // Until it is noticed, others hang as well.
            let look = || async {
                let sent = channels.send(&free, "hello").await?;
                let settled = || async {
                    let status = channels.status(&sent).await?;
                    Ok((status == "sent" || status == "uncertain").then_some(status))
                };
                let status = eventually("an outcome", settled).await?;
                if status == "uncertain" {
                    let path = format!("/v1/messages/{sent}/decision");
                    let decision = serde_json::json!({"decision": "was_sent"});
                    channels.api().post(&path, &decision).await?.success()?;
                }
                Ok((status == "sent").then_some(()))
            };
            eventually("a send by the new instance", look).await?;
        }
        channels.others_answer(pid).await?;
        channels.host.stop().await?;
    }
    Ok(())
}

/// A slow platform is no hang: the instance is left as it is.
#[tokio::test]
async fn a_connector_that_only_waits_for_its_platform_is_not_replaced() -> Result<()> {
    let channels = Channels::open("in_process", Limits::SHORT, &["hostile"]).await?;
    let free = channels.conversation("hostile", "free").await?;
    for customer in ["ana", "bob", "cid", "dan"] {
        let conversation = channels.conversation("hostile", customer).await?;
        let slow = channels.send(&conversation, "hang-async").await?;
        channels.reaches(&slow, "uncertain").await?;
    }
    let sent = channels.send(&free, "hello").await?;
    channels.reaches(&sent, "sent").await?;
    assert_eq!(channels.metric(STARTS, "hostile").await?, 1);
    assert!(!channels.host.log()?.contains("ping"));
    channels.host.stop().await
}

#[tokio::test]
async fn verifications_that_hang_one_after_the_other_do_not_use_up_an_instance() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels = Channels::open(isolation, Limits::SHORT, &["hostile"]).await?;
        let pid = channels.host.id();
        // More than there are places.
        for _ in 0..3 {
            channels.receives_again("hostile", "ana").await?;
            let hanging = (0..HANGS).map(|_| channels.say("hostile", "ana", "hang"));
            let answers = try_join_all(hanging).await?;
            ensure!(answers.iter().all(|status| *status == 503), "{isolation}: {answers:?}");
        }
        channels.receives_again("hostile", "ana").await?;
        channels.others_answer(pid).await?;
        channels.host.stop().await?;
    }
    Ok(())
}
