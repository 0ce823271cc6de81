//! Very much arrives for one conversation: it is all kept, once and in order, and nobody else waits for it.

mod connection;
mod deliver;
mod neighbours;
mod shop;

use std::time::Duration;

use anyhow::{Result, ensure};
use end_to_end::artifact;

use crate::{deliver::deliver, neighbours::Neighbours, shop::Shop};

/// Events of one burst; more with `JACKFIELD_TEST_FULL`. `cargo xtask test --full` measures an optimised host, too.
const EVENTS: usize = 3_000;
const FULL_EVENTS: usize = 20_000;
/// Many channels bring one event with a request, some bring very many.
const IN_A_LARGE_REQUEST: usize = 1_000;
/// Every so many requests one comes twice.
const AGAIN_EVERY: usize = 50;
/// How long the neighbours are watched without any burst, before each.
const ALONE: Duration = Duration::from_secs(4);
/// Bursts of each sort, each on a conversation of its own. A disk stalls now and then, burst or not, so what counts is the middle
/// one of their 99th percentiles.
const ROUNDS: usize = 1;
const FULL_ROUNDS: usize = 5;
/// By so much may a burst lengthen the 99th percentile of the others.
const MOST: u32 = 2;
/// The same where the host is not optimised: then the processor is what everybody waits for, and the writer is little of it.
const MOST_UNOPTIMISED: u32 = 8;

fn is_full() -> bool {
    std::env::var_os("JACKFIELD_TEST_FULL").is_some()
}

/// The 99th percentiles of what the others waited for, the shortest first.
type Waits = Vec<Duration>;

fn middle(waits: &mut [Duration]) -> Duration {
    waits.sort();
    waits.get(waits.len() / 2).copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_on_one_conversation_is_kept_in_order_and_delays_nobody_else() -> Result<()> {
    let (events, rounds) = if is_full() { (FULL_EVENTS, FULL_ROUNDS) } else { (EVENTS, ROUNDS) };
    let is_optimised = artifact("jackfield")?.parent().is_some_and(|folder| folder.ends_with("release"));
    let most = if is_optimised { MOST } else { MOST_UNOPTIMISED };
    let shop = Shop::open().await?;
    let neighbours = Neighbours::new(&shop);
    // The first requests find everything cold.
    neighbours.alone(Duration::from_secs(1))?;
    let (mut alone, mut beside) = (Waits::new(), [Waits::new(), Waits::new()]);
    for round in 0..rounds {
        let quiet = neighbours.alone(ALONE)?;
        println!("alone  {quiet}");
        alone.push(quiet.percentile(99));
        let busy = busy(round);
        let small: Vec<_> = (0..events).map(|number| shop.says(&busy, number)).collect();
        let large =
            (0..events / IN_A_LARGE_REQUEST).map(|number| shop.brings(&busy, number, IN_A_LARGE_REQUEST));
        let large: Vec<_> = large.collect();
        for (waits, (what, requests, connections)) in
            beside.iter_mut().zip([("small", small, 32), ("large", large, 4)])
        {
            let (others, took) =
                neighbours.beside(|| deliver(shop.address(), &requests, connections, AGAIN_EVERY))?;
            println!("beside {others}: {events} events in {what} requests in {took:?}");
            waits.push(others.percentile(99));
        }
    }
    let alone = middle(&mut alone);
    for (what, waits) in ["small", "large"].into_iter().zip(&mut beside) {
        let beside = middle(waits);
        println!("{what} requests: the others' p99 is {beside:?}; alone it is {alone:?}");
        ensure!(beside <= alone * most, "{what}: the others' p99 is {beside:?}; alone it is {alone:?}");
    }
    shop.has_kept(rounds, events, neighbours.said()).await?;
    shop.close().await
}

/// Who writes so much in that round.
fn busy(round: usize) -> String {
    format!("busy {round}")
}
