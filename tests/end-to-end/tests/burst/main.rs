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
/// How long the neighbours are watched without any burst.
const ALONE: Duration = Duration::from_secs(4);
const FULL_ALONE: Duration = Duration::from_secs(10);
/// By so much may a burst lengthen the 99th percentile of the others.
const MOST: u32 = 2;
/// The same where the host is not optimised: then the processor is what everybody waits for, and the writer is little of it.
const MOST_UNOPTIMISED: u32 = 8;
/// What is shorter counts as this: with both cores busy, half of which is this program, a thread that wakes up waits for one
/// or two slices of the scheduler (3 ms each) before it runs, whatever the host does.
const FLOOR: Duration = Duration::from_millis(6);

fn is_full() -> bool {
    std::env::var_os("JACKFIELD_TEST_FULL").is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_on_one_conversation_is_kept_in_order_and_delays_nobody_else() -> Result<()> {
    let (events, alone) = if is_full() { (FULL_EVENTS, FULL_ALONE) } else { (EVENTS, ALONE) };
    let is_optimised = artifact("jackfield")?.parent().is_some_and(|folder| folder.ends_with("release"));
    let most = if is_optimised { MOST } else { MOST_UNOPTIMISED };
    let shop = Shop::open().await?;
    let neighbours = Neighbours::new(&shop);
    // The first requests find everything cold.
    neighbours.alone(Duration::from_secs(1))?;
    let alone = neighbours.alone(alone)?;
    let small: Vec<_> = (0..events).map(|number| shop.says("busy", number)).collect();
    let large: Vec<_> = (0..events / IN_A_LARGE_REQUEST)
        .map(|number| shop.brings("busy", number, IN_A_LARGE_REQUEST))
        .collect();
    for (what, requests, connections) in [("small", small, 32), ("large", large, 4)] {
        let (beside, took) =
            neighbours.beside(|| deliver(shop.address(), &requests, connections, AGAIN_EVERY))?;
        let a_second = events as f64 / took.as_secs_f64();
        println!(
            "{events} events in {what} requests in {took:?}, {a_second:.0} a second\nalone  {alone}\nbeside {beside}"
        );
        let bound = alone.percentile(99).max(FLOOR) * most;
        ensure!(beside.percentile(99) <= bound, "{what}: the others' p99 is {beside}; alone it was {alone}");
    }
    let said = neighbours.said();
    shop.has_kept(events, said).await?;
    shop.close().await
}
