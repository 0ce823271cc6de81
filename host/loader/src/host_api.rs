//! What the host lends to connectors: its log.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{LazyLock, Mutex, OnceLock, PoisonError},
};

use connector_abi::{
    HostApi, HostApi_Ref, LogRecord,
    abi_stable::{prefix_type::PrefixTypeTrait, std_types::RStr},
    level,
};
use tracing::{
    Event, Level, Metadata, Value,
    callsite::{Callsite, Identifier},
    dispatcher,
    field::FieldSet,
    level_filters::LevelFilter,
    metadata::Kind,
    subscriber::Interest,
};

use crate::{
    log_limit::LogLimit,
    log_line::{LogLine, PLACE_BYTES},
    text::{cut, printable},
};

/// Places in connectors' code that are told apart; later ones share one for each level.
const MAX_PLACES: usize = 4096;
const FIELDS: &[&str] = &["message", "fields", "span"];

/// The table of functions handed to every connector.
pub(crate) fn functions() -> HostApi_Ref {
    static FUNCTIONS: OnceLock<HostApi_Ref> = OnceLock::new();
    *FUNCTIONS.get_or_init(|| HostApi { log_enabled, log }.leak_into_prefix())
}

extern "C" fn log_enabled(level: u8, target: RStr<'_>) -> bool {
    // A panic of a subscriber must not unwind into the connector.
    catch_unwind(AssertUnwindSafe(|| {
        let is_enabled = || {
            let metadata = metadata_of(&Place { level, target: &target, file: "", line: 0 });
            dispatcher::get_default(|dispatch| dispatch.enabled(metadata))
        };
        is_fine_enough(level) && is_enabled()
    }))
    .unwrap_or(false)
}

extern "C" fn log(record: &LogRecord<'_>) {
    static LIMIT: LazyLock<LogLimit> = LazyLock::new(LogLimit::default);
    // As above; a record that cannot be written is lost.
    let _written = catch_unwind(AssertUnwindSafe(|| {
        if is_fine_enough(record.level) {
            LIMIT.pass_on(
                &record.span_path,
                || LogLine::of(record),
                |line| {
                    let is_its_own = line.level == record.level;
                    let (file, number) = if is_its_own { (&*record.file, record.line) } else { ("", 0) };
                    write(&line, file, number);
                },
            );
        }
    }));
}

/// Asked first, because each place that is asked about is remembered for ever.
fn is_fine_enough(level: u8) -> bool {
    level_of(level) <= LevelFilter::current()
}

/// Writes a record of a connector's worker to the host's log.
pub(crate) fn write_of_worker(line: &LogLine) {
    if is_fine_enough(line.level) {
        write(line, "", 0);
    }
}

fn write(line: &LogLine, file: &str, number: u32) {
    let LogLine { level, target, message, fields: pairs, span } = line.fit();
    let metadata = metadata_of(&Place { level, target: &target, file, line: number });
    let fields = metadata.fields();
    let mut names = fields.iter();
    let (Some(a), Some(b), Some(c)) = (names.next(), names.next(), names.next()) else {
        return;
    };
    let values = [
        (&a, Some(&message as &dyn Value)),
        (&b, Some(&pairs as &dyn Value).filter(|_| !pairs.is_empty())),
        (&c, Some(&span as &dyn Value).filter(|_| !span.is_empty())),
    ];
    dispatcher::get_default(|dispatch| {
        if dispatch.enabled(metadata) {
            dispatch.event(&Event::new(metadata, &fields.value_set(&values)));
        }
    });
}

/// Where in a connector's code a record comes from.
struct Place<'a> {
    level: u8,
    target: &'a str,
    file: &'a str,
    line: u32,
}

/// The callsite that all records of connectors share; their metadata tell the places apart.
struct Connectors;

impl Callsite for Connectors {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        static METADATA: OnceLock<Metadata<'static>> = OnceLock::new();
        METADATA.get_or_init(|| metadata(Level::TRACE, "connector", None, None))
    }
}

fn metadata(
    level: Level,
    target: &'static str,
    file: Option<&'static str>,
    line: Option<u32>,
) -> Metadata<'static> {
    static CONNECTORS: Connectors = Connectors;
    let fields = FieldSet::new(FIELDS, Identifier(&CONNECTORS));
    Metadata::new("connector", target, level, file, line, None, fields, Kind::EVENT)
}

type Key = (u8, String, String, u32);

static KNOWN: Mutex<Option<HashMap<Key, &'static Metadata<'static>>>> = Mutex::new(None);

/// The metadata of a place in a connector's code. `tracing` wants them to live for ever, so their number is bounded.
fn metadata_of(place: &Place<'_>) -> &'static Metadata<'static> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_default();
    let text = |text: &str| printable(&cut(text, PLACE_BYTES));
    let mut key: Key = (place.level.min(level::TRACE), text(place.target), text(place.file), place.line);
    if known.len() >= MAX_PLACES && !known.contains_key(&key) {
        key = (key.0, "connector".to_owned(), String::new(), 0);
    }
    known.entry(key).or_insert_with_key(leak_metadata)
}

fn leak_metadata((level, target, file, line): &Key) -> &'static Metadata<'static> {
    let target: &'static str = Box::leak(target.clone().into_boxed_str());
    let file: &'static str = Box::leak(file.clone().into_boxed_str());
    let (file, line) = (Some(file).filter(|f| !f.is_empty()), Some(*line).filter(|l| *l > 0));
    Box::leak(Box::new(metadata(level_of(*level), target, file, line)))
}

fn level_of(level: u8) -> Level {
    match level {
        level::ERROR => Level::ERROR,
        level::WARN => Level::WARN,
        level::INFO => Level::INFO,
        level::DEBUG => Level::DEBUG,
        _ => Level::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_whose_records_nobody_wants_is_not_remembered() {
        // Nobody writes a log in this process.
        assert!(!log_enabled(level::TRACE, "a-target-of-its-own".into()));
        let line = LogLine { level: level::TRACE, ..LogLine::default() };
        write_of_worker(&line);
        assert!(KNOWN.lock().unwrap().is_none());
    }
}
