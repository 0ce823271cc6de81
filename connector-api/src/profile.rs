//! What the platform tells about businesses, people and itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Account, Contact};

/// How a business presents itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AccountProfile {
    /// The user name, which may change.
    #[serde(default)]
    pub handle: Option<String>,
    /// The name shown.
    #[serde(default)]
    pub display_name: Option<String>,
    /// A picture, at a URL that may expire.
    #[serde(default)]
    pub picture_url: Option<String>,
}

impl AccountProfile {
    /// A profile with these names.
    #[must_use]
    pub fn new(handle: Option<String>, display_name: Option<String>) -> Self {
        Self { handle, display_name, picture_url: None }
    }
}

/// Ask about the other person of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactProfileRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation.
    pub conversation: String,
}

/// How the other person presents themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContactProfile {
    /// Who.
    pub contact: Contact,
    /// A picture, at a URL that may expire.
    #[serde(default)]
    pub picture_url: Option<String>,
}

/// Settle facts that the capability document leaves unknown.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbeRequest {
    /// For whom.
    pub account: Account,
    /// The platform's id of the conversation, for facts of a conversation.
    #[serde(default)]
    pub conversation: Option<String>,
    /// The claims to settle, as the document names them.
    pub facts: Vec<String>,
}

/// What a probe settled. A claim that is absent stays unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProbeAnswer {
    /// Claim to truth.
    pub facts: BTreeMap<String, bool>,
}

/// Tell the platform where to deliver webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConfigureWebhooksRequest {
    /// The public URL; `None` only asks what is configured.
    #[serde(default)]
    pub callback_url: Option<String>,
}

/// Where the platform delivers webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookConfiguration {
    /// As configured now.
    #[serde(default)]
    pub callback_url: Option<String>,
}

/// Ask for ways in which customers can begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntryPointsRequest {
    /// For whom.
    pub account: Account,
    /// Comes back with the referral.
    #[serde(default)]
    pub reference: Option<String>,
    /// Text to put into the customer's input field.
    #[serde(default)]
    pub prefilled_text: Option<String>,
}

/// Ways in which customers can begin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntryPoints {
    /// Kind, as in the document, to URL.
    pub urls: BTreeMap<String, String>,
}
