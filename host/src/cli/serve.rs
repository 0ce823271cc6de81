//! `jackfield serve`.

use std::{io::IsTerminal, process::ExitCode};

use clap::{Args, ValueEnum};
use jackfield::Host;
use tokio::signal::unix::{SignalKind, signal};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::{ConfigFile, log_lines::Lines, runtime, say};

/// Which records are written unless JACKFIELD_LOG says otherwise.
const DEFAULT_FILTER: &str = "info";

/// Records that may wait to be written; what does not fit is not written.
const WAITING_RECORDS: usize = 16 * 1024;

const EXAMPLES: &str = "Examples:
  jackfield serve
  jackfield serve --config /etc/jackfield/jackfield.toml --log-format json
  JACKFIELD__SERVER__LISTEN=127.0.0.1:9000 JACKFIELD_LOG=info,jackfield=debug jackfield serve

It says where it listens on standard output, and logs to standard error. An instance or a file that cannot start does not stop it:
`jackfield doctor` and `GET /v1/instances` say why. The smallest configuration:

  [encryption]
  key = { file = \"jackfield.key\" }     # openssl rand -base64 32 > jackfield.key

  [instances.shop]
  connector = \"echo\"                   # the id of a file in connectors/
  settings = { account = \"my-shop\" }";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    config: ConfigFile,
    /// How log records are written to standard error. JACKFIELD_LOG filters them: `info,echo_connector=debug`.
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

impl Options {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        // What is not written yet is written when it goes.
        let _log = self.start_log()?;
        let config = self.config.load()?;
        let runtime = runtime()?;
        let in_time = runtime.block_on(serve(config))?;
        // A connector may hang in a thread that nothing can end; the process does not wait for it.
        runtime.shutdown_background();
        Ok(if in_time { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn start_log(&self) -> anyhow::Result<WorkerGuard> {
        let filter = EnvFilter::builder()
            .with_default_directive(DEFAULT_FILTER.parse()?)
            .with_env_var("JACKFIELD_LOG")
            .from_env()?;
        let registry = tracing_subscriber::registry().with(filter);
        let coloured = std::io::stderr().is_terminal();
        let text = fmt::layer().with_ansi(coloured);
        // Whoever reads the log may be slow, and the disk it lies on busy: no webhook and no send waits for it.
        let log = NonBlockingBuilder::default().buffered_lines_limit(WAITING_RECORDS).lossy(true);
        let (log, guard) = log.finish(std::io::stderr());
        match self.log_format {
            LogFormat::Text => registry.with(text.with_writer(Lines { to: log, coloured })).try_init()?,
            LogFormat::Json => registry.with(text.with_writer(log).json()).try_init()?,
        }
        Ok(guard)
    }
}

async fn serve(config: jackfield::Config) -> anyhow::Result<bool> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let host = tokio::select! {
        host = Host::start(config) => host?,
        _ = terminated.recv() => return Ok(true),
        _ = interrupted.recv() => return Ok(true),
    };
    say(format_args!("Jackfield listens on http://{}", host.address()))?;
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    // Whoever asks twice does not want to wait.
    tokio::select! {
        in_time = host.stop() => Ok(in_time),
        _ = interrupted.recv() => Ok(false),
        _ = terminated.recv() => Ok(false),
    }
}
