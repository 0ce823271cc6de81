//! The order of first attempts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

/// Hands out turns so that events of one lane are first posted one after the other.
///
/// Retries take no turn: an event that fails does not hold up the ones behind it.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Mutex<HashMap<String, oneshot::Receiver<()>>>);

/// A place in a lane. Dropping it lets the next event go.
#[derive(Debug)]
pub(crate) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _passed: oneshot::Sender<()>,
}

impl Lanes {
    /// The next place in this lane.
    pub(crate) fn join(&self, lane: &str) -> Turn {
        let (passed, next) = oneshot::channel();
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = lanes.insert(lane.to_owned(), next);
        Turn { before, _passed: passed }
    }
}

impl Turn {
    /// Returns once every event before this one was tried.
    pub(crate) async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            before.await.ok();
        }
    }
}
