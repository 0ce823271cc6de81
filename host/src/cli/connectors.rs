//! `jackfield connectors`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use connector_loader::{Isolation, Manifest, Quarantine, inspect};
use jackfield::{
    config::ConnectorsConfig,
    instances::{FileState, list},
    report::{self, printable},
};
use serde_json::{Value, json};

use super::{ConfigFile, decode::Decode, runtime, say, shown};

pub(super) const EXAMPLES: &str = "Examples:
  jackfield connectors list                                 # the configured folder
  jackfield connectors list --dir connectors                # any folder, without a configuration
  jackfield connectors inspect connectors/libecho_connector.so --json
  jackfield connectors decode connectors/libecho_connector.so < body.json
  jackfield connectors release libecho_connector.so         # after a crash that was not its fault";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Take every file of the connector folder through every step, and say which one fails and why.
    ///
    /// Libraries are loaded in processes of their own, wherever a host would run them; they are really killed when they
    /// hang. Exit code 0 where every file is good, 1 otherwise.
    List(List),
    /// Print what a connector file says about itself, without running it.
    Inspect(Inspect),
    Decode(Box<Decode>),
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
    /// The file's name in the folder or its path, its connector's id, or its SHA-256.
    id: String,
}

impl Command {
    pub(super) fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(options) => options.run(),
            Self::Inspect(options) => options.run(),
            Self::Decode(options) => options.run(),
            Self::Release(options) => options.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<ExitCode> {
        let rules = self.folder.rules()?;
        let policy = rules.policy();
        let mut only_tried = policy.clone();
        only_tried.isolation = Some(Isolation::Process);
        let files = runtime()?.block_on(list(&rules.dir, &only_tried));
        if self.json {
            say(format_args!("{:#}", report::tried(&files, &policy)))?;
        } else if files.is_empty() {
            say(format_args!("{} is empty.", shown(&rules.dir)))?;
        } else {
            for file in &files {
                match &file.state {
                    FileState::Unreadable(error) => eprintln!("jackfield: {}", printable(error)),
                    _ => say(report::line(file, &policy))?,
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
            bail!("{} is not in quarantine; see `jackfield connectors list`", printable(&self.id));
        }
        say("Released. It is tried again at the next look at the folder.")?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The hash of the file that is meant.
fn sha256_of(dir: &Path, id: &str) -> Result<String> {
    if let Some(file) = named(dir, id) {
        return Ok(inspect(&file)?.sha256);
    }
    if id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(id.to_ascii_lowercase());
    }
    let entries = std::fs::read_dir(dir).with_context(|| format!("the folder {}", shown(dir)))?;
    let paths = entries.collect::<std::io::Result<Vec<_>>>()?.into_iter().map(|entry| entry.path());
    let files = paths.filter_map(|path| Some((inspect(&path).ok()?, path)));
    let of_id: Vec<_> = files
        .filter(|(file, _)| file.document.connector.id == id)
        .map(|(file, path)| (file.sha256, path))
        .collect();
    let quarantine = Quarantine::of(dir);
    let crashed = of_id.iter().filter(|(sha256, _)| quarantine.record(sha256).is_some());
    let crashed: BTreeMap<_, _> = crashed.cloned().collect();
    match (crashed.len(), crashed.first_key_value().or(of_id.first().map(|(sha256, path)| (sha256, path)))) {
        (0 | 1, Some((sha256, _))) => Ok(sha256.clone()),
        (_, None) => bail!("no file in {} has the name or the connector id {}", shown(dir), printable(id)),
        _ => {
            let files: Vec<_> = crashed.values().map(|path| shown(path)).collect();
            bail!("several files of the connector {id} are in quarantine; name one: {}", files.join(", "))
        }
    }
}

/// The file of the folder that has that name, or that path.
fn named(dir: &Path, id: &str) -> Option<PathBuf> {
    let inside = dir.join(Path::new(id).file_name()?);
    let is_path = || {
        inside.canonicalize().is_ok_and(|inside| Path::new(id).canonicalize().is_ok_and(|id| id == inside))
    };
    (inside.is_file() && (!id.contains('/') || is_path())).then_some(inside)
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
        let Manifest { package, version, connector_api, connector_abi, arch, os, debug, .. } = manifest;
        let debug = if *debug { ", debug" } else { "" };
        for line in [
            format!("{} ({} {})", connector.name, connector.id, connector.version),
            format!("built from  {package} {version}"),
            format!("built with  connector-api {connector_api}, connector-abi {connector_abi}"),
            format!("built for   {arch} {os}{debug}"),
            format!("sha256      {}", found.sha256),
        ] {
            say(printable(&line))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
