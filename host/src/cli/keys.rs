//! `jackfield keys`.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use jackfield::{
    clock::Clock,
    keys,
    model::{ApiKey, KeyId, Role},
    store::{Store, sqlite::SqliteStore},
};
use serde_json::json;

use super::{ConfigFile, runtime};

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

impl Create {
    async fn run(self) -> anyhow::Result<()> {
        let store = store(&self.config)?;
        let (key, secret) = keys::create(&store, &self.name, self.role.into(), Clock::system().now()).await?;
        if self.json {
            println!("{}", json!({"id": key.id, "name": key.name, "role": key.role, "key": secret.expose()}));
        } else {
            println!("{}", secret.expose());
            eprintln!("This is the only time that the key is shown. Its id is {}.", key.id);
        }
        Ok(())
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let keys = store(&self.config)?.keys().await?;
        if self.json {
            let row = |key: &ApiKey| json!({"id": key.id, "name": key.name, "role": key.role});
            println!("{}", serde_json::Value::from_iter(keys.iter().map(row)));
        } else if keys.is_empty() {
            println!("No keys. Make one with: jackfield keys create --name NAME");
        } else {
            keys.iter().for_each(|key| println!("{}  {:?}  {}", key.id, key.role, key.name));
        }
        Ok(())
    }
}

impl Revoke {
    async fn run(self) -> anyhow::Result<()> {
        let revoked = store(&self.config)?.revoke_key(self.id, Clock::system().now()).await?;
        anyhow::ensure!(revoked, "no key in force has the id {}; see `jackfield keys list`", self.id);
        println!("Revoked.");
        Ok(())
    }
}
