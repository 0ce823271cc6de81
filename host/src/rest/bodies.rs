//! What clients give of types that also cross the boundary: there what is not known is ignored, here it is refused.

use std::collections::{BTreeMap, BTreeSet};

use connector_api::{
    Timestamp,
    capabilities::{Draft, Narrowing, Part, Policy, Target},
};
use serde::Deserialize;
use utoipa::ToSchema;

/// What may be done instead of what was asked for.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[schema(as = Policy)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PolicyBody {
    /// Whether something may get lost: a button becomes a line of text, a file becomes a link.
    may_lose: bool,
    /// Whether one message may become several.
    may_split: bool,
    /// Whether a missing fact denies, where it would only be named otherwise.
    deny_unknown: bool,
}

impl From<PolicyBody> for Policy {
    fn from(body: PolicyBody) -> Self {
        let PolicyBody { may_lose, may_split, deny_unknown } = body;
        Self { may_lose, may_split, deny_unknown }
    }
}

/// What is taken away; rules are named as in reasons.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = NarrowingBody)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NarrowingBody {
    /// Rules that do not hold: `outbound.image`, `operation.typing`, `broadcast`, …
    off: BTreeSet<String>,
    /// Smaller figures: `outbound.KIND.text`, `outbound.KIND.max_bytes`, `window.length_seconds`, `window.quota`,
    /// `window.after_close`. A larger figure changes nothing.
    limits: BTreeMap<String, u64>,
}

impl From<NarrowingBody> for Narrowing {
    fn from(NarrowingBody { off, limits }: NarrowingBody) -> Self {
        Self { off, limits }
    }
}

/// What somebody wants to send at once: one part, or several that should stand in one message.
#[derive(Deserialize, ToSchema)]
#[schema(as = Draft)]
#[serde(deny_unknown_fields)]
pub(super) struct DraftBody {
    /// In the order in which they should be read.
    parts: Vec<PartBody>,
    /// The message that it quotes.
    quotes: Option<TargetBody>,
}

impl From<DraftBody> for Draft {
    fn from(DraftBody { parts, quotes }: DraftBody) -> Self {
        Self { parts: parts.into_iter().map(Part::from).collect(), quotes: quotes.map(Target::from) }
    }
}

/// One part of a draft. What is not known about it is left out.
#[derive(Deserialize, ToSchema)]
#[schema(as = DraftPart)]
#[serde(deny_unknown_fields)]
pub(super) struct PartBody {
    /// An open id, as in the capability document: `text`, `image`, `buttons`, …
    kind: String,
    /// The text; of a medium its caption, of choices what stands above them.
    text: Option<String>,
    /// What the customer can tap.
    #[serde(default)]
    choices: Vec<String>,
    /// The business's own names of the choices, those that have one.
    #[serde(default)]
    choice_ids: Vec<String>,
    /// How the choices are laid out, an open id.
    layout: Option<String>,
    /// Media type.
    mime: Option<String>,
    /// Size in bytes.
    bytes: Option<u64>,
    /// Where everybody can get it.
    url: Option<String>,
}

impl From<PartBody> for Part {
    fn from(body: PartBody) -> Self {
        let PartBody { kind, text, choices, choice_ids, layout, mime, bytes, url } = body;
        Self { kind, text, choices, choice_ids, layout, mime, bytes, url }
    }
}

/// An earlier message that an action is about.
#[derive(Deserialize, ToSchema)]
#[schema(as = TargetMessage)]
#[serde(deny_unknown_fields)]
pub(super) struct TargetBody {
    /// The kind of its content.
    kind: Option<String>,
    /// When it was sent, in milliseconds since 1970.
    #[schema(value_type = Option<i64>)]
    sent_at: Option<Timestamp>,
}

impl From<TargetBody> for Target {
    fn from(TargetBody { kind, sent_at }: TargetBody) -> Self {
        Self { kind, sent_at }
    }
}
