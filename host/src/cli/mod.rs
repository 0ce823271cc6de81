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
use jackfield::{
    Config,
    config::{Examined, process_environment},
    report::printable,
};

/// A self-hosted unified inbox whose channels are files.
///
/// Put connector libraries into a folder, describe your instances in jackfield.toml, and start `jackfield serve`.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "To begin with, in a folder with jackfield.toml and connectors/:
  jackfield doctor                                  # what is missing, and how to mend it
  jackfield keys create --name laptop --role admin  # prints the key for the API, once
  jackfield serve                                   # until Ctrl-C
  jackfield accounts connect shop                   # prints the page for the owner of an account

What a channel can do, and whether one thing may be done:
  jackfield connectors list
  jackfield capabilities connectors/libecho_connector.so
  jackfield check connectors/libecho_connector.so --text Hello --since-inbound 2h

A channel of your own:
  jackfield new-connector parrot

`jackfield COMMAND --help` has examples of each. `jackfield openapi` is the API.";

const OPENAPI_EXAMPLES: &str = "Examples:
  jackfield openapi > openapi.json";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the host and run until Ctrl-C or SIGTERM.
    Serve(serve::Options),
    /// Make, list and revoke API keys.
    #[command(subcommand, after_help = keys::EXAMPLES)]
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
    #[command(subcommand, after_help = connectors::EXAMPLES)]
    Connectors(connectors::Command),
    /// Print what a channel can do, or what changed from one connector to the next.
    Capabilities(capabilities::Options),
    /// Ask whether one action may be done, and why not.
    Check(Box<check::Options>),
    /// Look for what keeps a host from working, and say how to mend it.
    Doctor(doctor::Options),
    /// Print what the host understands over HTTP, as OpenAPI; needs no running host.
    #[command(name = "openapi", after_help = OPENAPI_EXAMPLES)]
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

    fn examine(&self) -> Examined {
        Config::examine(&self.config, process_environment())
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

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::Cli;

    /// Whether the help of a command, or of what it belongs to, shows this.
    fn shows(command: &Command, example: &str) -> bool {
        command.get_after_help().is_some_and(|help| help.to_string().contains(example))
    }

    fn look(command: &Command, above: Option<&Command>, path: &str) {
        let is_group = command.has_subcommands() && !command.is_subcommand_negates_reqs_set();
        for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
            look(inner, Some(command), &format!("{path} {}", inner.get_name()));
        }
        let taught = shows(command, path) || above.is_some_and(|above| shows(above, path));
        assert!(is_group || taught, "{path}: its help has no example");
        for argument in command.get_arguments() {
            let id = argument.get_id();
            assert!(argument.get_help().is_some(), "{path}: {id} is not explained");
        }
    }

    #[test]
    fn the_help_of_each_command_has_an_example_and_explains_each_argument() {
        look(&Cli::command(), None, "jackfield");
    }
}
