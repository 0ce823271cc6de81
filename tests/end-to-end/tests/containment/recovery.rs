//! What only a new instance mends is mended by a new instance.

use anyhow::{Context, Result, ensure};
use end_to_end::eventually;
use futures_util::future::try_join_all;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Channels, Limits, workers_of};

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
                let sent = channels.send(&free, "hello out there").await?;
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
    let sent = channels.send(&free, "hello out there").await?;
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

/// What hangs together is replaced together, before the others have lost anything.
#[tokio::test]
async fn one_hang_costs_one_copy_however_many_instances_share_the_library() -> Result<()> {
    const OTHERS: [&str; 11] = ["b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let names = [&["hostile"], OTHERS.as_slice()].concat();
    let channels = Channels::open("in_process", Limits::SHORT, &names).await?;
    let mut conversations = Vec::new();
    for name in OTHERS {
        conversations.push(channels.conversation(name, "ana").await?);
    }
    for customer in ["ana", "bob"] {
        let conversation = channels.conversation("hostile", customer).await?;
        let lost = channels.send(&conversation, "hang").await?;
        channels.reaches(&lost, "uncertain").await?;
        for conversation in &conversations {
            let sent = channels.send(conversation, "hello out there").await?;
            channels.reaches(&sent, "sent").await?;
        }
    }
    channels.host.stop().await
}

#[tokio::test]
async fn an_instance_that_hangs_too_often_has_failed_and_says_so_once() -> Result<()> {
    const COPIES: usize = 9;
    let limits = Limits { receive: 300, call: 400 };
    let channels = Channels::open("in_process", limits, &["hostile"]).await?;
    let pid = channels.host.id();
    let free = channels.conversation("hostile", "free").await?;
    for hang in 0..COPIES {
        let conversation = channels.conversation("hostile", &hang.to_string()).await?;
        let lost = channels.send(&conversation, "hang").await?;
        channels.reaches(&lost, "uncertain").await?;
    }
    let failed = || async { Ok((channels.state("hostile").await? == "failed").then_some(())) };
    eventually("the instance is given up", failed).await?;
    let log = channels.host.log()?;
    assert_eq!(log.matches("Instance cannot be made anew").count(), 1);
    assert_eq!(channels.say("hostile", "ana", "hello out there").await?, 503);
    channels.others_answer(pid).await?;
    let refused = channels.api().send_text(&free, "hello out there").await?;
    assert_eq!(refused.status, 503, "{refused:?}");
    channels.host.stop().await
}

#[tokio::test]
async fn a_worker_that_was_stopped_is_replaced_after_one_late_verification() -> Result<()> {
    let channels = Channels::open("process", Limits::SHORT, &["hostile"]).await?;
    let host = channels.host.id().context("the host died")?;
    channels.receives_again("hostile", "ana").await?;
    for worker in workers_of(host) {
        let worker = Pid::from_raw(i32::try_from(worker)?).context("no process id")?;
        kill_process(worker, Signal::STOP)?;
    }
    channels.receives_again("hostile", "ana").await?;
    channels.receives_again("echo", "ana").await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_start_that_failed_for_a_passing_reason_is_tried_again() -> Result<()> {
    let place = tempfile::TempDir::new()?;
    let file = place.path().join("back");
    let start = format!("away-until:{}", file.display());
    for isolation in ["in_process", "process"] {
        let bad = format!(
            "[instances.bad]\nconnector = \"hostile\"\n[instances.bad.settings]\naccount = \"x\"\nstart = {start:?}\n"
        );
        let options = Channels::options(isolation, Limits::SHORT, &[])?.configure(&bad);
        let channels = Channels { host: options.connector(crate::support::HOSTILE)?.start().await? };
        assert_eq!(channels.state("bad").await?, "failed", "{isolation}");
        std::fs::write(&file, "")?;
        let running = || async { Ok((channels.state("bad").await? == "running").then_some(())) };
        eventually("the second try", running).await?;
        channels.receives_again("bad", "ana").await?;
        std::fs::remove_file(&file)?;
        channels.host.stop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_instance_whose_start_hangs_holds_up_neither_the_others_nor_the_folder() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let bad = "[instances.bad]\nconnector = \"hostile\"\n[instances.bad.settings]\naccount = \"x\"\nstart = \"hang\"\n";
        let options = Channels::options(isolation, Limits::LONG, &["hostile"])?.configure(bad);
        let channels = Channels { host: options.connector(crate::support::HOSTILE)?.start().await? };
        channels.others_answer(channels.host.id()).await?;
        channels.receives_again("hostile", "ana").await?;
        std::fs::write(channels.host.folder().join("connectors/new.so"), "not a library")?;
        let noticed =
            || async { Ok((channels.api().items("/v1/connectors").await?.len() == 3).then_some(())) };
        eventually("the new file", noticed).await?;
        channels.host.stop().await?;
    }
    Ok(())
}
