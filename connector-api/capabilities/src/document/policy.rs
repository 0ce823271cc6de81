//! Who may write when, how often, and where.

use serde::{Deserialize, Serialize};

use super::{Evidence, Limit, Support};

/// One way to start a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Initiation {
    /// Who writes first.
    pub who: Initiator,
    /// An open id: `direct_message`, `ad`, `link`, `qr`, `comment`, …
    pub via: String,
    /// Off until the account turns it on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opt_in: bool,
    /// What must hold, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Who writes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Initiator {
    /// The customer.
    Customer,
    /// The business.
    Business,
    /// Somebody of a later time.
    #[serde(other)]
    Unknown,
}

/// For how long, and how often, the business may answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Window {
    /// An id, where a platform's own statements differ and the account chooses which to plan by: `strict`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Off until the account chooses its profile. The first window without it is the one that holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opt_in: bool,
    /// From the message that opens it; it is closed exactly at this length.
    #[serde(default)]
    pub length_seconds: Limit,
    /// What begins it anew.
    #[serde(default)]
    pub restarts: Restart,
    /// Messages in it.
    #[serde(default)]
    pub quota: Quota,
    /// Messages that are still possible after it has closed; unknown means none.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub after_close: Limit,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// What begins a window anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Restart {
    /// Each message of the customer.
    EachInbound,
    /// Nothing.
    Never,
    /// A rule of a later time.
    #[default]
    #[serde(other)]
    Unknown,
}

/// Messages of the business in one window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quota {
    /// So many.
    #[serde(default)]
    pub max: Limit,
    /// So many where the customer wrote again, that is in every window but the first; unknown means `max`.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub max_later: Limit,
    /// Whether a restarted window begins with all of them again.
    #[serde(default)]
    pub refills_on_restart: bool,
    /// What takes a place.
    #[serde(default)]
    pub counts: Counts,
}

/// Which messages take a place of the quota; `None` is unknown and planned for as if they did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counts {
    /// Those sent through the API.
    pub api: Option<bool>,
    /// Those that a colleague writes in the platform's own app.
    pub app: Option<bool>,
    /// Those that the platform sends by itself.
    pub automatic: Option<bool>,
    /// Typing and read marks.
    pub signals: Option<bool>,
}

/// Requests per time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RateLimit {
    /// What shares the limit.
    pub scope: RateScope,
    /// So many requests …
    pub max: u32,
    /// … in so many seconds.
    pub per_seconds: u32,
    /// Whether an instance's settings may change `max`.
    #[serde(default)]
    pub configurable: bool,
    /// The figures that the platform grants, where they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<u32>,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// What shares a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RateScope {
    /// Everything of one application, that is of one instance.
    App,
    /// One connected business.
    Account,
    /// One conversation.
    Conversation,
    /// A scope of a later time.
    #[serde(other)]
    Unknown,
}

/// One text to many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Broadcast {
    /// Whether there is such a thing.
    #[serde(default)]
    pub support: Support,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Where a feature may not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegionRule {
    /// What is limited.
    pub feature: RegionFeature,
    /// Whose region counts.
    pub subject: RegionSubject,
    /// What the set means.
    pub mode: RegionMode,
    /// ISO 3166-1 alpha-2 codes, or the name of a set that the host expands: `EU`, `EEA`.
    pub set: Vec<String>,
    /// How one learns whether the rule applies.
    #[serde(default)]
    pub resolved_by: Resolution,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// What a region rule limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegionFeature {
    /// Being served at all.
    Service,
    /// Reading and sending messages.
    Messaging,
    /// Sending media.
    Media,
    /// A feature of a later time.
    #[serde(other)]
    Unknown,
}

/// Whose region counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegionSubject {
    /// Where the organisation that runs the host is registered.
    Organisation,
    /// The business account's.
    Account,
    /// The customer's.
    Peer,
    /// The rule applies as soon as either side is in the set.
    Either,
    /// A subject of a later time.
    #[serde(other)]
    Unknown,
}

/// What the set of a region rule means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegionMode {
    /// Not there.
    Block,
    /// Only there.
    AllowOnly,
    /// A mode of a later time.
    #[serde(other)]
    Unknown,
}

/// How one learns whether a region rule applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The operator says so.
    Declared,
    /// The platform answers a [`Probe`].
    Probe,
    /// Not beforehand.
    #[default]
    #[serde(other)]
    Never,
}

/// A live question to the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Probe {
    /// The claims it settles, as `area.detail`.
    pub answers: Vec<String>,
    /// What one answer holds for.
    pub scope: RateScope,
    /// Seconds for which an answer holds.
    pub valid_seconds: u32,
    /// What makes an answer stale before that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invalidated_by: Vec<String>,
    /// The verdict on what is still unknown.
    pub meanwhile: Meanwhile,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// The verdict while a fact is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Meanwhile {
    /// Go ahead, and say which fact is missing.
    Allow,
    /// Wait for the fact.
    #[serde(other)]
    Deny,
}
