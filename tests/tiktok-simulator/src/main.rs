//! `tiktok-simulator`: the simulator as a process of its own.

mod cli;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use serde_json::json;
use tiktok_simulator::Simulator;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match run(cli::Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("tiktok-simulator: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: cli::Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut terminated = signal(SignalKind::terminate())?;
    let simulator = Simulator::start(arguments.config()?).await?;
    let ready = json!({
        "listening": simulator.url(),
        "api_base": simulator.api_base(),
        "authorize_url": simulator.authorize_url(),
        "app_id": simulator.app_id(),
        "app_secret": simulator.app_secret(),
    });
    let mut out = std::io::stdout();
    writeln!(out, "{ready}")?;
    out.flush()?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    simulator.shutdown().await;
    Ok(())
}
