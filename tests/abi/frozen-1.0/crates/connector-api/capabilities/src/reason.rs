//! Why something may not be done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Layer, ReasonCode, Remedy, Timestamp, document::Evidence};

/// One reason against an action: the code for programs, the text for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// Stable code.
    pub code: ReasonCode,
    /// One sentence in English, with the figures of this case.
    pub text: String,
    /// The figures and names of this case, for translation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Param>,
    /// Whether waiting or the customer can change it. Permanent reasons are listed first.
    pub permanent: bool,
    /// What helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
    /// When the same may work, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<Timestamp>,
    /// Whether the platform would certainly refuse; `false` where a fact is missing or only predicted.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub certain: bool,
    /// The layer that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<Layer>,
    /// The rule that decided, as the document names it: `outbound.text`, `region.media`, `window.strict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where the rule comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Box<Evidence>>,
}

/// A figure or a name in a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Param {
    /// A figure.
    Number(i64),
    /// A name.
    Text(String),
}

impl From<i32> for Param {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u64> for Param {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_yes(certain: &bool) -> bool {
    *certain
}

impl Reason {
    /// A reason that no waiting removes.
    #[must_use]
    pub fn permanent(code: ReasonCode, text: impl Into<String>) -> Self {
        Self {
            remedy: code.remedy(),
            code,
            text: text.into(),
            params: BTreeMap::new(),
            permanent: true,
            retry_at: None,
            certain: true,
            layer: None,
            rule: None,
            evidence: None,
        }
    }

    /// A reason that passes, by time or by something the customer does.
    #[must_use]
    pub fn passing(code: ReasonCode, text: impl Into<String>) -> Self {
        Self { permanent: false, ..Self::permanent(code, text) }
    }

    /// The same reason, as one that passes.
    #[must_use]
    pub fn made_passing(mut self) -> Self {
        self.permanent = false;
        self
    }

    /// With one more figure or name.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Param>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    /// With the layer and the rule that decided, and where the rule comes from.
    #[must_use]
    pub fn decided_by(mut self, layer: Layer, rule: &str, evidence: Option<&Evidence>) -> Self {
        self.layer = Some(layer);
        self.rule = Some(rule.to_owned());
        self.evidence = evidence.cloned().map(Box::new);
        self
    }

    /// The same reason where the platform may still say otherwise.
    #[must_use]
    pub fn uncertain(mut self) -> Self {
        self.certain = false;
        self
    }

    /// With the moment at which the same may work.
    #[must_use]
    pub fn with_retry_at(mut self, at: Timestamp) -> Self {
        self.retry_at = Some(at);
        self
    }
}

/// Permanent reasons first, then by [`ReasonCode::precedence`]. Of equal codes and rules one is enough.
pub(crate) fn in_order(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.sort_by_key(|reason| (!reason.permanent, reason.code.precedence()));
    let mut kept: Vec<Reason> = Vec::new();
    for reason in reasons {
        if !kept.iter().any(|other| other.code == reason.code && other.rule == reason.rule) {
            kept.push(reason);
        }
    }
    kept
}
