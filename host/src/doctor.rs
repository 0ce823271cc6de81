//! A self-check: what keeps a host from working, found before customers do, each with what to do about it.
//!
//! Nothing is sent to any platform, but where [`examine_live`] is asked for. Libraries are tried in processes of their own,
//! as a host does.

mod live;
mod told;

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::{self, File},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
};

use connector_api::Timestamp;
use connector_loader::{ConnectorLibrary, Isolation, StartOptions, printable};
use rustix::fs::Access;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    Config,
    clock::Clock,
    config::{ConfigError, Examined, InstanceConfig, is_wrong},
    credentials::CredentialKeeper,
    instances::{
        FileReport, FileState, list,
        settings::{self, Misfit, SettingsInvalid},
    },
    model::{AccountStatus, Scope},
    report,
    store::{
        Store,
        sqlite::{self, SqliteStore},
    },
};

pub(crate) use live::Examiner;
pub use live::{examine as examine_live, nothing_to_ask};

const DAMAGED: &str = "If it says that a newer version made it, run that one. Otherwise stop the host, and put a backup in its \
                       place with `jackfield restore FILE`, which keeps what is there.";

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

    /// Something works, and will hurt.
    #[must_use]
    pub fn warning(subject: impl Into<String>, text: impl Into<String>, fix: &'static str) -> Self {
        Self::new(subject, Health::Warning, text, fix)
    }

    /// Something does not work.
    #[must_use]
    pub fn bad(
        subject: impl Into<String>,
        text: impl Into<String>,
        fix: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(subject, Health::Bad, text, fix)
    }
}

/// Looks at everything that `config` names.
pub async fn examine(config: &Config) -> Vec<Finding> {
    examine_without(config, &[]).await
}

/// Names everything that is wrong with a configuration, and looks at what the rest of it names.
pub async fn examine_configuration(examined: &Examined) -> Vec<Finding> {
    let mut findings: Vec<Finding> = examined.problems.iter().map(misconfigured).collect();
    if let Some(config) = &examined.config {
        findings.extend(examine_without(config, &examined.problems).await);
    }
    findings
}

fn misconfigured(problem: &ConfigError) -> Finding {
    let fix = problem.remedy().map_or_else(|| "Mend that line.".to_owned(), |remedy| sentence(&remedy));
    Finding::bad("configuration", printable(&format!("{}.", problem.problem())), fix)
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let end = if text.ends_with(['.', '?']) { "" } else { "." };
    first.into_iter().chain(letters).chain(end.chars()).collect()
}

/// Looks at everything that `config` names, and passes over what depends on what is known to be wrong.
async fn examine_without(config: &Config, problems: &[ConfigError]) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !is_wrong(problems, "server.public_url") {
        findings.push(address(config));
    }
    findings.extend(config.secret_files.iter().filter_map(|file| secret_file(file)));
    findings.extend(store(config, problems).await);
    let files = connectors(config, &mut findings).await;
    let libraries: BTreeMap<&str, &ConnectorLibrary> = files
        .iter()
        .filter_map(FileReport::library)
        .map(|library| (library.document().connector.id.as_str(), library))
        .collect();
    if config.instances.is_empty() && !is_wrong(problems, "instances") {
        let fix = "Describe one as [instances.NAME] with connector = \"…\".";
        findings.push(Finding::warning(
            "instances",
            "No instance is configured, so nothing can arrive.",
            fix,
        ));
    }
    let has_bad_files = !files.iter().all(report::is_good);
    for (name, instance) in &config.instances {
        findings.extend(match libraries.get(instance.connector.as_str()) {
            Some(library) => self::instance((name, instance), library, problems).await,
            None => vec![no_file(name, &instance.connector, libraries.keys(), has_bad_files)],
        });
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

/// A file with a secret that every user of the machine can read or write. A group may, where its owner has it so.
fn secret_file(path: &Path) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.permissions().mode();
    if mode & 0o006 == 0 {
        return None;
    }
    let shown = printable(&path.display().to_string());
    let text = format!("Others can read {shown}, which holds a secret (mode {:o}).", mode & 0o777);
    let fix = format!("Take their rights: chmod 600 {shown}, which has to belong to the host's user.");
    Some(Finding::new("secrets", Health::Warning, text, fix))
}

async fn store(config: &Config, problems: &[ConfigError]) -> Vec<Finding> {
    let path = &config.store.path;
    match fs::metadata(path) {
        // A link to nothing is there, and its target is not.
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            return vec![folder_of(path)];
        }
        Err(error) => return vec![unusable(path, &error.to_string())],
        // A pipe would be waited for.
        Ok(found) if !found.is_file() => return vec![unusable(path, "it is no regular file")],
        Ok(_) => {}
    }
    if let Err(error) = File::open(path) {
        return vec![unusable(path, &error.to_string())];
    }
    let opened = path.clone();
    let whole = move || sqlite::examine(&opened).and_then(|()| SqliteStore::open(&opened));
    let store: Arc<dyn Store> = match tokio::task::spawn_blocking(whole).await {
        Ok(Ok(store)) => Arc::new(store),
        Ok(Err(error)) => return vec![Finding::bad("store", printable(&error.to_string()), DAMAGED)],
        Err(_) => return vec![Finding::bad("store", "Opening it panicked.", DAMAGED)],
    };
    let mut findings = vec![readable_by_others(path)];
    findings.extend(accounts(config, &store, problems).await);
    findings
}

fn unusable(path: &Path, why: &str) -> Finding {
    let text = format!("{} cannot be used: {why}.", path.display());
    Finding::bad("store", printable(&text), "Run it as the host's user, or mend store.path.")
}

fn folder_of(path: &Path) -> Finding {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        if rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err() {
            let text = format!(
                "The folder {} cannot be written, and {} does not exist yet.",
                folder.display(),
                path.display()
            );
            return Finding::bad(
                "store",
                printable(&text),
                "Run it as the host's user, or give that user the folder.",
            );
        }
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

async fn accounts(config: &Config, store: &Arc<dyn Store>, problems: &[ConfigError]) -> Vec<Finding> {
    let accounts = match store.accounts(&Scope::Everything).await {
        Ok(accounts) => accounts,
        Err(error) => {
            return vec![Finding::bad("accounts", printable(&error.to_string()), DAMAGED)];
        }
    };
    let keeper = CredentialKeeper::new(Arc::clone(store), config.encryption.sealer(), Clock::system());
    let mut findings = Vec::new();
    let key_is_known = !is_wrong(problems, "encryption");
    for account in accounts {
        let name = account.handle.as_deref().unwrap_or(&account.platform_id);
        let subject = format!("account {} ({})", printable(name), account.instance);
        let refused = if key_is_known { keeper.present(&account).await.err() } else { None };
        let is_configured = config.instances.contains_key(&account.instance)
            || is_wrong(problems, &format!("instances.{}", account.instance));
        findings.push(if let Some(error) = refused {
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
        } else if !is_configured {
            let fix = "Configure the instance, or take the account out.";
            Finding::warning(subject, "Its instance is not configured.", fix)
        } else if let Some(end) = account.consent_ends_soon(Clock::system().now()) {
            let fix = "Let its owner consent again before that: POST /v1/accounts/{id}/authorizations answers the page.";
            Finding::warning(subject, format!("Its owner's consent ends on {}.", day(end)), fix)
        } else if !account.missing_scopes.is_empty() {
            let text = format!("Its owner did not grant: {}.", account.missing_scopes.join(", "));
            Finding::warning(subject, printable(&text), "Connect it again and grant everything.")
        } else if !key_is_known {
            let fix = "Mend the encryption key first.";
            Finding::unknown(subject, "Connected; nobody knows whether its credentials open.", fix)
        } else {
            Finding::good(subject, "Connected, and its credentials open.")
        });
    }
    findings
}

/// The day of a moment in UTC, as far as calendars go.
fn day(moment: Timestamp) -> String {
    let moment = jiff::Timestamp::from_millisecond(moment.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    moment.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
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
        match &file.state {
            FileState::Unreadable(text) => {
                let fix = "Make the folder and put connector files into it, readable for the host's user, or mend connectors.dir.";
                Finding::bad("connectors.dir", printable(text), fix)
            }
            _ if report::is_good(file) => Finding::good(subject, format!("{}.", report::said(file, &policy))),
            _ => Finding::bad(subject, report::said(file, &policy), "`jackfield connectors list` says more."),
        }
    }));
    files
}

/// No file holds the connector of an instance; `known` are those that files hold.
fn no_file<'a>(
    name: &str,
    connector: &str,
    known: impl Iterator<Item = &'a &'a str>,
    has_bad_files: bool,
) -> Finding {
    let known: Vec<&str> = known.copied().collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let text = format!("No file in the folder is the connector {connector:?}; there are: {known}.");
    let mend = if has_bad_files { ", mend what is bad above," } else { "" };
    let fix =
        format!("Put it into connectors.dir{mend} or name one that is there as instances.{name}.connector.");
    Finding::bad(format!("instance {name}"), text, fix)
}

/// Whether the instance can start. The settings are held against the document first, as a host does; what is known to be
/// wrong with them is not told again.
async fn instance(
    (name, config): (&str, &InstanceConfig),
    library: &ConnectorLibrary,
    problems: &[ConfigError],
) -> Vec<Finding> {
    let subject = format!("instance {name}");
    let path = format!("instances.{name}");
    let is_told = |misfit: &&Misfit| {
        ["settings", "secrets"]
            .iter()
            .any(|table| is_wrong(problems, &format!("{path}.{table}.{}", misfit.setting)))
    };
    match settings::for_connector(library.document(), config) {
        Err(SettingsInvalid(misfits)) => {
            let finding = |misfit: &Misfit| Finding::bad(&*subject, format!("{misfit}."), misfit.fix(name));
            misfits.iter().filter(|misfit| !is_told(misfit)).map(finding).collect()
        }
        Ok(_) if is_wrong(problems, &path) => Vec::new(),
        Ok(settings) => vec![started(subject, name, settings, library).await],
    }
}

/// Whether the connector takes the instance's settings; it is ended at once.
async fn started(
    subject: String,
    name: &str,
    settings: Map<String, Value>,
    library: &ConnectorLibrary,
) -> Finding {
    match library.start(StartOptions::new(name, settings.into())).await {
        Ok(instance) => {
            instance.shutdown().await;
            Finding::good(subject, "The connector takes its settings.")
        }
        Err(error) => {
            let fix = format!("Mend [instances.{name}.settings] or [instances.{name}.secrets].");
            Finding::bad(subject, printable(&error.to_string()), fix)
        }
    }
}
