//! `jackfield accounts`.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use jackfield::{
    export,
    model::{Account, AccountId, AccountStatus, Scope},
    report::printable,
    store::{Accounts as _, Record, sqlite::SqliteStore},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ConfigFile, running_host, runtime, say, shown};

const EXAMPLES: &str = "Examples:
  jackfield accounts list
  jackfield accounts show ID
  jackfield accounts connect shop                  # prints the page for the owner of the account
  jackfield accounts connect --again ID            # after \"needs attention\"
  jackfield accounts layer ID                      # what is known about it and taken away from it
  jackfield accounts layer ID --set '{\"region\": \"BR\"}'
  jackfield accounts remove ID

IDs are those of `jackfield accounts list`. To look at accounts needs no running host; to change one goes through it.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the connected accounts.
    List(List),
    /// Show one account, also one that was taken out.
    Show(Show),
    /// Begin to connect an account: print the page on which its owner consents.
    Connect(Connect),
    /// Take an account out: give the right to act for it back, forget its tokens; its conversations stay.
    Remove(Remove),
    /// Show or set what narrows an account: its region, opt-ins, window profile, what is taken away.
    Layer(Layer),
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    config: ConfigFile,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    config: ConfigFile,
    /// The account's id, as `jackfield accounts list` prints it.
    id: AccountId,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Connect {
    #[command(flatten)]
    config: ConfigFile,
    /// The instance of the configuration that is to act for the account.
    #[arg(required_unless_present = "again")]
    instance: Option<String>,
    /// Connect this account again instead.
    #[arg(long, value_name = "ID", conflicts_with = "instance")]
    again: Option<AccountId>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Remove {
    #[command(flatten)]
    config: ConfigFile,
    /// The account's id, as `jackfield accounts list` prints it.
    id: AccountId,
}

#[derive(Debug, Args)]
struct Layer {
    #[command(flatten)]
    config: ConfigFile,
    /// The account's id, as `jackfield accounts list` prints it.
    id: AccountId,
    /// The new layer in place of the present one, as `PUT /v1/accounts/{id}/layer` takes it.
    #[arg(long, value_name = "JSON")]
    set: Option<String>,
}

impl Options {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = runtime()?;
        match self.command {
            Command::List(options) => runtime.block_on(options.run())?,
            Command::Show(options) => runtime.block_on(options.run())?,
            Command::Connect(options) => runtime.block_on(options.run())?,
            Command::Remove(options) => runtime.block_on(options.run())?,
            Command::Layer(options) => runtime.block_on(options.run())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn store(config: &ConfigFile) -> anyhow::Result<SqliteStore> {
    let path = config.load()?.store.path;
    anyhow::ensure!(path.exists(), "there is no database {}", shown(&path));
    SqliteStore::open(&path).context("store.path")
}

/// An account as the API shows it.
fn json(account: Account) -> anyhow::Result<Value> {
    Ok(serde_json::from_str(&export::line(Record::Account(Box::new(account)))?)?)
}

fn line(account: &Account) -> String {
    let status = match account.status {
        AccountStatus::Connected => "connected",
        AccountStatus::NeedsAttention => "needs attention",
        AccountStatus::Removed => "removed",
    };
    let name = account.handle.as_ref().or(account.display_name.as_ref()).unwrap_or(&account.platform_id);
    let paused = if account.paused.is_some() { ", paused" } else { "" };
    let ending = if account.consent_ending { ", its owner has to consent again soon" } else { "" };
    let why = account.attention.as_ref().map(|reason| format!("\n  {}", printable(&reason.text)));
    let (instance, name) = (printable(&account.instance), printable(name));
    format!("{}  {instance}  {name}  {status}{paused}{ending}{}", account.id, why.unwrap_or_default())
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let accounts = store(&self.config)?.accounts(&Scope::Everything).await?;
        if self.json {
            let rows = accounts.into_iter().map(json).collect::<anyhow::Result<Vec<_>>>()?;
            return say(Value::from(rows));
        }
        if accounts.is_empty() {
            return say("No accounts. Connect one with: jackfield accounts connect INSTANCE");
        }
        accounts.iter().try_for_each(|account| say(line(account)))
    }
}

impl Show {
    async fn run(self) -> anyhow::Result<()> {
        let account = store(&self.config)?.account(self.id).await?;
        let account = account.with_context(|| unknown(self.id))?;
        if self.json { say(json(account)?) } else { say(line(&account)) }
    }
}

fn unknown(id: AccountId) -> String {
    format!("no account has the id {id}; see `jackfield accounts list`")
}

impl Connect {
    async fn run(self) -> anyhow::Result<()> {
        let path = match (&self.instance, self.again) {
            (_, Some(id)) => format!("/v1/accounts/{id}/authorizations"),
            (Some(instance), None) => {
                let config = self.config.load()?;
                let known: Vec<_> = config.instances.keys().map(String::as_str).collect();
                anyhow::ensure!(
                    known.contains(&instance.as_str()),
                    "the configuration has no instance {instance:?}; it has: {}",
                    known.join(", ")
                );
                format!("/v1/instances/{instance}/authorizations")
            }
            (None, None) => anyhow::bail!("name an instance, or an account with --again"),
        };
        let begun = ask(&self.config, Method::POST, &path, None).await?;
        let url = begun.get("url").and_then(Value::as_str).context("the host names no page")?;
        if self.json {
            return say(json!({ "url": url }));
        }
        say(printable(url))?;
        eprintln!("Open this page as the owner of the account, within half an hour.");
        Ok(())
    }
}

impl Remove {
    async fn run(self) -> anyhow::Result<()> {
        ask(&self.config, Method::DELETE, &format!("/v1/accounts/{}", self.id), None).await?;
        say("Removed.")
    }
}

impl Layer {
    async fn run(self) -> anyhow::Result<()> {
        let path = format!("/v1/accounts/{}/layer", self.id);
        let layer = match &self.set {
            None => ask(&self.config, Method::GET, &path, None).await?,
            Some(text) => {
                let layer: Value = serde_json::from_str(text).context("--set takes JSON")?;
                ask(&self.config, Method::PUT, &path, Some(&layer)).await?
            }
        };
        say(format_args!("{layer:#}"))
    }
}

async fn ask(config: &ConfigFile, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
    running_host::ask(&config.load()?, async |host| host.ask(method, path, body).await).await
}
