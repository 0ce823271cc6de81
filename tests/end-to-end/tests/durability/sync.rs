//! The order of system calls: the write-ahead log is synced before the answer leaves.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use end_to_end::eventually;
use reqwest::StatusCode;

use crate::delivery::Stage;

#[tokio::test]
async fn the_log_is_synced_before_the_answer() -> Result<()> {
    ensure!(Path::new("/usr/bin/strace").exists(), "this test needs strace: apt-get install strace");
    let folder = tempfile::tempdir()?;
    let trace = folder.path().join("trace");
    let calls = "trace=fsync,fdatasync,pwrite64,write,writev,sendto,sendmsg";
    let trace_arg = trace.to_str().context("a path of UTF-8")?;
    // -D: strace stands beside the host instead of above it, so that signals reach the host.
    let strace = ["strace", "-D", "-f", "-y", "-s", "64", "-e", calls, "-o", trace_arg];
    let stage = Stage::set(|options| options.traced_by(&strace)).await?;
    let marker = "a text to look for in the trace";
    let before = std::fs::read_to_string(&trace)?.lines().count();
    assert_eq!(stage.deliver(&stage.text("msg+001==", marker)).await?, StatusCode::OK);
    stage.host.stop().await?;
    stage.simulator.stop().await?;

    let ended = async || Ok(std::fs::read_to_string(&trace).ok().filter(|text| text.contains("+++ exited")));
    let text = eventually("the end of the trace", ended).await?;
    let calls: Vec<_> = text.lines().skip(before).collect();
    let answered =
        calls.iter().position(|call| call.contains("HTTP/1.1 200 OK")).context("no answer in the trace")?;
    let to_log = |call: &&str| call.contains("jackfield.db-wal");
    let is_sync = |call: &&str| to_log(call) && call.contains("sync(");
    let is_write = |call: &&str| to_log(call) && call.contains("pwrite64(");
    let synced = calls[..answered].iter().rposition(is_sync).context("no sync before the answer")?;
    let written = calls[..answered].iter().rposition(is_write).context("no write before the answer")?;
    ensure!(
        written < synced,
        "the last write to the log came after its sync:\n{}",
        calls[..=answered].join("\n")
    );
    let finished =
        calls[synced].contains("= 0") || calls[synced..answered].iter().any(|c| c.contains("sync resumed"));
    ensure!(finished, "the sync had not returned when the answer left");
    Ok(())
}
