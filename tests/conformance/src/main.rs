//! `connector-conformance`: the conformance kit as a command.

use std::{collections::BTreeMap, io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result, bail};
use clap::Parser;
use connector_conformance::{CHECKS, KitError, Options, proofs, run, told};

/// Prove that a connector library does what its capability document says.
///
/// Looks at the file as a host would meet it, in processes of its own, and talks to nobody but this machine. The samples
/// (settings, how requests are signed, one webhook request for each kind) are read from conformance.json beside the file or in
/// one of the two folders above.
#[derive(Debug, Parser)]
#[command(name = "connector-conformance", version, max_term_width = 100, after_help = HELP)]
struct Arguments {
    /// The library file.
    #[arg(required_unless_present = "list")]
    file: Option<PathBuf>,
    /// The samples; left out: conformance.json or conformance/conformance.json beside the file, or above.
    #[arg(long, value_name = "FILE")]
    samples: Option<PathBuf>,
    /// The level to reach; left out: 3, or 5 with --platform.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=5))]
    level: Option<u8>,
    /// Make only this check, whatever its level; once for each.
    #[arg(long, value_name = "ID", conflicts_with = "level")]
    only: Vec<String>,
    /// Decides what is drawn; the same seed draws the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave a check out, for a reason that stands in the report; once for each.
    #[arg(long, value_name = "ID=REASON", value_parser = exclusion)]
    exclude: Vec<(String, String)>,
    /// A command that starts a fake platform; needed for levels 4 and 5. Two of them run at the same time, so each must take
    /// a free port.
    #[arg(long, value_name = "COMMAND")]
    platform: Option<String>,
    /// The program connector-worker; left out: beside this program.
    #[arg(long, value_name = "FILE")]
    worker: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Write a JUnit report, too.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// List the checks and end.
    #[arg(long)]
    list: bool,
    /// Change each leaf of the document instead, and list which check notices it; with --platform also what is seen there.
    #[arg(long, conflicts_with_all = ["only", "level", "junit"])]
    leaves: bool,
}

const HELP: &str = "Levels: 1 loads, and its document is valid; 2 starts, and takes every webhook request without harm; 3 does what
it declares and nothing else; 4 performs its operations against a fake platform; 5 keeps conversations straight while that
platform fails, and breaks none of its rules.

Exit codes: 0 the level is reached (with --only: these checks hold), 1 it is not, 2 nothing could be said.

Examples:
  connector-conformance target/debug/libparrot_connector.so
  connector-conformance libtiktok_connector.so --platform \"tiktok-simulator --listen 127.0.0.1:0\" --junit report.xml
  connector-conformance libparrot_connector.so --seed 7 --exclude \"memory.stays=the platform is in its memory\"";

fn exclusion(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((id, why)) if !why.trim().is_empty() => Ok((id.trim().to_owned(), why.trim().to_owned())),
        _ => Err("write ID=REASON; nothing is left out without a reason".to_owned()),
    }
}

fn main() -> ExitCode {
    match answer(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("connector-conformance: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn answer(arguments: Arguments) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if arguments.list {
        for check in CHECKS.iter() {
            writeln!(out, "{}  {:<40} {}", check.level, check.id, check.title)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let Some(file) = arguments.file else { bail!("no file is given") };
    let mut options = Options::new(file);
    options.samples = arguments.samples;
    options.worker = arguments.worker;
    options.only = arguments.only;
    options.seed = arguments.seed;
    options.exclude = arguments.exclude.into_iter().collect::<BTreeMap<_, _>>();
    options.platform = words(arguments.platform.as_deref().unwrap_or_default());
    options.level = arguments.level.unwrap_or(if options.platform.is_empty() { 3 } else { 5 });
    let wanted = options.level;
    // One thread reads what connectors log, so that records are told apart.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if arguments.leaves {
        write!(out, "{}", told(&runtime.block_on(until_interrupted(proofs(options)))?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let report = runtime.block_on(until_interrupted(run(options)))?;
    if arguments.json {
        writeln!(out, "{:#}", report.json())?;
    } else {
        write!(out, "{}", report.pretty())?;
    }
    if let Some(path) = arguments.junit {
        std::fs::write(&path, report.junit()).with_context(|| format!("writing {}", path.display()))?;
    }
    let holds = if report.named { report.holds() } else { report.level() >= wanted };
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Interrupted, it ends what it started.
async fn until_interrupted<T>(work: impl Future<Output = Result<T, KitError>>) -> Result<T> {
    tokio::select! {
        done = work => Ok(done?),
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
    }
}

fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(str::to_owned).collect()
}
