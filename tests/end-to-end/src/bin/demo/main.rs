//! `cargo xtask demo`: one conversation, end to end, between the simulator and a host.

mod check;
mod play;

use std::process::ExitCode;

use clap::Parser;

/// A local TikTok simulator and a Jackfield host, with a connected business account and a customer who writes.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask demo", bin_name = "cargo xtask demo")]
struct Options {
    /// Go through one conversation unattended, on free ports. The last line printed is one JSON object.
    #[arg(long)]
    check: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let done = if options.check { check::run().await } else { play::run().await };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
