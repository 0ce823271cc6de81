//! A self-check: what keeps a host from working, found before customers do, each with what to do about it.
//!
//! Nothing is sent to any platform, but where [`examine_live`] is asked for. Libraries are tried in processes of their own,
//! as a host does.

mod live;
mod told;

use std::{borrow::Cow, collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use connector_loader::{ConnectorLibrary, Isolation, StartOptions, printable};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Config,
    clock::Clock,
    config::InstanceConfig,
    credentials::CredentialKeeper,
    instances::{
        FileReport, FileState, list,
        settings::{self, SettingsInvalid},
    },
    model::{AccountStatus, Scope},
    report,
    store::{Store, sqlite::SqliteStore},
};

pub(crate) use live::Examiner;
pub use live::examine as examine_live;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// What was looked at: `store`, `connector echo.so`, `instance shop`, …
    pub subject: String,
    /// How it is.
    pub health: Health,
    /// One sentence: what was found.
    pub text: String,
    /// One sentence: what to do about it. Empty where there is nothing to do.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    #[schema(value_type = String)]
    pub fix: Cow<'static, str>,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Good,
    /// No question tells; somebody has to look.
    Unknown,
    /// It works, and something about it will hurt.
    Warning,
    /// It does not work.
    Bad,
}

impl Finding {
    fn new(
        subject: impl Into<String>,
        health: Health,
        text: impl Into<String>,
        fix: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { subject: subject.into(), health, text: text.into(), fix: fix.into() }
    }

    fn good(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(subject, Health::Good, text, "")
    }

    fn unknown(subject: impl Into<String>, text: impl Into<String>, fix: &'static str) -> Self {
        Self::new(subject, Health::Unknown, text, fix)
    }

    fn warning(subject: impl Into<String>, text: impl Into<String>, fix: &'static str) -> Self {
        Self::new(subject, Health::Warning, text, fix)
    }

    /// Something does not work.
    #[must_use]
    pub fn bad(subject: impl Into<String>, text: impl Into<String>, fix: &'static str) -> Self {
        Self::new(subject, Health::Bad, text, fix)
    }
}

/// Looks at everything that `config` names.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![address(config)];
    findings.extend(store(config).await);
    let files = connectors(config, &mut findings).await;
    let libraries: BTreeMap<&str, &ConnectorLibrary> = files
        .iter()
        .filter_map(FileReport::library)
        .map(|library| (library.document().connector.id.as_str(), library))
        .collect();
    if config.instances.is_empty() {
        let fix = "Describe one as [instances.NAME] with connector = \"…\".";
        findings.push(Finding::warning(
            "instances",
            "No instance is configured, so nothing can arrive.",
            fix,
        ));
    }
    for (name, instance) in &config.instances {
        findings.extend(
            self::instance(name, instance, libraries.get(instance.connector.as_str()).copied()).await,
        );
    }
    findings
}

fn address(config: &Config) -> Finding {
    let subject = "server.public_url";
    match &config.server.public_url {
        None => Finding::warning(
            subject,
            "It is not set, so platforms and owners' browsers are sent to the address that the host listens on.",
            "Set it to the HTTPS address under which the outside world reaches the host.",
        ),
        Some(url) if url.scheme() != "https" => Finding::warning(
            subject,
            format!("{url} is not HTTPS; most platforms deliver to nothing else."),
            "Put a proxy with TLS in front of the host and write its address here.",
        ),
        Some(url) => Finding::good(subject, format!("{url}")),
    }
}

async fn store(config: &Config) -> Vec<Finding> {
    let path = &config.store.path;
    if !path.exists() {
        return vec![folder_of(path)];
    }
    let opened = path.clone();
    let store = match tokio::task::spawn_blocking(move || SqliteStore::open(&opened)).await {
        Ok(Ok(store)) => store,
        Ok(Err(error)) => {
            let fix = "Check the path, its owner and its permissions (store.path).";
            return vec![Finding::bad("store", printable(&error.to_string()), fix)];
        }
        Err(_) => return vec![Finding::bad("store", "Opening it panicked.", "Restore a backup.")],
    };
    let store: Arc<dyn Store> = Arc::new(store);
    let mut findings = vec![readable_by_others(path)];
    findings.extend(accounts(config, &store).await);
    findings
}

fn folder_of(path: &Path) -> Finding {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        let text = format!("{} does not exist yet; the host makes it.", path.display());
        return Finding::good("store", printable(&text));
    }
    let text = format!("The folder {} does not exist.", folder.display());
    Finding::bad("store", printable(&text), "Make it, owned by the host's user, or change store.path.")
}

fn readable_by_others(path: &Path) -> Finding {
    let shown = printable(&path.display().to_string());
    match fs::metadata(path).map(|metadata| metadata.permissions().mode() & 0o077) {
        Ok(0) => Finding::good("store", format!("{shown} opens, and its schema is known.")),
        Ok(_) => {
            let text = format!("Others can read {shown}, which holds customers' messages.");
            Finding::warning("store", text, "Take their rights: chmod 600, for the files beside it as well.")
        }
        Err(error) => Finding::bad("store", format!("{shown}: {error}"), "Check the path (store.path)."),
    }
}

async fn accounts(config: &Config, store: &Arc<dyn Store>) -> Vec<Finding> {
    let accounts = match store.accounts(&Scope::Everything).await {
        Ok(accounts) => accounts,
        Err(error) => {
            return vec![Finding::bad("accounts", printable(&error.to_string()), "Restore a backup.")];
        }
    };
    let keeper = CredentialKeeper::new(Arc::clone(store), config.encryption.sealer(), Clock::system());
    let mut findings = Vec::new();
    for account in accounts {
        let name = account.handle.as_deref().unwrap_or(&account.platform_id);
        let subject = format!("account {} ({})", printable(name), account.instance);
        findings.push(if let Err(error) = keeper.present(&account).await {
            let fix =
                "Add the key that sealed them to encryption.previous_keys, or connect the account again.";
            Finding::bad(subject, printable(&error.to_string()), fix)
        } else if account.status == AccountStatus::NeedsAttention {
            let why = account.attention.map_or_else(String::new, |reason| reason.text);
            Finding::bad(
                subject,
                printable(&why),
                "Let its owner consent again: POST /v1/accounts/{id}/authorizations answers the page.",
            )
        } else if !config.instances.contains_key(&account.instance) {
            let fix = "Configure the instance, or take the account out.";
            Finding::warning(subject, "Its instance is not configured.", fix)
        } else if !account.missing_scopes.is_empty() {
            let text = format!("Its owner did not grant: {}.", account.missing_scopes.join(", "));
            Finding::warning(subject, printable(&text), "Connect it again and grant everything.")
        } else {
            Finding::good(subject, "Connected, and its credentials open.")
        });
    }
    findings
}

async fn connectors(config: &Config, findings: &mut Vec<Finding>) -> Vec<FileReport> {
    let policy = config.connectors.policy();
    if !policy.worker.is_file() {
        let text = format!("There is no {}.", policy.worker.display());
        let fix = "Put connector-worker beside jackfield, or set connectors.worker.";
        findings.push(Finding::bad("connector-worker", printable(&text), fix));
    }
    let mut apart = policy.clone();
    apart.isolation = Some(Isolation::Process);
    let files = list(&config.connectors.dir, &apart).await;
    let looked_at = files.iter().filter(|file| !matches!(file.state, FileState::Signature));
    findings.extend(looked_at.map(|file| {
        let name = file.path.file_name().unwrap_or(file.path.as_os_str()).to_string_lossy();
        let subject = format!("connector {}", printable(&name));
        match report::is_good(file) {
            true => Finding::good(subject, report::line(file, &policy)),
            false => {
                Finding::bad(subject, report::line(file, &policy), "`jackfield connectors list` says more.")
            }
        }
    }));
    files
}

/// Whether the instance can start. The settings are held against the document first, as a host does.
async fn instance(name: &str, config: &InstanceConfig, library: Option<&ConnectorLibrary>) -> Vec<Finding> {
    let subject = format!("instance {name}");
    let Some(library) = library else {
        let text = format!("No file in the folder is the connector {:?}.", config.connector);
        let fix = "Put it into connectors.dir, or mend its row above.";
        return vec![Finding::bad(subject, text, fix)];
    };
    let mut findings = in_clear(&subject, config, library);
    match settings::check(library.document(), config) {
        Err(SettingsInvalid(misfits)) => findings.extend(misfits.iter().map(|misfit| {
            let fix = match misfit.is_secret {
                true => "Write it into the instance's secrets as { env = \"…\" } or { file = \"…\" }.",
                false => "Mend it; `jackfield capabilities FILE --json` says which settings there are.",
            };
            Finding::bad(&*subject, format!("{misfit}."), fix)
        })),
        Ok(()) => findings.push(started(subject, name, config, library).await),
    }
    findings
}

/// Secrets that stand in the configuration itself.
fn in_clear(subject: &str, config: &InstanceConfig, library: &ConnectorLibrary) -> Vec<Finding> {
    let secrets = settings::in_clear(library.document(), config).into_iter();
    let finding = |name: &str| {
        let text =
            format!("settings.{} is a secret, and whoever reads the configuration has it.", printable(name));
        let fix =
            "Take it out of settings, and write it into secrets as { env = \"…\" } or { file = \"…\" }.";
        Finding::warning(subject, text, fix)
    };
    secrets.map(finding).collect()
}

/// Whether the connector takes the instance's settings; it is ended at once.
async fn started(
    subject: String,
    name: &str,
    config: &InstanceConfig,
    library: &ConnectorLibrary,
) -> Finding {
    match library.start(StartOptions::new(name, config.connector_settings().into())).await {
        Ok(instance) => {
            instance.shutdown().await;
            Finding::good(subject, "The connector takes its settings.")
        }
        Err(error) => {
            let fix = "Mend [instances.…settings] and secrets.";
            Finding::bad(subject, printable(&error.to_string()), fix)
        }
    }
}
