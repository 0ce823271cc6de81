//! The command line.

use std::net::SocketAddr;

use clap::{Parser, ValueEnum};
use serde_json::Value;
use tiktok_simulator::{AccountConfig, AppConfig, EchoMode, Settings, SimulatorConfig};

/// A local stand-in for the TikTok Business Messaging API.
///
/// Point your client's API base and authorize URL at the addresses in the ready line, then let
/// customers write through the control API. Nothing here reaches TikTok.
#[derive(Debug, Parser)]
#[command(name = "tiktok-simulator", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Loopback address to listen on; port 0 picks a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9090")]
    listen: SocketAddr,

    /// Id of the simulated developer app
    #[arg(long, value_name = "ID")]
    app_id: Option<String>,

    /// Secret of the simulated app; not for secrets that must stay secret
    #[arg(long, value_name = "SECRET", conflicts_with = "app_secret_env")]
    app_secret: Option<String>,

    /// Environment variable that holds the app secret
    #[arg(long, value_name = "NAME")]
    app_secret_env: Option<String>,

    /// Callback URL for webhooks: https, or http on loopback
    #[arg(long, value_name = "URL")]
    webhook_url: Option<String>,

    /// Redirect URL registered for the app; repeatable. Without any, every loopback URL is
    #[arg(long = "redirect-uri", value_name = "URL")]
    redirect_uris: Vec<String>,

    /// Business account as ID=USERNAME; repeatable. The first one consents by default
    #[arg(long = "account", value_name = "ID=USERNAME", allow_hyphen_values = true)]
    accounts: Vec<String>,

    /// Messaging calls per second before code 40100
    #[arg(long, value_name = "CALLS")]
    qps: Option<usize>,

    /// Another app as ID=SECRET; repeatable. It knows every account by another id
    #[arg(long = "more-app", value_name = "ID=SECRET")]
    more_apps: Vec<String>,

    /// A switch as NAME=VALUE, the value in JSON or plain text; repeatable. The manual lists them
    #[arg(long = "set", value_name = "NAME=VALUE")]
    switches: Vec<String>,

    /// Makes ids and tokens different from those of another seed
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// When sends through the API are echoed as im_send_msg
    #[arg(long, value_name = "WHEN")]
    echo: Option<Echo>,
}

const EXAMPLES: &str = "\
When ready, one line of JSON is printed:
  {\"listening\":\"http://127.0.0.1:9090\",\"api_base\":...,\"authorize_url\":...,\"app_id\":...,\"app_secret\":...}

Examples:
  tiktok-simulator --webhook-url http://127.0.0.1:8080/webhook
  curl -s 127.0.0.1:9090/control/customer/says -H 'content-type: application/json' \\
       -d '{\"customer\":\"ana\",\"text\":\"oi\"}'
  curl -s 127.0.0.1:9090/control/state
  curl -s 127.0.0.1:9090/control     # lists every control call
  xdg-open http://127.0.0.1:9090/    # a page to chat on";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Echo {
    /// The send call returns once the webhook was answered
    BeforeResponse,
    /// The webhook follows the response
    AfterResponse,
    /// Never
    Off,
}

/// A command line that cannot be acted on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArgumentError {
    #[error("the environment variable {0} is not set")]
    NoSecret(String),
    #[error("{0:?} is not an account; write it as ID=USERNAME")]
    Account(String),
    #[error("{0:?} is not an app; write it as ID=SECRET")]
    App(String),
    #[error("{0:?} is not a switch; write it as NAME=VALUE")]
    Switch(String),
    #[error("the switch {0:?} cannot be set: {1}")]
    Setting(String, serde_json::Error),
}

impl Arguments {
    /// The configuration these arguments describe.
    pub(crate) fn config(self) -> Result<SimulatorConfig, ArgumentError> {
        let mut config = SimulatorConfig {
            listen: self.listen,
            redirect_uris: self.redirect_uris,
            webhook_url: self.webhook_url,
            ..SimulatorConfig::default()
        };
        if let Some(app_id) = self.app_id {
            config.app_id = app_id;
        }
        if let Some(secret) = self.app_secret {
            config.app_secret = secret;
        }
        if let Some(name) = self.app_secret_env {
            config.app_secret = std::env::var(&name).map_err(|_| ArgumentError::NoSecret(name))?;
        }
        if !self.accounts.is_empty() {
            let accounts = self.accounts.iter().map(|text| account(text));
            config.accounts = accounts.collect::<Result<_, _>>()?;
        }
        config.settings.qps = self.qps.unwrap_or(config.settings.qps);
        config.settings.echo = match self.echo {
            Some(Echo::BeforeResponse) => EchoMode::BeforeResponse,
            Some(Echo::AfterResponse) => EchoMode::AfterResponse,
            Some(Echo::Off) => EchoMode::Off,
            None => config.settings.echo,
        };
        config.seed = self.seed.unwrap_or(config.seed);
        config.more_apps = self.more_apps.iter().map(|text| app(text)).collect::<Result<_, _>>()?;
        for text in &self.switches {
            config.settings = switched(&config.settings, text)?;
        }
        Ok(config)
    }
}

fn app(text: &str) -> Result<AppConfig, ArgumentError> {
    match text.split_once('=') {
        Some((id, secret)) if !id.is_empty() && !secret.is_empty() => Ok(AppConfig::new(id, secret)),
        _ => Err(ArgumentError::App(text.to_owned())),
    }
}

fn switched(settings: &Settings, text: &str) -> Result<Settings, ArgumentError> {
    let (name, value) = text.split_once('=').ok_or_else(|| ArgumentError::Switch(text.to_owned()))?;
    let value: Value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    let patch = serde_json::json!({ name: value });
    settings.patched(&patch).map_err(|error| ArgumentError::Setting(text.to_owned(), error))
}

fn account(text: &str) -> Result<AccountConfig, ArgumentError> {
    match text.split_once('=') {
        Some((id, username)) if !id.is_empty() && !username.is_empty() => Ok(AccountConfig {
            business_id: id.to_owned(),
            username: username.to_owned(),
            display_name: username.to_owned(),
            ..AccountConfig::default()
        }),
        _ => Err(ArgumentError::Account(text.to_owned())),
    }
}
