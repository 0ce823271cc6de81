//! No process outlives its host, or its worker.

use anyhow::{Context, Result, ensure};
use end_to_end::eventually;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Channels, HOSTILE, Limits, Shim, is_running, named, say, unique_name, workers_of};

/// How a library leaves a process behind: in the worker's process group, and outside of it.
const WAYS: [&str; 2] = ["leave-a-child", "leave-a-daemon"];

/// A host whose hostile channel has left a child behind in its worker, under that name.
async fn open(how: &str, name: &str) -> Result<Channels> {
    let options = Channels::options("process", Limits::SHORT, &["hostile"])?;
    let shim = Shim::new(how).process_name(name).around(HOSTILE);
    shim.build(&options.connectors().join(HOSTILE)).await?;
    let channels = Channels { host: options.start().await? };
    channels.receives_again("hostile", "ana").await?;
    ensure!(named(name).len() == 1, "not one child: {:?}", named(name));
    Ok(channels)
}

fn pid(channels: &Channels) -> Result<u32> {
    channels.host.id().context("the host died")
}

async fn none_is_left(name: &str, workers: &[u32]) -> Result<()> {
    let left = || (named(name), workers.iter().filter(|worker| is_running(**worker)).collect::<Vec<_>>());
    let gone = || async { Ok((left() == (Vec::new(), Vec::new())).then_some(())) };
    let ended = eventually("the end of every worker and its child", gone).await;
    ended.with_context(|| format!("children and workers that are left: {:?}", left()))
}

#[tokio::test]
async fn nothing_is_left_when_the_host_stops() -> Result<()> {
    for how in WAYS {
        let name = unique_name();
        let channels = open(how, &name).await?;
        let workers = workers_of(pid(&channels)?);
        assert_eq!(workers.len(), 2);
        channels.host.stop().await?;
        none_is_left(&name, &workers).await?;
    }
    Ok(())
}

#[tokio::test]
async fn nothing_is_left_when_the_host_is_killed() -> Result<()> {
    for how in WAYS {
        let name = unique_name();
        let channels = open(how, &name).await?;
        let workers = workers_of(pid(&channels)?);
        assert_eq!(workers.len(), 2);
        let host = Pid::from_raw(i32::try_from(pid(&channels)?)?).context("no process id")?;
        kill_process(host, Signal::KILL)?;
        none_is_left(&name, &workers).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_worker_whose_child_outlives_it_is_missed_at_once_and_replaced() -> Result<()> {
    let name = unique_name();
    let channels = open("leave-a-child", &name).await?;
    let (host, child) = (channels.host.id(), named(&name));
    assert_eq!(channels.say("hostile", "ana", "abort").await?, 503);
    channels.receives_again("hostile", "ana").await?;
    channels.others_answer(host).await?;
    let replaced = || async { Ok((named(&name).len() == 1 && named(&name) != child).then_some(())) };
    eventually("one child, of the new worker", replaced).await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_program_that_took_a_workers_place_ends_with_the_host() -> Result<()> {
    let channels = Channels::open("process", Limits::LONG, &["hostile"]).await?;
    channels.receives_again("hostile", "ana").await?;
    let workers = workers_of(pid(&channels)?);
    let api = channels.api().clone();
    let webhook = tokio::spawn(async move { say(&api, "hostile", "ana", "exec").await });
    let another_program = || async {
        Ok((workers_of(pid(&channels)?).iter().filter(|worker| workers.contains(worker)).count() == 1)
            .then_some(()))
    };
    eventually("another program in a worker's place", another_program).await?;
    let host = Pid::from_raw(i32::try_from(pid(&channels)?)?).context("no process id")?;
    kill_process(host, Signal::KILL)?;
    webhook.abort();
    none_is_left("no such name", &workers).await
}
