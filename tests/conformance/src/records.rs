//! What the connector logs, kept to be looked at.

use std::{
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context};

/// The target of records that a connector writes; the loader's own have others.
const OF_THE_HOST: &str = "connector_loader";
/// More are counted and not kept: a flood must not fill this process.
const MOST_KEPT: usize = 20_000;

/// The records of all connectors of this thread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records(Arc<Mutex<Vec<String>>>);

impl Records {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// Those from the number `from` on.
    pub(crate) fn since(&self, from: usize) -> Vec<String> {
        self.lock().get(from..).unwrap_or_default().to_vec()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Subscriber> Layer<S> for Records {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with(OF_THE_HOST) {
            return;
        }
        let mut line = Line(String::new());
        event.record(&mut line);
        let mut records = self.lock();
        if records.len() < MOST_KEPT {
            records.push(line.0);
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _infallible = write!(self.0, "{}={value:?} ", field.name());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _infallible = write!(self.0, "{}={value} ", field.name());
    }
}
