//! `cargo xtask demo`: builds what the demo needs and becomes it.

use std::{os::unix::process::CommandExt, process::Command};

use anyhow::{Context, Result};

use crate::command::{cargo, run as execute, target_dir};

/// A conversation between a simulated TikTok customer and a running host, to play with or to check.
///
/// Builds the host, the connectors and the simulator, starts them on this machine, connects a business account and
/// lets a customer write. Ctrl-C stops all of it. Needs nothing but the Rust toolchain and a C compiler.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Go through one conversation unattended, on free ports; the last line printed is one JSON object.
    #[arg(long)]
    check: bool,
    /// Run connectors in processes of their own instead of the host's.
    #[arg(long)]
    isolated: bool,
}

/// Replaces this program by the demo, so that a Ctrl-C at the terminal reaches the demo and nothing else.
///
/// # Errors
/// Where something does not build or start.
pub(crate) fn run(options: &Options) -> Result<()> {
    execute(&mut cargo(["build", "--locked", "--workspace", "--exclude", "xtask"]))?;
    let mut demo = Command::new(target_dir()?.join("debug").join("jackfield-demo"));
    if options.check {
        demo.arg("--check");
    }
    if options.isolated {
        demo.arg("--isolated");
    }
    Err(demo.exec()).context("the demo could not be started")
}
