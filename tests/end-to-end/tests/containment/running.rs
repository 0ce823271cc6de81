//! A connector that misbehaves in a call: the call fails and says so, the host and the other channels go on, and so
//! does the channel itself.
//!
//! In the host's process `abort`, `exit`, a segmentation fault, a stack overflow and memory without end cannot be
//! contained, and are not tested there: they end the process whatever the host does.

use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;

use crate::support::{Channels, Limits};

/// Contained wherever the connector runs.
const FAULTS: &[&str] = &[
    "panic",
    "panic-payload",
    "garbage",
    "nothing",
    "wrong-types",
    "huge",
    "unknown-error",
    "garbage-error",
    "cancelled",
];
/// Contained in a process of its own.
const FATAL: &[&str] = &["abort", "exit", "segfault", "stack-overflow", "memory"];
/// No faults.
const HARMLESS: &[&str] = &["thread-panic", "attachment"];

/// Opens a channel for each misbehaviour, and tries them all at once.
async fn each(
    isolation: &'static str,
    misbehaviours: &[&[&'static str]],
    check: impl AsyncFn(&Channels, &str) -> Result<()>,
) -> Result<()> {
    let names = misbehaviours.concat();
    let channels = Channels::open(isolation, Limits::SHORT, &names).await?;
    let pid = channels.host.id();
    let (channels_, check_) = (&channels, &check);
    try_join_all(names.iter().map(|how| async move {
        let told = || format!("{how} in {isolation}");
        ensure!(channels_.state(how).await? == "running", "{} does not run", told());
        check_(channels_, how).await.with_context(told)?;
        channels_.others_answer(pid).await.with_context(told)
    }))
    .await?;
    for how in &names {
        ensure!(channels.state(how).await? == "running", "{how} in {isolation} does not run any more");
    }
    channels.host.stop().await
}

/// A webhook request that goes wrong is delivered again by its platform.
async fn fails_to_receive(channels: &Channels, how: &str) -> Result<()> {
    channels.receives_again(how, "ana").await?;
    let status = channels.say(how, "ana", how).await?;
    ensure!(status == 503, "the webhook was answered {status}");
    channels.receives_again(how, "ana").await
}

/// A send that goes wrong is uncertain, and says why; it holds up its own conversation and no other.
async fn fails_to_send(channels: &Channels, how: &str) -> Result<()> {
    let (held, free) = (channels.conversation(how, "ana").await?, channels.conversation(how, "bob").await?);
    let lost = channels.send(&held, how).await?;
    channels.reaches(&lost, "uncertain").await?;
    let lost = channels.message(&lost).await?;
    let reason = match how {
        "panic" | "panic-payload" | "raw-panic" => "connector.panicked",
        "garbage" | "nothing" | "wrong-types" | "garbage-error" => "connector.answer_unreadable",
        "huge" => "connector.answer_too_large",
        "unknown-error" => "connector.fault",
        "hang-async" | "panic-in-drop" => "connector.late",
        "cancelled" => "outcome.unknown",
        _ => "connector.crashed",
    };
    let last = lost["history"].as_array().and_then(|history| history.last()).context("no history")?;
    ensure!(last["status"] == "uncertain", "{lost}");
    ensure!(lost["reason"]["code"] == reason && last["reason"] == lost["reason"], "not {reason}: {lost}");
    let behind = channels.send(&held, "behind").await?;
    let good = channels.send(&free, "hello out there").await?;
    channels.reaches(&good, "sent").await?;
    ensure!(channels.status(&behind).await? == "queued", "{how}: the line goes on");
    Ok(())
}

async fn does_no_harm(channels: &Channels, how: &str) -> Result<()> {
    let conversation = channels.conversation(how, "ana").await?;
    let status = channels.say(how, "ana", how).await?;
    ensure!(status == 200, "the webhook was answered {status}");
    let sent = channels.send(&conversation, how).await?;
    channels.reaches(&sent, "sent").await
}

#[tokio::test]
async fn a_fault_in_receive_fails_that_request_only() -> Result<()> {
    each("in_process", &[FAULTS, &["hang"]], fails_to_receive).await?;
    each("process", &[FAULTS, FATAL, &["hang"]], fails_to_receive).await
}

#[tokio::test]
async fn a_fault_in_send_leaves_that_message_uncertain_only() -> Result<()> {
    const FUTURES: &[&str] = &["hang-async", "panic-in-drop", "raw-panic"];
    each("in_process", &[FAULTS, FUTURES], fails_to_send).await?;
    each("process", &[FAULTS, FUTURES, FATAL], fails_to_send).await
}

#[tokio::test]
async fn odd_things_that_are_no_faults_cost_nothing() -> Result<()> {
    each("in_process", &[HARMLESS], does_no_harm).await?;
    each("process", &[HARMLESS], does_no_harm).await
}

#[tokio::test]
async fn a_fault_at_the_start_costs_only_that_instance() -> Result<()> {
    for (isolation, how) in [("in_process", "panic"), ("process", "panic"), ("process", "abort")] {
        let options = Channels::options(isolation, Limits::SHORT, &[])?;
        let settings = format!("account = \"x\"\nstart = {how:?}");
        let options = options
            .configure(&format!(
                "[instances.bad]\nconnector = \"hostile\"\n[instances.bad.settings]\n{settings}\n"
            ))
            .connector(crate::support::HOSTILE)?;
        let channels = Channels { host: options.start().await? };
        assert_eq!(channels.state("bad").await?, "failed", "{how} in {isolation}");
        assert_eq!(channels.say("bad", "ana", "hello out there").await?, 503, "{how} in {isolation}");
        channels.others_answer(channels.host.id()).await?;
        channels.host.stop().await?;
    }
    Ok(())
}
