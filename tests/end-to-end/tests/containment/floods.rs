//! Too much of something that is allowed in small amounts.

use anyhow::Result;
use end_to_end::eventually;

use crate::support::{Channels, Limits};

/// What the hostile connector logs in one call.
const RECORDS: usize = 100_000;
const STARTS: &str = "jackfield_instance_starts_total";
/// Message and fields with every character escaped.
const LONGEST_LINE: usize = 64 << 10;

#[tokio::test]
async fn a_flood_of_log_records_is_survived() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels = Channels::open(isolation, Limits::LONG, &["hostile"]).await?;
        let pid = channels.host.id();
        let (flood, other) =
            tokio::join!(channels.say("hostile", "ana", "logs"), channels.others_answer(pid));
        other?;
        assert_eq!(flood?, 200, "{isolation}");
        let conversation = channels.conversation("hostile", "ana").await?;
        let sent = channels.send(&conversation, "logs").await?;
        channels.reaches(&sent, "sent").await?;
        channels.others_answer(pid).await?;
        let lines = channels.host.log()?.lines().filter(|line| line.contains("flood")).count();
        assert!((1..RECORDS / 10).contains(&lines), "{lines} lines in {isolation}");
        channels.host.stop().await?;
    }
    Ok(())
}

/// Only of a worker, whose output goes nowhere but into the evidence. In the host's process a connector prints to the
/// host's own output, and waits where nobody reads that.
#[tokio::test]
async fn a_worker_that_prints_without_end_disturbs_nobody() -> Result<()> {
    let channels = Channels::open("process", Limits::LONG, &["hostile"]).await?;
    let pid = channels.host.id();
    assert_eq!(channels.say("hostile", "ana", "stdout").await?, 200);
    let conversation = channels.conversation("hostile", "ana").await?;
    let sent = channels.send(&conversation, "stdout").await?;
    channels.reaches(&sent, "sent").await?;
    channels.others_answer(pid).await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_record_without_end_is_cut_and_costs_nobody_anything() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels = Channels::open(isolation, Limits::LONG, &["hostile"]).await?;
        let starts = channels.metric(STARTS, "hostile").await?;
        assert_eq!(channels.say("hostile", "ana", "long-log").await?, 200, "{isolation}");
        channels.receives_again("hostile", "ana").await?;
        assert_eq!(channels.metric(STARTS, "hostile").await?, starts, "{isolation}");
        let log = channels.host.log()?;
        let longest = log.lines().map(str::len).max().unwrap_or_default();
        assert!((8 << 10..LONGEST_LINE).contains(&longest), "{longest} in {isolation}");
        assert!(!log.contains("process died"), "{isolation}");
        channels.host.stop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn neither_a_connector_nor_a_files_name_forges_a_record() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels = Channels::open(isolation, Limits::LONG, &["hostile"]).await?;
        assert_eq!(channels.say("hostile", "ana", "forged-log").await?, 200, "{isolation}");
        std::fs::write(channels.host.folder().join("connectors/x\nFORGED.so"), "")?;
        let written = || async {
            let log = channels.host.log()?;
            Ok((log.contains("FORGED \\u") && log.contains("FORGED.so")).then_some(()))
        };
        eventually("both records", written).await?;
        let log = channels.host.log()?;
        assert!(!log.lines().any(|line| line.starts_with("FORGED")), "{isolation}: {log}");
        assert!(!log.contains(['\u{1b}', '\r']), "{isolation}: {log}");
        channels.host.stop().await?;
    }
    Ok(())
}
