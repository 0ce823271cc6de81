//! The command line.

mod accounts;
mod archive;
mod capabilities;
mod check;
mod connectors;
mod decode;
mod doctor;
mod documents;
mod keys;
mod log_lines;
mod new_connector;
mod replay;
mod running_host;
mod serve;
mod verdict_text;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use jackfield::{Config, config::process_environment, report::printable};

/// A self-hosted unified inbox whose channels are files.
///
/// Put connector libraries into a folder, describe your instances in jackfield.toml, and start `jackfield serve`.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  jackfield serve --config jackfield.toml
  jackfield keys create --name laptop --role admin
  jackfield accounts connect shop
  jackfield connectors list
  jackfield connectors inspect connectors/libecho_connector.so --json
  jackfield connectors decode connectors/libecho_connector.so < body.json
  jackfield check connectors/libecho_connector.so --text Hello --since-inbound 2h
  jackfield new-connector parrot";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the host and run until Ctrl-C or SIGTERM.
    Serve(serve::Options),
    /// Make, list and revoke API keys.
    #[command(subcommand)]
    Keys(keys::Command),
    /// List, connect and remove accounts.
    Accounts(accounts::Options),
    /// Decode what arrived again, with the connectors as they are now.
    Replay(replay::Options),
    /// Copy the database into a file, also while a host runs.
    Backup(archive::Backup),
    /// Put a backup in the database's place, while no host runs.
    Restore(archive::Restore),
    /// Print everything that people wrote as JSON Lines.
    Export(archive::Export),
    /// Look at connector files; needs no running host.
    #[command(subcommand)]
    Connectors(connectors::Command),
    /// Print what a channel can do, or what changed from one connector to the next.
    Capabilities(capabilities::Options),
    /// Ask whether one action may be done, and why not.
    Check(Box<check::Options>),
    /// Look for what keeps a host from working, and say how to mend it.
    Doctor(doctor::Options),
    /// Print what the host understands over HTTP, as OpenAPI; needs no running host.
    #[command(name = "openapi")]
    OpenApi,
    /// Write a connector of your own to begin with: a crate that builds and passes its tests.
    NewConnector(new_connector::Options),
}

/// Where the configuration is.
#[derive(Debug, Args)]
struct ConfigFile {
    /// The configuration file. JACKFIELD__SECTION__KEY in the environment overrides its keys.
    #[arg(long, short, value_name = "FILE", default_value = "jackfield.toml")]
    config: PathBuf,
}

impl ConfigFile {
    fn load(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.config, process_environment())?)
    }
}

pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Serve(options) => options.run(),
        Command::Keys(command) => command.run(),
        Command::Accounts(options) => options.run(),
        Command::Replay(options) => options.run(),
        Command::Backup(options) => options.run(),
        Command::Restore(options) => options.run(),
        Command::Export(options) => options.run(),
        Command::Connectors(command) => command.run(),
        Command::Capabilities(options) => options.run(),
        Command::Check(options) => options.run(),
        Command::Doctor(options) => options.run(),
        Command::OpenApi => {
            write!(std::io::stdout(), "{}", jackfield::openapi()).context("standard output")?;
            Ok(ExitCode::SUCCESS)
        }
        Command::NewConnector(options) => options.run(),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Prints for the caller. A pipe that nobody reads any more is an error like any other, and not a panic.
fn say(line: impl std::fmt::Display) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output")
}

/// A path as people are shown it: it may hold anything.
fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

/// A question that cannot be answered: exit code 2, which no answer has.
fn cannot_say(error: &anyhow::Error) -> anyhow::Result<ExitCode> {
    eprintln!("jackfield: {error:#}");
    Ok(ExitCode::from(2))
}
