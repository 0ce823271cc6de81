//! Behaviour that can be changed while the simulator runs.

use serde::{Deserialize, Serialize};

/// When the `im_send_msg` event of an API send is posted (protocol reference, section 6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EchoMode {
    /// The webhook is answered first; only then does the send call return.
    BeforeResponse,
    /// The webhook follows the HTTP response.
    AfterResponse,
    /// API sends produce no event.
    Off,
}

/// Which reading of the reply window applies (protocol reference, section 8.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowProfile {
    /// Ten messages in the 48 hours after each user message, then none.
    Strict10,
    /// Ten after the first user message, unlimited after a later one, three after 48 hours.
    Permissive,
}

/// Switches shared by the Rust API and `/control/settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// When API sends are echoed.
    pub echo: EchoMode,
    /// How long a send waits for its echo in [`EchoMode::BeforeResponse`].
    pub echo_wait_ms: u64,
    /// Whether a retried webhook carries a new `t` (protocol reference, section 5.2, rule 7).
    pub resign_on_retry: bool,
    /// The pause before the first retry, in simulated time; it doubles with each further one.
    pub retry_base_ms: u64,
    /// How long one webhook request may take, in real time.
    pub webhook_timeout_ms: u64,
    /// Messaging calls per second and app before `40100` (protocol reference, section 9).
    pub qps: usize,
    /// Which reading of the reply window applies.
    pub window: WindowProfile,
    /// Whether messages typed in the app use up the reply window, too.
    pub app_messages_count: bool,
    /// Permissions the account owner unticks on the consent page
    /// (protocol reference, section 3.1).
    pub withheld_scopes: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            echo: EchoMode::AfterResponse,
            echo_wait_ms: 5_000,
            resign_on_retry: true,
            retry_base_ms: 1_000,
            webhook_timeout_ms: 10_000,
            qps: 10,
            window: WindowProfile::Strict10,
            app_messages_count: true,
            withheld_scopes: Vec::new(),
        }
    }
}

impl Settings {
    /// These settings with the members of a JSON object laid over them.
    pub(crate) fn patched(&self, patch: &serde_json::Value) -> Result<Self, serde_json::Error> {
        let mut merged = serde_json::to_value(self)?;
        if let (Some(target), Some(changes)) = (merged.as_object_mut(), patch.as_object()) {
            for (name, value) in changes {
                target.insert(name.clone(), value.clone());
            }
        }
        serde_json::from_value(merged)
    }
}
