//! `jackfield connectors`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use connector_loader::{Quarantine, inspect};
use jackfield::{
    config::ConnectorsConfig,
    instances::{FileState, list},
    report,
};
use serde_json::{Value, json};

use super::{ConfigFile, runtime, say};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Take every file of the connector folder through every step, and say which one fails and why.
    ///
    /// Libraries are loaded in processes of their own, which are really killed when they hang. Exit code 0 where every
    /// file is good, 1 otherwise.
    List(List),
    /// Print what a connector file says about itself, without running it.
    Inspect(Inspect),
    /// Let a file that crashed its trial be tried again.
    Release(Release),
}

/// Which folder, judged by which rules.
#[derive(Debug, Args)]
pub(super) struct Folder {
    #[command(flatten)]
    config: ConfigFile,
    /// Another folder than the configured one; then no configuration is read, and every file may be tried.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
}

impl Folder {
    pub(super) fn rules(&self) -> Result<ConnectorsConfig> {
        match &self.dir {
            Some(dir) => Ok(ConnectorsConfig::new(dir)),
            None => Ok(self.config.load()?.connectors),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    folder: Folder,
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

#[derive(Debug, Args)]
pub(super) struct Release {
    #[command(flatten)]
    folder: Folder,
    /// The file's name in the folder, its connector's id, or its SHA-256.
    id: String,
}

impl Command {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(options) => options.run(),
            Self::Inspect(options) => options.run(),
            Self::Release(options) => options.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<ExitCode> {
        let rules = self.folder.rules()?;
        let files = runtime()?.block_on(list(&rules.dir, &rules.policy()));
        if self.json {
            say(format_args!("{:#}", report::files(&files)))?;
        } else if files.is_empty() {
            say(format_args!("{} is empty.", rules.dir.display()))?;
        } else {
            for file in &files {
                match &file.state {
                    FileState::Unreadable(error) => eprintln!("jackfield: {error}"),
                    _ => say(report::line(file))?,
                }
            }
        }
        let all_good = files.iter().all(report::is_good);
        Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Release {
    fn run(self) -> Result<ExitCode> {
        let rules = self.folder.rules()?;
        let sha256 = sha256_of(&rules.dir, &self.id)?;
        let released = Quarantine::of(&rules.dir).release(&sha256).context("the record cannot be changed")?;
        if !released {
            bail!("{} is not in quarantine; see `jackfield connectors list`", self.id);
        }
        say("Released. It is tried again at the next look at the folder.")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The hash of the file that is meant.
fn sha256_of(dir: &Path, id: &str) -> Result<String> {
    let named = dir.join(id);
    if !id.contains('/') && named.is_file() {
        return Ok(inspect(&named)?.sha256);
    }
    if id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(id.to_ascii_lowercase());
    }
    let entries = std::fs::read_dir(dir).with_context(|| format!("the folder {}", dir.display()))?;
    let files = entries.filter_map(|entry| inspect(&entry.ok()?.path()).ok());
    let found = files.into_iter().find(|file| file.document.connector.id == id);
    Ok(found
        .with_context(|| format!("no file in {} has the name or the connector id {id}", dir.display()))?
        .sha256)
}

impl Inspect {
    fn run(self) -> Result<ExitCode> {
        let found = inspect(&self.file)?;
        if self.json {
            let document: Value = serde_json::from_slice(&found.document_bytes)?;
            let all = json!({"sha256": found.sha256, "manifest": found.manifest, "capabilities": document});
            say(format_args!("{all:#}"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let (connector, manifest) = (&found.document.connector, &found.manifest);
        say(format_args!("{} ({} {})", connector.name, connector.id, connector.version))?;
        say(format_args!("built from  {} {}", manifest.package, manifest.version))?;
        say(format_args!(
            "built with  connector-api {}, connector-abi {}",
            manifest.connector_api, manifest.connector_abi
        ))?;
        say(format_args!(
            "built for   {} {}{}",
            manifest.arch,
            manifest.os,
            if manifest.debug { ", debug" } else { "" }
        ))?;
        say(format_args!("sha256      {}", found.sha256))?;
        Ok(ExitCode::SUCCESS)
    }
}
