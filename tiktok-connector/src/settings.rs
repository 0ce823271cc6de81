//! What an operator sets for one TikTok app.

use connector_api::{ConnectorError, Secret};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use url::{Host, Url};

use crate::scopes;

/// TikTok delivers an event again for so long (protocol reference, section 5.1).
pub(crate) const REDELIVERY_SECONDS: u32 = 72 * 3600;

const LONGEST_TIMEOUT_SECONDS: u32 = 300;

/// The settings of one instance: one TikTok app.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The app's id; TikTok also calls it `client_key` and `client_id` (protocol reference, section 2.3).
    pub app_id: String,
    /// The app's secret; signs webhooks and proves the app in OAuth.
    #[serde(deserialize_with = "secret")]
    pub app_secret: Secret,
    /// Where the API is, version included, with or without `/` at the end.
    #[serde(default = "api_base")]
    pub api_base: String,
    /// The page on which an owner consents.
    #[serde(default = "authorize_url")]
    pub authorize_url: String,
    /// So old may a webhook's signature be.
    #[serde(default = "signature_tolerance_seconds")]
    pub signature_tolerance_seconds: u32,
    /// What happens to a genuine signature that is older.
    #[serde(default)]
    pub stale_signatures: StaleSignatures,
    /// The permissions to ask an owner for; one that the app is not approved for fails the whole consent.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// Longest time for one request to TikTok.
    #[serde(default = "request_timeout_seconds")]
    pub request_timeout_seconds: u32,
}

/// What happens to a genuine webhook signature that is older than the tolerance.
///
/// Nobody knows whether TikTok signs anew when it delivers again (protocol reference, section 5.2, rule 7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StaleSignatures {
    /// Accepted while TikTok would still deliver; de-duplication is the defence against replays.
    #[default]
    Accept,
    /// Refused.
    Reject,
}

impl Settings {
    /// These settings, if they can work.
    pub(crate) fn checked(mut self) -> Result<Self, ConnectorError> {
        if self.app_id.trim().is_empty() {
            return Err(refused("app_id is empty."));
        }
        if self.app_secret.expose().trim().is_empty() {
            return Err(refused("app_secret is empty; anybody could sign webhooks with it."));
        }
        checked_url("api_base", &self.api_base)?;
        checked_url("authorize_url", &self.authorize_url)?;
        self.api_base.truncate(self.api_base.trim_end_matches('/').len());
        in_range("signature_tolerance_seconds", self.signature_tolerance_seconds, REDELIVERY_SECONDS)?;
        in_range("request_timeout_seconds", self.request_timeout_seconds, LONGEST_TIMEOUT_SECONDS)?;
        let is_one_word = |s: &String| !s.is_empty() && !s.contains([',', ' ']);
        if self.scopes.is_empty() || !self.scopes.iter().all(is_one_word) {
            return Err(refused("scopes must be a list of permissions, one permission an entry."));
        }
        Ok(self)
    }
}

/// Refuses what would send the app's secret in clear over a network.
fn checked_url(name: &str, text: &str) -> Result<(), ConnectorError> {
    let url = Url::parse(text).map_err(|e| refused(format!("{name} is not a URL: {e}.")))?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(refused(format!("{name} must begin with https://; http:// is for this machine only.")));
    }
    let plain = url.username().is_empty() && url.password().is_none();
    if !plain || url.query().is_some() || url.fragment().is_some() {
        return Err(refused(format!("{name} must have no user, no query and no fragment.")));
    }
    Ok(())
}

/// Whether a URL stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn in_range(name: &str, value: u32, max: u32) -> Result<(), ConnectorError> {
    if (1..=max).contains(&value) {
        return Ok(());
    }
    Err(refused(format!("{name} must be from 1 to {max}.")))
}

fn refused(message: impl Into<String>) -> ConnectorError {
    ConnectorError::settings(message)
}

/// Reads a secret without ever quoting it: serde's own complaint about a number would show the number.
fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::String(text) => Ok(Secret::new(text)),
        _ => Err(D::Error::custom("app_secret must be a text")),
    }
}

fn api_base() -> String {
    "https://business-api.tiktok.com/open_api/v1.3".to_owned()
}

fn authorize_url() -> String {
    "https://www.tiktok.com/v2/auth/authorize".to_owned()
}

fn signature_tolerance_seconds() -> u32 {
    300
}

fn request_timeout_seconds() -> u32 {
    30
}

fn scopes() -> Vec<String> {
    scopes::needed().map(str::to_owned).collect()
}
