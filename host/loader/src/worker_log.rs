//! What a worker lends to the connector: a log whose records go to the host.

use std::sync::{LazyLock, OnceLock};

use connector_abi::{
    HostApi, HostApi_Ref, LogRecord,
    abi_stable::{prefix_type::PrefixTypeTrait, std_types::RStr},
};
use tokio::sync::mpsc;

use crate::{
    log_limit::LogLimit,
    log_line::LogLine,
    worker::wire::{Frame, Header},
};

/// Set by the host: the finest level that it would write.
pub(crate) const LOG_LEVEL: &str = "JACKFIELD_WORKER_LOG_LEVEL";

static OUTGOING: OnceLock<mpsc::Sender<Frame>> = OnceLock::new();
static LIMIT: LazyLock<LogLimit> = LazyLock::new(LogLimit::default);
static FINEST: OnceLock<u8> = OnceLock::new();

/// Records go there from now on. Called once.
pub(crate) fn forward_to(outgoing: mpsc::Sender<Frame>) {
    let _already_set = OUTGOING.set(outgoing);
}

/// The table of functions handed to the connector.
pub(crate) fn functions() -> HostApi_Ref {
    HostApi { log_enabled, log }.leak_into_prefix()
}

extern "C" fn log_enabled(level: u8, _: RStr<'_>) -> bool {
    let finest = || std::env::var(LOG_LEVEL).ok().and_then(|level| level.parse().ok());
    level <= *FINEST.get_or_init(|| finest().unwrap_or(connector_abi::level::INFO))
}

extern "C" fn log(record: &LogRecord<'_>) {
    let Some(outgoing) = OUTGOING.get().filter(|_| log_enabled(record.level, record.target)) else {
        return;
    };
    LIMIT.pass_on(
        &record.span_path,
        || LogLine::of(record),
        |line| {
            // Answers have their place in the same line, so nobody waits here.
            let _cut = outgoing.try_send(Frame::bare(Header::Log(line)));
        },
    );
}
