//! What libraries in this process write to the log.

use std::{
    fmt,
    sync::{Mutex, Once, PoisonError},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

static RECORDS: Mutex<Vec<Record>> = Mutex::new(Vec::new());

/// One record of a connector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) level: String,
    pub(crate) target: String,
    pub(crate) message: String,
    pub(crate) fields: String,
    pub(crate) span: String,
}

/// The records so far; the first call begins to collect them.
pub(crate) fn records() -> Vec<Record> {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let collect = tracing_subscriber::registry().with(Collect);
        // Nothing else in this process sets one; if it does, the tests that look for records fail.
        tracing::subscriber::set_global_default(collect).ok();
    });
    RECORDS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

struct Collect;

impl<S: Subscriber> Layer<S> for Collect {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let (level, target): (&Level, &str) = (event.metadata().level(), event.metadata().target());
        let mut record = Record { level: level.to_string(), target: target.to_owned(), ..Record::default() };
        event.record(&mut record);
        RECORDS.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => value.clone_into(&mut self.message),
            "fields" => value.clone_into(&mut self.fields),
            "span" => value.clone_into(&mut self.span),
            _ => {}
        }
    }
}
