//! One channel's trouble delays no other.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use end_to_end::eventually;

use crate::support::{Channels, Limits, is_running, workers_of};

const HANGING: usize = 20;
const SAMPLES: usize = 100;
/// Generous: a webhook of the echo channel takes some milliseconds, most of them for the disk.
const P99: Duration = Duration::from_millis(250);

/// The time that 99 of 100 webhooks of the echo channel stay below.
async fn p99(channels: &Channels) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..SAMPLES {
        let begun = Instant::now();
        ensure!(channels.say("echo", "bob", "hello out there").await? == 200, "echo does not answer");
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[SAMPLES * 99 / 100 - 1])
}

#[tokio::test]
async fn hanging_webhooks_of_one_channel_do_not_delay_another() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels = Channels::open(isolation, Limits::LONG, &["hostile"]).await?;
        let alone = p99(&channels).await?;
        let hanging: Vec<_> = (0..HANGING)
            .map(|_| {
                let api = channels.api().clone();
                tokio::spawn(async move { crate::support::say(&api, "hostile", "ana", "hang").await })
            })
            .collect();
        let beside = p99(&channels).await?;
        ensure!(hanging.iter().all(|request| !request.is_finished()), "they did not hang: {isolation}");
        println!("{isolation}: {alone:?} alone, {beside:?} beside {HANGING} hanging requests");
        assert!(beside < P99 || beside < alone * 3, "{isolation}: {beside:?}, alone {alone:?}");
        hanging.iter().for_each(tokio::task::JoinHandle::abort);
    }
    Ok(())
}

#[tokio::test]
async fn the_death_of_a_worker_fails_only_its_own_calls() -> Result<()> {
    let channels = Channels::open("process", Limits::LONG, &["dying", "living"]).await?;
    let pid = channels.host.id();
    let workers = workers_of(pid.unwrap_or_default());
    ensure!(workers.len() == 3, "not a worker for each instance: {workers:?}");
    let at_living = channels.conversation("living", "ana").await?;
    let at_dying = channels.conversation("dying", "ana").await?;
    let (runs_on, is_lost) =
        (channels.send(&at_living, "hang-async").await?, channels.send(&at_dying, "hang-async").await?);
    for message in [&runs_on, &is_lost] {
        channels.reaches(message, "sending").await?;
    }

    assert_eq!(channels.say("dying", "ana", "abort").await?, 503);
    channels.reaches(&is_lost, "uncertain").await?;
    assert_eq!(channels.status(&runs_on).await?, "sending");
    assert_eq!(channels.say("living", "ana", "hello out there").await?, 200);
    channels.others_answer(pid).await?;
    channels.receives_again("dying", "ana").await?;
    assert_eq!(channels.status(&runs_on).await?, "sending");
    let alive = || workers.iter().filter(|worker| is_running(**worker)).count();
    eventually("one death", || async { Ok((alive() == 2).then_some(())) }).await?;
    assert_eq!(workers_of(pid.unwrap_or_default()).len(), 3);
    Ok(())
}
