//! `cargo xtask demo`: one conversation, end to end, between the simulator and a host.

mod check;
mod play;
mod tour;

use std::process::ExitCode;

use clap::Parser;

/// The simulator gives out pictures of people at its own address, which no platform would.
const SIMULATED_MEDIA: &str = "[media]\nallow_http = true\nallow_private = true\n";

/// A local TikTok simulator and a Jackfield host, with a connected business account and a customer who writes.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask demo", bin_name = "cargo xtask demo")]
struct Options {
    /// Go through one conversation unattended, on free ports. The last line printed is one JSON object.
    #[arg(long)]
    check: bool,
    /// Run connectors in processes of their own instead of the host's.
    #[arg(long)]
    isolated: bool,
}

impl Options {
    fn isolation(&self) -> &'static str {
        if self.isolated { "process" } else { "auto" }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let done = if options.check {
        check::run(options.isolation()).await
    } else {
        play::run(options.isolation()).await
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}
