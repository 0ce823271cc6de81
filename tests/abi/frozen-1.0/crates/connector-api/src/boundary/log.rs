//! `tracing` events of the connector go to the host's log.

use std::fmt::{self, Write};

use connector_abi::{
    HostApi_Ref, LogRecord,
    abi_stable::std_types::{RSlice, RStr, Tuple2},
    level,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
    subscriber::Interest,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

/// Makes the host's log the library's. The first instance of a library does it for all.
pub(super) fn forward_to(host: HostApi_Ref) {
    let forward = tracing_subscriber::registry().with(Forward(host));
    // Fails only where an earlier instance has done it already.
    let _already_set = tracing::subscriber::set_global_default(forward);
}

struct Forward(HostApi_Ref);

/// A span's part of the path, kept beside the span.
struct SpanText(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Forward {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Otherwise the first answer would hold for ever, while the host's filter may change.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.is_span() || self.0.log_enabled()(level_of(metadata.level()), metadata.target().into())
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let mut text = attributes.metadata().name().to_owned();
        if !fields.others.is_empty() {
            let pairs: Vec<_> = fields.others.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let _infallible = write!(text, "{{{}}}", pairs.join(" "));
        }
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanText(text));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let pairs: Vec<_> = fields
            .others
            .iter()
            .map(|(name, value)| Tuple2(RStr::from(*name), RStr::from(value.as_str())))
            .collect();
        let path = span_path(event, &context);
        let record = LogRecord {
            level: level_of(metadata.level()),
            line: metadata.line().unwrap_or_default(),
            target: metadata.target().into(),
            file: metadata.file().unwrap_or_default().into(),
            message: fields.message.as_str().into(),
            fields: RSlice::from_slice(&pairs),
            span_path: path.as_str().into(),
        };
        self.0.log()(&record);
    }
}

fn span_path<S: Subscriber + for<'a> LookupSpan<'a>>(event: &Event<'_>, context: &Context<'_, S>) -> String {
    let Some(scope) = context.event_scope(event) else {
        return String::new();
    };
    let mut path = String::new();
    for span in scope.from_root() {
        if !path.is_empty() {
            path.push(':');
        }
        match span.extensions().get::<SpanText>() {
            Some(SpanText(text)) => path.push_str(text),
            None => path.push_str(span.name()),
        }
    }
    path
}

fn level_of(level: &Level) -> u8 {
    match *level {
        Level::ERROR => level::ERROR,
        Level::WARN => level::WARN,
        Level::INFO => level::INFO,
        Level::DEBUG => level::DEBUG,
        Level::TRACE => level::TRACE,
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<(&'static str, String)>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

impl Fields {
    fn put(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = value,
            name => self.others.push((name, value)),
        }
    }
}
