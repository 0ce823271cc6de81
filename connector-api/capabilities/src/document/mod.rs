//! The capability document: what a channel can do, declared once by its connector.
//!
//! Absence means *unknown*, never *allowed*. Unknown fields and unknown variants of a later time are read as
//! unknown. Every claim can carry [`Evidence`].

mod beyond;
mod content;
mod limit;
mod policy;
mod surroundings;

use serde::{Deserialize, Serialize};

pub use beyond::{AutomaticRule, CommentRule};
pub use content::{
    ChoiceLayout, ChoiceLimit, Composition, ContentLimits, ContentRule, Direction, MediaLimit, MediaSource,
    OperationRule, Operations, Support, TextLimit, TextUnit,
};
pub use limit::Limit;
pub use policy::{
    Broadcast, Counts, Initiation, Initiator, Meanwhile, Probe, Quota, RateLimit, RateScope, RegionFeature,
    RegionMode, RegionRule, RegionSubject, Resolution, Restart, Window,
};
pub use surroundings::{
    Authorization, Confidence, Decoding, Delivery, DeliveryWay, EntryPoint, Evidence, Granularity, History,
    Identity, Maturity, Pricing, PricingModel, Signal, Stage, StatusRule, WithheldRule,
};

/// The value of [`CapabilityDocument::schema`] that this version writes.
pub const SCHEMA: &str = "connector.capabilities/v1";

/// A connector's declaration of what its channel can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CapabilityDocument {
    /// [`SCHEMA`].
    pub schema: String,
    /// Who declares this.
    pub connector: ConnectorIdentity,
    /// How far the platform's own product is.
    #[serde(default)]
    pub maturity: Maturity,
    /// What using the platform costs.
    #[serde(default)]
    pub pricing: Pricing,
    /// What a business needs before it can use the channel, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access: Vec<String>,
    /// The platform's own documentation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs_url: Option<String>,
    /// When the document was last held against its sources, `YYYY-MM-DD` or `YYYY-MM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// How an account comes to be connected.
    #[serde(default)]
    pub authorization: Authorization,
    /// How events reach the host.
    #[serde(default)]
    pub delivery: Delivery,
    /// One rule per direction and kind of content. No rule means unknown.
    #[serde(default)]
    pub content: Vec<ContentRule>,
    /// What one message may consist of.
    #[serde(default)]
    pub composition: Composition,
    /// What else can be done with messages and conversations.
    #[serde(default)]
    pub operations: Operations,
    /// Who may start a conversation, and how.
    #[serde(default)]
    pub initiation: Vec<Initiation>,
    /// Reply windows and their quotas.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// Requests per time that the platform accepts.
    #[serde(default)]
    pub rates: Vec<RateLimit>,
    /// One text to many.
    #[serde(default)]
    pub broadcast: Broadcast,
    /// Where the channel, or a part of it, may not be used.
    #[serde(default)]
    pub regions: Vec<RegionRule>,
    /// Live questions to the platform that settle what the document leaves unknown.
    #[serde(default)]
    pub probes: Vec<Probe>,
    /// The states of an outbound message and the signal of each.
    #[serde(default)]
    pub statuses: Vec<StatusRule>,
    /// Ways for a customer to begin.
    #[serde(default)]
    pub entry_points: Vec<EntryPoint>,
    /// Messages that the platform sends by itself, a rule for each kind. No rule means unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automatic_messages: Vec<AutomaticRule>,
    /// Answering comments in private.
    #[serde(default, skip_serializing_if = "CommentRule::is_unknown")]
    pub comment_answers: CommentRule,
    /// What the platform keeps and lets one read back.
    #[serde(default)]
    pub history: History,
    /// What the platform tells about people.
    #[serde(default)]
    pub identity: Identity,
    /// What an instance is set up with: a JSON Schema of one object, of the kind that [`crate::settings`] understands. A
    /// secret is a property with `"writeOnly": true`. Absent where nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<serde_json::Value>,
}

/// Who declares a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectorIdentity {
    /// Stable id, the same in every version of this connector: lower-case letters, digits and `-`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Version of the connector.
    pub version: String,
}

impl CapabilityDocument {
    /// The rule for one direction and kind, where one is declared.
    #[must_use]
    pub fn content_rule(&self, direction: Direction, kind: &str) -> Option<&ContentRule> {
        self.content.iter().find(|rule| rule.direction == direction && rule.kind == kind)
    }

    /// How well a kind is supported in one direction; without a rule unknown.
    #[must_use]
    pub fn support(&self, direction: Direction, kind: &str) -> Support {
        self.content_rule(direction, kind).map_or(Support::Unknown, |rule| rule.support)
    }

    /// The rule for one operation by its name in the document; `None` for a name that this version does not know.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&OperationRule> {
        let operations = &self.operations;
        Some(match name {
            "reply" => &operations.reply,
            "react" => &operations.react,
            "edit" => &operations.edit,
            "delete" => &operations.delete,
            "typing" => &operations.typing,
            "mark_read" => &operations.mark_read,
            _ => return None,
        })
    }

    /// The rules that an account can turn on, named as its layer names them.
    #[must_use]
    pub fn opt_ins(&self) -> Vec<String> {
        let content = self.content.iter().filter(|rule| rule.opt_in && rule.direction == Direction::Outbound);
        let content = content.map(|rule| format!("outbound.{}", rule.kind));
        let ways = self.initiation.iter().filter(|way| way.opt_in && way.who == Initiator::Business);
        let ways = ways.map(|way| format!("initiation.business.{}", way.via));
        let withheld = self.history.withheld.as_ref();
        content.chain(ways).chain(withheld.map(|_| "history.withheld".to_owned())).collect()
    }

    /// The reply window that holds unless the account chose another profile. None declared means none applies.
    #[must_use]
    pub fn window(&self) -> Option<&Window> {
        self.windows.iter().find(|window| !window.opt_in).or(self.windows.first())
    }

    /// Whether the business may write first by any way that is on without an opt-in.
    #[must_use]
    pub fn business_may_start(&self) -> bool {
        self.initiation.iter().any(|way| way.who == Initiator::Business && !way.opt_in)
    }
}
