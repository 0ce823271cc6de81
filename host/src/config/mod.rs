//! What an operator decides: read from `jackfield.toml` and the environment, or built by a program.
//!
//! ```toml
//! [encryption]
//! key = { env = "JACKFIELD_ENCRYPTION_KEY" }
//!
//! [instances.shop]
//! connector = "echo"
//!
//! [instances.shop.settings]
//! greeting = "Hello"
//!
//! [instances.shop.secrets]
//! app_secret = { file = "app-secret.txt" }
//! ```
//!
//! Everything else has a default. Relative paths are relative to the file. A secret is always a reference, to an
//! environment variable or to a file.
//!
//! # Environment
//!
//! `JACKFIELD__` and the key path with `__` between its parts overrides a key: `JACKFIELD__SERVER__LISTEN`,
//! `JACKFIELD__INSTANCES__SHOP__SECRETS__APP_SECRET__ENV`. Case does not matter; in an instance's name `_` stands for
//! `-`. A value is read as the type that its key needs, a list as words between commas; in `settings`, as the type that the file gives the key,
//! otherwise as the one that the connector's document says, and where neither says any as text.

mod alerts;
mod build;
mod connectors;
mod env;
mod error;
mod examine;
mod load;
mod media;
mod retention;
mod secret;
mod shape;
mod webhooks;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    time::Duration,
};

use connector_api::{Secret, capabilities::Region};
use serde_json::{Map, Value, json};
use url::Url;

pub(crate) use self::examine::is_wrong;
pub use self::{
    alerts::Alerts,
    connectors::{ConnectorsConfig, IsolationChoice},
    env::process_environment,
    error::{ConfigError, Place},
    examine::Examined,
    media::{Bucket, MediaConfig, MediaPlace},
    retention::Retention,
    webhooks::WebhooksConfig,
};
use crate::{
    document,
    seal::{SealKey, Sealer},
};

/// Everything that a host needs to know before it starts.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it is reached.
    pub server: ServerConfig,
    /// Where it keeps what it knows.
    pub store: StoreConfig,
    /// Where the organisation that runs it is registered; `None` where nobody has said.
    pub organisation_region: Option<Region>,
    /// Where its connectors lie.
    pub connectors: ConnectorsConfig,
    /// What credentials at rest are encrypted with.
    pub encryption: EncryptionConfig,
    /// What it takes on at most.
    pub limits: Limits,
    /// Where it keeps files.
    pub media: MediaConfig,
    /// How long it keeps what is needed only for a while.
    pub retention: Retention,
    /// To which addresses it delivers.
    pub webhooks: WebhooksConfig,
    /// When it warns people.
    pub alerts: Alerts,
    /// Its instances by name: 1 to 64 of `a-z`, `0-9` and `-`.
    pub instances: BTreeMap<String, InstanceConfig>,
    /// The files that its secrets were read from.
    pub secret_files: BTreeSet<PathBuf>,
}

/// Where the host is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// The address to listen on; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// How the outside world reaches the host; `None`: at the address it listens on.
    pub public_url: Option<Url>,
}

/// Where the host keeps what it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreConfig {
    /// The database file.
    pub path: PathBuf,
}

/// What credentials at rest are encrypted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionConfig {
    /// Encrypts and decrypts.
    pub key: SealKey,
    /// Only decrypt: keys from before a change of `key`.
    pub previous_keys: Vec<SealKey>,
}

impl EncryptionConfig {
    /// What seals and opens with these keys.
    #[must_use]
    pub fn sealer(&self) -> Sealer {
        Sealer::new(self.key.clone(), self.previous_keys.iter().cloned())
    }
}

/// What the host takes on at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one request's body.
    pub body_bytes: usize,
    /// Bytes of one file, uploaded or fetched.
    pub media_bytes: u64,
    /// Time for a connector to read one webhook request.
    pub receive_deadline: Duration,
    /// Time for any other operation of a connector.
    pub call_deadline: Duration,
    /// Messages on their way to platforms at once, over all instances.
    pub concurrent_sends: usize,
    /// Requests of one key; for a moment it may ask twice as often.
    pub requests_per_second: NonZeroU32,
    /// Bytes of the bodies that have arrived and are being worked on, over all requests.
    pub bodies_in_flight_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1_048_576,
            media_bytes: 25_000_000,
            receive_deadline: Duration::from_millis(2_000),
            call_deadline: Duration::from_millis(30_000),
            concurrent_sends: 32,
            requests_per_second: NonZeroU32::MIN.saturating_add(49),
            bodies_in_flight_bytes: 134_217_728,
        }
    }
}

/// One connector with its configuration.
#[derive(Debug, Clone)]
pub struct InstanceConfig {
    /// The connector's id.
    pub connector: String,
    /// Where platforms send an owner after consent, exactly as registered; `None`: the host's own page for it.
    pub redirect_uri: Option<String>,
    /// Requests that its app may make in the time for which the connector's document declares a rate of the app;
    /// `None`: as many as declared. Only where the document says that the rate is configurable.
    pub app_rate: Option<u32>,
    /// What the connector is given, without secrets.
    pub settings: Map<String, Value>,
    /// Those of the settings that somebody could write only as text: they are read as the connector's document says, their
    /// names in any case.
    pub untyped: BTreeSet<String>,
    /// What the connector is given besides, as strings of the same table.
    pub secrets: BTreeMap<String, Secret>,
}

impl InstanceConfig {
    /// An instance of `connector` without settings.
    #[must_use]
    pub fn new(connector: impl Into<String>) -> Self {
        Self {
            connector: connector.into(),
            redirect_uri: None,
            app_rate: None,
            settings: Map::new(),
            untyped: BTreeSet::new(),
            secrets: BTreeMap::new(),
        }
    }

    /// SHA-256 of all that it says, without the secrets: whether a host runs with what a file says now.
    #[must_use]
    pub fn digest(&self) -> String {
        let secrets: Vec<&String> = self.secrets.keys().collect();
        document::hash(&json!({
            "connector": self.connector, "redirect_uri": self.redirect_uri, "app_rate": self.app_rate,
            "settings": self.settings, "untyped": self.untyped, "secrets": secrets,
        }))
    }

    /// Settings and secrets in one table, secrets in clear: for the connector only.
    #[must_use]
    pub fn connector_settings(&self) -> Map<String, Value> {
        let secrets = self.secrets.iter().map(|(key, secret)| (key.clone(), Value::from(secret.expose())));
        self.settings.clone().into_iter().chain(secrets).collect()
    }
}

impl Config {
    /// A host without instances at 127.0.0.1:8080, with default limits.
    #[must_use]
    pub fn new(
        store_path: impl Into<PathBuf>,
        connectors_dir: impl Into<PathBuf>,
        encryption_key: SealKey,
    ) -> Self {
        let store = StoreConfig { path: store_path.into() };
        Self {
            server: ServerConfig { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)), public_url: None },
            media: MediaConfig::beside(&store.path),
            store,
            organisation_region: None,
            connectors: ConnectorsConfig::new(connectors_dir),
            encryption: EncryptionConfig { key: encryption_key, previous_keys: Vec::new() },
            limits: Limits::default(),
            retention: Retention::default(),
            webhooks: WebhooksConfig::default(),
            alerts: Alerts::default(),
            instances: BTreeMap::new(),
            secret_files: BTreeSet::new(),
        }
    }

    /// The public URL without a slash at its end, for a server that listens on `bound`.
    #[must_use]
    pub fn public_url(&self, bound: SocketAddr) -> String {
        match &self.server.public_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("http://{bound}"),
        }
    }

    /// Where the platform delivers webhooks of `instance`, for a server that listens on `bound`.
    #[must_use]
    pub fn webhook_url(&self, instance: &str, bound: SocketAddr) -> String {
        format!("{}/webhooks/{instance}", self.public_url(bound))
    }

    /// Where platforms send an owner of `instance` after consent; `None` where there is no such instance.
    #[must_use]
    pub fn redirect_uri(&self, instance: &str, bound: SocketAddr) -> Option<String> {
        let configured = &self.instances.get(instance)?.redirect_uri;
        Some(configured.clone().unwrap_or_else(|| {
            format!("{}/v1/instances/{instance}/authorizations/callback", self.public_url(bound))
        }))
    }
}

#[cfg(test)]
mod tests;
