//! Where connectors lie, which of them may run, and where they run.

use std::path::PathBuf;

use connector_loader::{Isolation, LoadPolicy, Trust};
use serde::Deserialize;

use super::{ConfigError, build::invalid, load::RawConnectors, secret::Secrets};

/// The worker program, beside the host's own.
const WORKER: &str = "connector-worker";
const SHA256_CHARACTERS: usize = 64;

/// Where connectors lie, which of them may run, and where they run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorsConfig {
    /// The folder of library files.
    pub dir: PathBuf,
    /// Which files may run.
    pub trust: Trust,
    /// Where their code runs.
    pub isolation: IsolationChoice,
    /// The program for trials and workers; `None`: `connector-worker` beside the running program.
    pub worker: Option<PathBuf>,
}

/// Where connectors' code runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IsolationChoice {
    /// In the host's process where somebody vouches for the bytes, else in a process of its own.
    #[default]
    Auto,
    /// In a process of its own, always.
    Process,
    /// In the host's process, always: a crash of a connector is the host's.
    InProcess,
}

impl ConnectorsConfig {
    /// The folder `dir`; every file may run, unknown ones in processes of their own.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), trust: Trust::default(), isolation: IsolationChoice::Auto, worker: None }
    }

    /// What this means for loading.
    #[must_use]
    pub fn policy(&self) -> LoadPolicy {
        let beside = || std::env::current_exe().map(|own| own.with_file_name(WORKER));
        let worker = self.worker.clone().or_else(|| beside().ok()).unwrap_or_else(|| WORKER.into());
        let mut policy = LoadPolicy::new(worker);
        policy.trust = self.trust.clone();
        policy.isolation = match self.isolation {
            IsolationChoice::Auto => None,
            IsolationChoice::Process => Some(Isolation::Process),
            IsolationChoice::InProcess => Some(Isolation::InProcess),
        };
        policy
    }
}

pub(super) fn build(
    secrets: &Secrets<'_>,
    config: &mut ConnectorsConfig,
    raw: RawConnectors,
) -> Result<(), ConfigError> {
    for pin in &raw.pins {
        if pin.len() != SHA256_CHARACTERS || !pin.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let hint = "write the 64 hexadecimal digits that `jackfield connectors inspect FILE` prints";
            return Err(invalid(secrets, &["connectors", "pins"], &format!("{pin:?} is no SHA-256"), hint));
        }
    }
    for key in &raw.keys {
        if !Trust::is_key(key) {
            let hint = "write the second line of the author's minisign.pub";
            return Err(invalid(
                secrets,
                &["connectors", "keys"],
                &format!("{key:?} is no minisign key"),
                hint,
            ));
        }
    }
    config.trust.required = raw.trust;
    config.trust.pins = raw.pins.iter().map(|pin| pin.to_ascii_lowercase()).collect();
    config.trust.keys = raw.keys;
    config.isolation = raw.isolation;
    config.worker = raw.worker.map(|path| secrets.base_dir.join(path));
    Ok(())
}
