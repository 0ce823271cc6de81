//! The order of first attempts.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

/// How long an event that is to change places waits for one to change with, in real time.
const SWAP_PATIENCE: Duration = Duration::from_secs(2);

/// Hands out turns so that events of one lane are first posted one after the other.
///
/// Retries take no turn: an event that fails does not hold up the ones behind it.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Mutex<HashMap<String, Lane>>);

#[derive(Debug, Default)]
struct Lane {
    last: Option<oneshot::Receiver<()>>,
    /// Events that go once the next one has gone.
    swapped: Vec<oneshot::Sender<()>>,
}

/// A place in a lane. Dropping it lets the next event go.
#[derive(Debug)]
pub(crate) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    patience: Option<Duration>,
    _passed: Vec<oneshot::Sender<()>>,
}

impl Lanes {
    /// The next place in this lane.
    pub(crate) fn join(&self, name: &str) -> Turn {
        let (passed, next) = oneshot::channel();
        let mut lanes = self.lanes();
        let lane = lanes.entry(name.to_owned()).or_default();
        let before = lane.last.replace(next);
        let mut passes = std::mem::take(&mut lane.swapped);
        passes.push(passed);
        Turn { before, patience: None, _passed: passes }
    }

    /// The place behind the one that joins next.
    pub(crate) fn join_swapped(&self, name: &str) -> Turn {
        let (passed, next) = oneshot::channel();
        self.lanes().entry(name.to_owned()).or_default().swapped.push(passed);
        Turn { before: Some(next), patience: Some(SWAP_PATIENCE), _passed: Vec::new() }
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<String, Lane>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Returns once every event before this one was tried.
    pub(crate) async fn come(&mut self) {
        let Some(before) = self.before.take() else {
            return;
        };
        match self.patience {
            None => drop(before.await),
            Some(patience) => drop(tokio::time::timeout(patience, before).await),
        }
    }
}
