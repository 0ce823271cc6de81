//! Very much waits to be sent: the rate is kept and used, and nobody waits longer than they must.

mod app;
mod seed;
mod watch;

use std::time::Duration;

use anyhow::Result;
use end_to_end::http_client;

use crate::{app::App, seed::Seed, watch::watch};

/// How long sends are watched; longer with `JACKFIELD_TEST_FULL`.
fn watched() -> Duration {
    let full = std::env::var_os("JACKFIELD_TEST_FULL").is_some();
    Duration::from_secs(if full { 60 } else { 20 })
}

/// Each rate with a host and a platform of its own, one after the other; every answer of the faster one takes as long as in
/// reality, so that several sends are in flight.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_thousand_waiting_replies_leave_at_the_allowed_rate_and_in_fair_order() -> Result<()> {
    drop(http_client());
    let slow = App::start(10, Duration::ZERO).await?;
    let fast = App::start(50, Duration::from_millis(300)).await?;
    let seed = Seed::plant(&slow, &fast).await?;
    let fast = watch(fast, &seed, watched()).await;
    let slow = watch(slow, &seed, watched()).await;
    // Both are told before either fails.
    println!("{slow:#?}\n{fast:#?}");
    slow?.judge()?;
    fast?.judge()
}
