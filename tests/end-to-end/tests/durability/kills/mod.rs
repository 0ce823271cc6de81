//! `kill -9` at random points, under webhooks and sends that never pause.

mod chance;
mod listener;
mod stage;
mod traffic;
mod verdict;

use std::time::Duration;

use anyhow::{Context, Result};

use self::{chance::Chance, stage::Stage};

/// Rounds on one database. More databases where there are to be more rounds, so that looking through all of it at the
/// end of each stays quick.
const ROUNDS: u64 = 20;
const FULL_DATABASES: u64 = 50;
/// So many events at most are heard before a kill: from right after the start to amid full traffic.
const MOST_EVENTS: u64 = 120;
/// Every so many rounds the host is killed while it starts, too, within this time.
const STARTS_EVERY: u64 = 3;
const START_MS: u64 = 900;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_at_random_points_lose_repeat_and_disorder_nothing() -> Result<()> {
    let seed = Chance::seed()?;
    let databases = if std::env::var_os("JACKFIELD_TEST_FULL").is_some() { FULL_DATABASES } else { 1 };
    for database in 0..databases {
        let seed = seed.wrapping_add(database);
        println!("JACKFIELD_TEST_SEED={seed}");
        rounds(seed).await.with_context(|| format!("with JACKFIELD_TEST_SEED={seed}"))?;
    }
    Ok(())
}

async fn rounds(seed: u64) -> Result<()> {
    let mut chance = Chance::new(seed);
    let mut stage = Stage::set().await?;
    for round in 0..ROUNDS {
        let events = 1 + chance.below(MOST_EVENTS);
        let traffic = stage.traffic(round);
        stage.listener.heard(events).await.with_context(|| format!("{events} events in round {round}"))?;
        stage.host.kill().await?;
        let cut_off = traffic.end().await?;
        if round % STARTS_EVERY == 0 {
            let within = Duration::from_millis(chance.below(START_MS));
            stage.host.kill_while_it_starts(within).await?;
        }
        stage.host.restart().await?;
        stage.go_on(cut_off).await?;
    }
    stage.settle().await?;
    verdict::judge(&stage).await?;
    stage.end().await
}
