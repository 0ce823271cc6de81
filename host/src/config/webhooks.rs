//! To which addresses outgoing webhooks are delivered.

use serde::Deserialize;

/// To which addresses outgoing webhooks are delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WebhooksConfig {
    /// Also without TLS.
    pub allow_http: bool,
    /// Also to loopback and to private networks.
    pub allow_private: bool,
}

/// As serde reads it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawWebhooks {
    allow_http: bool,
    allow_private: bool,
}

pub(super) fn build(raw: &RawWebhooks) -> WebhooksConfig {
    WebhooksConfig { allow_http: raw.allow_http, allow_private: raw.allow_private }
}
