//! What a simulator is started with.

use std::net::{Ipv4Addr, SocketAddr};

use crate::settings::Settings;

/// Everything fixed for the life of one simulator.
///
/// The defaults describe one developer app with one connected business account, listening on an
/// ephemeral loopback port.
#[derive(Debug, Clone)]
pub struct SimulatorConfig {
    /// Where to listen. Must be a loopback address, because the control API has no password.
    pub listen: SocketAddr,
    /// The developer app's id: `client_key`, `client_id` and `app_id` on the wire
    /// (protocol reference, section 2.3).
    pub app_id: String,
    /// The developer app's secret, which is also the key of webhook signatures
    /// (protocol reference, section 5.2).
    pub app_secret: String,
    /// Redirect URLs registered for the app, compared character by character. An empty list
    /// accepts every loopback URL.
    pub redirect_uris: Vec<String>,
    /// Scopes the app was approved for (protocol reference, section 3.2).
    pub approved_scopes: Vec<String>,
    /// The business accounts whose owners may consent. The first one is the default.
    pub accounts: Vec<AccountConfig>,
    /// The callback URL that is registered from the beginning.
    pub webhook_url: Option<String>,
    /// Makes generated ids and tokens different from those of another seed.
    pub seed: u64,
    /// What can be changed while the simulator runs.
    pub settings: Settings,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            app_id: "7000000000000000001".to_owned(),
            app_secret: "sim-app-secret-0001".to_owned(),
            redirect_uris: Vec::new(),
            approved_scopes: DEFAULT_SCOPES.map(str::to_owned).to_vec(),
            accounts: vec![AccountConfig::default()],
            webhook_url: None,
            seed: 1,
            settings: Settings::default(),
        }
    }
}

/// Scopes an app approved for messaging and profiles holds (protocol reference, section 3.2).
pub const DEFAULT_SCOPES: [&str; 8] = [
    "user.info.basic",
    "user.info.username",
    "user.info.profile",
    "user.info.stats",
    "user.account.type",
    "message.list.read",
    "message.list.send",
    "message.list.manage",
];

/// One simulated business account.
#[derive(Debug, Clone)]
pub struct AccountConfig {
    /// The `open_id`, which begins with `-` as real ones do (protocol reference, section 2.4).
    pub business_id: String,
    /// The handle.
    pub username: String,
    /// The name people see.
    pub display_name: String,
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self {
            business_id: "-000SimBusinessOpenId0001".to_owned(),
            username: "simshop".to_owned(),
            display_name: "Sim Shop".to_owned(),
        }
    }
}
