//! Delivers very much over a few connections.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};

use crate::connection::Connection;

/// Delivers the requests, each connection its share in their order and as fast as it is answered; some come twice. How
/// long it took.
pub(crate) fn deliver(
    address: &str,
    requests: &[Vec<u8>],
    connections: usize,
    again_every: usize,
) -> Result<Duration> {
    let begun = Instant::now();
    let deliver_from = |first: usize| -> Result<()> {
        stand_back()?;
        let mut connection = Connection::open(address)?;
        for (number, request) in requests.iter().enumerate().skip(first).step_by(connections) {
            for _ in 0..=usize::from(number % again_every == 0) {
                let status = connection.post(request)?;
                ensure!(status == 200, "request {number} was answered {status}");
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let deliver_from = &deliver_from;
        let threads: Vec<_> =
            (0..connections).map(|first| scope.spawn(move || deliver_from(first))).collect();
        threads.into_iter().try_for_each(|one| one.join().unwrap_or_else(|_| bail!("a delivery panicked")))
    })?;
    Ok(begun.elapsed())
}

/// Whoever delivers is another machine: these threads run where the host leaves the processors free, so that what the others wait
/// for is the host.
fn stand_back() -> Result<()> {
    rustix::process::setpriority_process(Some(rustix::thread::gettid()), 19)?;
    Ok(())
}
