//! `jackfield keys`.

use std::{collections::BTreeSet, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use jackfield::{
    clock::Clock,
    keys,
    model::{AccountId, Actor, ApiKey, AuditEntry, AuditId, KeyId, Role, Scope},
    report::printable,
    store::{Accounts as _, Audit as _, Keys as _, sqlite::SqliteStore},
};
use serde_json::json;

use super::{ConfigFile, runtime, say};

const MAX_NAME_BYTES: usize = 100;

pub(super) const EXAMPLES: &str = "Examples:
  jackfield keys create --name laptop --role admin          # prints the key, once; keep it
  jackfield keys create --name dashboard --role read --account ID
  jackfield keys list
  jackfield keys revoke ID                                  # the id is in `keys list`; the key ends at once

Clients send it as `Authorization: Bearer KEY`. Works beside a running host and without one.";

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a key and print its secret, once.
    Create(Create),
    /// List the keys that are in force.
    List(List),
    /// Revoke a key.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    #[command(flatten)]
    config: ConfigFile,
    /// A name to recognise it by.
    #[arg(long)]
    name: String,
    /// What it may do: read: look; agent: look and answer; admin: everything.
    #[arg(long, value_enum, default_value_t = RoleName::Agent)]
    role: RoleName,
    /// Only for this account, by its id; may be given more than once. Without it: for all accounts and the host itself.
    #[arg(long = "account", value_name = "ID")]
    accounts: Vec<AccountId>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    config: ConfigFile,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    config: ConfigFile,
    /// The key's id, as `jackfield keys list` prints it.
    id: KeyId,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Read,
    Agent,
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Read => Self::Read,
            RoleName::Agent => Self::Agent,
            RoleName::Admin => Self::Admin,
        }
    }
}

impl Command {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let runtime = runtime()?;
        match self {
            Self::Create(options) => runtime.block_on(options.run())?,
            Self::List(options) => runtime.block_on(options.run())?,
            Self::Revoke(options) => runtime.block_on(options.run())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn store(config: &ConfigFile) -> anyhow::Result<SqliteStore> {
    SqliteStore::open(&config.load()?.store.path).context("store.path")
}

/// Writes into the audit log what was done to a key.
async fn note(store: &SqliteStore, action: &str, key: KeyId) -> anyhow::Result<()> {
    let entry = AuditEntry {
        id: AuditId::generate(),
        at: Clock::system().now(),
        actor: Actor::keyless("cli"),
        action: action.to_owned(),
        target: key.to_string(),
        outcome: "done".to_owned(),
    };
    store.record_audit(entry).await.context("the audit log")
}

impl Create {
    async fn run(self) -> anyhow::Result<()> {
        let plain =
            !self.name.is_empty() && self.name.len() <= MAX_NAME_BYTES && printable(&self.name) == self.name;
        anyhow::ensure!(plain, "--name takes 1 to {MAX_NAME_BYTES} bytes of text without control characters");
        let store = store(&self.config)?;
        let scope = self.scope(&store).await?;
        let now = Clock::system().now();
        let (key, secret) = keys::create(&store, &self.name, self.role.into(), scope, now).await?;
        if let Err(error) = note(&store, "keys create", key.id).await {
            store.revoke_key(key.id, Clock::system().now()).await?;
            return Err(error.context("the key is revoked"));
        }
        let shown = if self.json {
            say(json!({"id": key.id, "name": key.name, "role": key.role, "key": secret.expose()}))
        } else {
            say(secret.expose())
        };
        if let Err(error) = shown {
            // Nobody has seen it, so nobody can use it.
            store.revoke_key(key.id, Clock::system().now()).await?;
            return Err(error.context("the key was not shown and is revoked"));
        }
        if !self.json {
            eprintln!("This is the only time that the key is shown. Its id is {}.", key.id);
        }
        Ok(())
    }

    async fn scope(&self, store: &SqliteStore) -> anyhow::Result<Scope> {
        for id in &self.accounts {
            anyhow::ensure!(store.account(*id).await?.is_some(), "no account has the id {id}");
        }
        Ok(match self.accounts.as_slice() {
            [] => Scope::Everything,
            accounts => Scope::Accounts(accounts.iter().copied().collect()),
        })
    }
}

/// The accounts of a key for JSON; null for all.
fn accounts(key: &ApiKey) -> Option<&BTreeSet<AccountId>> {
    match &key.scope {
        Scope::Everything => None,
        Scope::Accounts(accounts) => Some(accounts),
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let keys = store(&self.config)?.keys().await?;
        if self.json {
            let row = |key: &ApiKey| json!({"id": key.id, "name": key.name, "role": key.role, "accounts": accounts(key)});
            say(serde_json::Value::from_iter(keys.iter().map(row)))?;
        } else if keys.is_empty() {
            say("No keys. Make one with: jackfield keys create --name NAME")?;
        } else {
            for key in keys {
                let scope = accounts(&key)
                    .map_or_else(String::new, |some| format!("  {} account(s) only", some.len()));
                say(format_args!("{}  {:?}  {}{scope}", key.id, key.role, printable(&key.name)))?;
            }
        }
        Ok(())
    }
}

impl Revoke {
    async fn run(self) -> anyhow::Result<()> {
        let store = store(&self.config)?;
        let revoked = store.revoke_key(self.id, Clock::system().now()).await?;
        anyhow::ensure!(revoked, "no key in force has the id {}; see `jackfield keys list`", self.id);
        note(&store, "keys revoke", self.id).await?;
        say("Revoked.")?;
        Ok(())
    }
}
