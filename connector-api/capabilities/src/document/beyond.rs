//! What a channel has beside conversations: messages that the platform sends by itself, and comments.

use serde::{Deserialize, Serialize};

use super::{Evidence, Limit, Support, TextLimit};

/// One kind of messages that the platform sends by itself, and that the business writes beforehand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AutomaticRule {
    /// An open id, as the operation `automatic_messages` takes it: `welcome_message`, …
    pub kind: String,
    /// Messages of the kind that an account may have.
    #[serde(default)]
    pub max: Limit,
    /// What the customer sees and taps; absent where the kind has no title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<TextLimit>,
    /// What is sent.
    #[serde(default)]
    pub text: TextLimit,
    /// Whether one can be removed; otherwise the kind can only be switched off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_be_deleted: Option<bool>,
    /// Whether their order can be set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_be_sorted: Option<bool>,
    /// Whether the platform reviews a text before it is used; it cannot be changed meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<bool>,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Answering comments in private. Whether an account may is an opt-in, `initiation.business.comment`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommentRule {
    /// How well.
    #[serde(default)]
    pub support: Support,
    /// Kinds of content that an answer may be; their own limits hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Seconds after which a comment is too old.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub max_age_seconds: Limit,
    /// Answers to one comment.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub max_count: Limit,
    /// Seconds in which neither side may have written to the other in private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_seconds: Option<u32>,
    /// Regions in which the business has to be registered; none means that nobody has said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account_regions: Vec<String>,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

impl CommentRule {
    /// Whether nobody has said anything.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}
