//! A connector that fails again and again is left alone for a while.

use anyhow::Result;
use end_to_end::eventually;

use crate::support::{Channels, Limits};

/// Faults that open the circuit.
const FAULTS: usize = 5;
const CIRCUIT: &str = "jackfield_instance_circuit_open";

#[tokio::test]
async fn repeated_faults_open_the_circuit_which_closes_when_it_works_again() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels = Channels::open(isolation, Limits::SHORT, &["hostile"]).await?;
        let pid = channels.host.id();
        let conversation = channels.conversation("hostile", "ana").await?;
        for fault in 1..=FAULTS {
            assert_eq!(channels.state("hostile").await?, "running", "{fault} in {isolation}");
            assert_eq!(channels.say("hostile", "ana", "garbage").await?, 503, "{isolation}");
        }
        assert_eq!(channels.state("hostile").await?, "circuit_open", "{isolation}");
        assert_eq!(channels.metric(CIRCUIT, "hostile").await?, 1, "{isolation}");
        assert!(channels.host.log()?.contains("circuit opened"), "{isolation}");
        assert_eq!(
            channels.say("hostile", "ana", "hello out there").await?,
            503,
            "it was called: {isolation}"
        );
        let waits = channels.send(&conversation, "hello out there").await?;
        assert_eq!(channels.status(&waits).await?, "queued", "{isolation}");
        channels.others_answer(pid).await?;
        assert_eq!(channels.state("echo").await?, "running", "{isolation}");

        channels.receives_again("hostile", "ana").await?;
        channels.reaches(&waits, "sent").await?;
        let closed = || async { Ok((channels.state("hostile").await? == "running").then_some(())) };
        eventually("the circuit closes", closed).await?;
        assert_eq!(channels.metric(CIRCUIT, "hostile").await?, 0, "{isolation}");
        assert!(channels.host.log()?.contains("circuit closed"), "{isolation}");
        channels.host.stop().await?;
    }
    Ok(())
}

/// A slow platform says nothing of the connector, neither good nor bad.
#[tokio::test]
async fn a_call_past_its_deadline_does_not_close_the_circuit() -> Result<()> {
    let channels = Channels::open("process", Limits::SHORT, &["hostile"]).await?;
    let conversation = channels.conversation("hostile", "ana").await?;
    let slow = channels.send(&conversation, "hang-async").await?;
    channels.reaches(&slow, "sending").await?;
    for _ in 0..FAULTS {
        assert_eq!(channels.say("hostile", "ana", "garbage").await?, 503);
    }
    channels.reaches(&slow, "uncertain").await?;
    assert_eq!(channels.metric(CIRCUIT, "hostile").await?, 1);
    assert!(!channels.host.log()?.contains("circuit closed"));
    channels.host.stop().await
}
