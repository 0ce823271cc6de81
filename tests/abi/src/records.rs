//! What connectors write to the host's log.

use std::{fmt, sync::OnceLock, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{sync::watch, time::timeout};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
};

/// How long a record may take to arrive; far longer than it ever should.
const PATIENCE: Duration = Duration::from_secs(30);

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Module path that wrote it.
    pub target: String,
    /// The text.
    pub message: String,
    /// Further fields, as `name=value`.
    pub fields: String,
    /// Enclosing spans.
    pub span: String,
}

/// Begins to collect what is written to this process's log. Only the first call does anything.
///
/// # Errors
/// Where something else collects already.
pub fn collect() -> Result<()> {
    static BEGUN: OnceLock<bool> = OnceLock::new();
    let begin = || {
        let collect = tracing_subscriber::registry().with(Collect);
        tracing::subscriber::set_global_default(collect).is_ok()
    };
    BEGUN.get_or_init(begin).then_some(()).context("this process has another log")
}

/// The first record that matches, past or future.
///
/// # Errors
/// Where none comes.
pub async fn record(what: &str, matches: impl Fn(&Record) -> bool) -> Result<Record> {
    let mut arrived = collected().subscribe();
    let mut found = None;
    let look = arrived.wait_for(|records| {
        found = records.iter().find(|record| matches(record)).cloned();
        found.is_some()
    });
    timeout(PATIENCE, look).await.ok().transpose()?;
    found.with_context(|| format!("no record: {what}"))
}

fn collected() -> &'static watch::Sender<Vec<Record>> {
    static RECORDS: OnceLock<watch::Sender<Vec<Record>>> = OnceLock::new();
    RECORDS.get_or_init(|| watch::Sender::new(Vec::new()))
}

struct Collect;

impl<S: Subscriber> Layer<S> for Collect {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut record = Record { target: event.metadata().target().to_owned(), ..Record::default() };
        event.record(&mut record);
        collected().send_modify(|records| records.push(record));
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
