//! Everything about the channel that is not a message: statuses, entry points, history, people, evidence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Limit;

/// How far the platform's product is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Maturity {
    /// The platform's own word.
    #[serde(default)]
    pub stage: Stage,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// The stage of a product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// For the invited.
    ClosedBeta,
    /// For everybody, without promises.
    OpenBeta,
    /// Generally available.
    General,
    /// Nobody has said.
    #[default]
    #[serde(other)]
    Unknown,
}

/// What using the platform costs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pricing {
    /// The model.
    #[serde(default)]
    pub model: PricingModel,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// How a platform charges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PricingModel {
    /// Not at all.
    Free,
    /// For each message.
    PerMessage,
    /// For each window or conversation.
    PerWindow,
    /// Nobody has said.
    #[default]
    #[serde(other)]
    Unknown,
}

/// How an account comes to be connected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// By nothing: the instance's settings are enough, and the first authentic event of an account connects it.
    Settings,
    /// By the consent of its owner on a page of the platform.
    Consent,
    /// Nobody has said; treated as consent.
    #[default]
    #[serde(other)]
    Unknown,
}

/// How events reach the host. Absent means by webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Delivery {
    /// Who asks.
    #[serde(default)]
    pub by: DeliveryWay,
    /// Seconds between two polls that the platform is content with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_seconds: Option<u32>,
    /// How one request is read without the configuration of an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decoding: Option<Decoding>,
}

/// What a tool needs to read one webhook request with the library alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decoding {
    /// The header that carries the signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature_header: Option<String>,
    /// The setting with the secret that the signature is verified with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Values that stand for settings which nobody gave. No host serves with them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
}

/// Who asks for events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryWay {
    /// The platform calls the host.
    Webhooks,
    /// The host asks the platform, through the operation `poll`.
    Poll,
    /// Nobody has said; treated as webhooks.
    #[default]
    #[serde(other)]
    Unknown,
}

/// One state of an outbound message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusRule {
    /// `sent`, `delivered`, `read` or `failed`.
    pub state: String,
    /// Whether the channel has it.
    pub available: bool,
    /// What one signal speaks of.
    #[serde(default)]
    pub granularity: Granularity,
    /// Where the signal comes from.
    pub signal: Signal,
    /// What the state means on this channel, where it is less than its name says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub meaning: String,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// What one status signal speaks of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// One message.
    Message,
    /// Every message up to a moment.
    Watermark,
    /// The whole conversation.
    Conversation,
    /// Nobody has said.
    #[default]
    #[serde(other)]
    Unknown,
}

/// Where a status comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// The platform accepted the request.
    AcceptedResponse,
    /// The platform reported the message back.
    Echo,
    /// The customer's read receipt.
    ReadReceipt,
    /// The platform refused the request.
    Refusal,
    /// Nobody has said.
    #[default]
    #[serde(other)]
    Unknown,
}

/// A way for a customer to begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EntryPoint {
    /// An open id: `profile_link`, `qr_code`, `messaging_ad`, `chat_link`, …
    pub kind: String,
    /// Whether the channel has it.
    pub available: bool,
    /// URL with `{username}` and the like; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url_template: String,
    /// Whether a text can be written into the customer's input field.
    #[serde(default)]
    pub prefilled_text: bool,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// What the platform lets one read back. Absent means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// Oldest conversation, in days.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub max_age_days: Limit,
    /// Conversations at most.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub max_conversations: Limit,
    /// Messages of one conversation at most.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub messages_per_conversation: Limit,
    /// Messages that the platform announces without handing them on: whether they may be read back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<WithheldRule>,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Messages that the platform announces without handing them on, and that may stand in what it lets one read back. They
/// are looked for only where the account turns `history.withheld` on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WithheldRule {
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// What the platform tells about people. Absent means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Identity {
    /// Whether a customer keeps one id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stable_peer_id: Option<bool>,
    /// Whether the customer's region is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_region_known: Option<bool>,
    /// How an ad's referral reaches the business, where it is not a field of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ad_attribution: Option<String>,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Where a claim comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Evidence {
    /// Who says so.
    pub source: String,
    /// Date of the source, `YYYY-MM-DD` or `YYYY-MM`.
    pub as_of: String,
    /// How far to rely on it.
    pub confidence: Confidence,
}

/// How far to rely on a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// The platform says so.
    Vendor,
    /// Somebody saw it.
    Observed,
    /// Somebody else says so.
    ThirdParty,
    /// We assume it.
    #[serde(other)]
    Assumed,
}
