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
    /// More developer apps. They know every account by another `open_id`.
    pub more_apps: Vec<AppConfig>,
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
            more_apps: Vec::new(),
            seed: 1,
            settings: Settings::default(),
        }
    }
}

impl SimulatorConfig {
    pub(crate) fn first_app(&self) -> AppConfig {
        AppConfig {
            app_id: self.app_id.clone(),
            app_secret: self.app_secret.clone(),
            redirect_uris: self.redirect_uris.clone(),
            approved_scopes: self.approved_scopes.clone(),
            webhook_url: self.webhook_url.clone(),
        }
    }
}

/// A developer app beside the first one.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// The app's id.
    pub app_id: String,
    /// The app's secret.
    pub app_secret: String,
    /// Redirect URLs registered for it. An empty list accepts every loopback URL.
    pub redirect_uris: Vec<String>,
    /// Scopes it was approved for.
    pub approved_scopes: Vec<String>,
    /// Its callback URL of direct messages.
    pub webhook_url: Option<String>,
}

impl AppConfig {
    /// An app with the default scopes and no callback URL.
    #[must_use]
    pub fn new(app_id: &str, app_secret: &str) -> Self {
        Self {
            app_id: app_id.to_owned(),
            app_secret: app_secret.to_owned(),
            redirect_uris: Vec::new(),
            approved_scopes: DEFAULT_SCOPES.map(str::to_owned).to_vec(),
            webhook_url: None,
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
    /// Where it is registered, as an ISO 3166 code (protocol reference, section 1.2).
    pub country: String,
    /// Whether everybody may write to it. Otherwise new chats are requests, which someone of the
    /// business accepts in the app (protocol reference, section 1.1).
    pub everyone_may_write: bool,
    /// Ids of its posts, which SHARE_POST may send.
    pub posts: Vec<String>,
}

impl Default for AccountConfig {
    fn default() -> Self {
        Self {
            business_id: "-000SimBusinessOpenId0001".to_owned(),
            username: "simshop".to_owned(),
            display_name: "Sim Shop".to_owned(),
            country: "BR".to_owned(),
            everyone_may_write: true,
            posts: vec!["7400000000000000001".to_owned()],
        }
    }
}
