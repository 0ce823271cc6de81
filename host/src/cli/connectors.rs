//! `jackfield connectors`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};
use connector_loader::{Inspected, LoadError, inspect};
use serde_json::{Value, json};

use super::ConfigFile;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check every file of the connector folder, without running any of it.
    List(List),
    /// Print what a connector file says about itself, without running it.
    Inspect(Inspect),
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    config: ConfigFile,
    /// Another folder than the configured one; then no configuration is read.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The library file.
    file: PathBuf,
    /// Print JSON: manifest, capability document and SHA-256.
    #[arg(long)]
    json: bool,
}

impl Command {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List(options) => options.run(),
            Self::Inspect(options) => options.run(),
        }
    }
}

impl List {
    /// Exit code 0 when every file is a connector, 1 otherwise.
    fn run(self) -> anyhow::Result<ExitCode> {
        let dir = match self.dir {
            Some(dir) => dir,
            None => self.config.load()?.connectors.dir,
        };
        let files = files(&dir)?;
        let results: Vec<_> = files.iter().map(|file| (file, inspect(file))).collect();
        if self.json {
            println!(
                "{}",
                json!({"items": results.iter().map(|(file, result)| row(file, result)).collect::<Vec<_>>()})
            );
        } else if results.is_empty() {
            println!("{} is empty.", dir.display());
        } else {
            results.iter().for_each(|(file, result)| println!("{}", line(file, result)));
        }
        let all_good = results.iter().all(|(_, result)| result.is_ok());
        Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable =
        |error| anyhow::anyhow!("the connector folder {} cannot be read: {error}", dir.display());
    let entries = std::fs::read_dir(dir).map_err(unreadable)?;
    let mut files =
        entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    files.sort();
    Ok(files)
}

fn row(file: &Path, result: &Result<Inspected, LoadError>) -> Value {
    match result {
        Ok(found) => json!({"file": file, "state": "ok", "connector": found.document.connector.id,
            "version": found.document.connector.version, "sha256": found.sha256, "manifest": found.manifest}),
        Err(error) => json!({"file": file, "state": "refused", "step": error.step, "code": error.code,
            "expected": error.expected, "found": error.found, "fix": error.fix}),
    }
}

fn line(file: &Path, result: &Result<Inspected, LoadError>) -> String {
    match result {
        Ok(found) => {
            let connector = &found.document.connector;
            format!("ok       {}  {} {}", file.display(), connector.id, connector.version)
        }
        Err(error) => format!("refused  {error}"),
    }
}

impl Inspect {
    fn run(self) -> anyhow::Result<ExitCode> {
        let found = inspect(&self.file)?;
        if self.json {
            let document: Value = serde_json::from_slice(&found.document_bytes)?;
            let all = json!({"sha256": found.sha256, "manifest": found.manifest, "capabilities": document});
            println!("{all:#}");
            return Ok(ExitCode::SUCCESS);
        }
        let (connector, manifest) = (&found.document.connector, &found.manifest);
        println!("{} ({} {})", connector.name, connector.id, connector.version);
        println!("built from  {} {}", manifest.package, manifest.version);
        println!(
            "built with  connector-api {}, connector-abi {}",
            manifest.connector_api, manifest.connector_abi
        );
        println!(
            "built for   {} {}{}",
            manifest.arch,
            manifest.os,
            if manifest.debug { ", debug" } else { "" }
        );
        println!("sha256      {}", found.sha256);
        Ok(ExitCode::SUCCESS)
    }
}
