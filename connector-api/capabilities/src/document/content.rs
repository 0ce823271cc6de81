//! What can be sent and received.

use serde::{Deserialize, Serialize};

use super::{Evidence, Granularity, Limit};

/// Which way content goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the customer.
    Inbound,
    /// From the business, through this connector.
    Outbound,
    /// From the business by another surface, reported back.
    Echo,
    /// Read back from the platform's history.
    History,
    /// A direction of a later time.
    #[serde(other)]
    Unknown,
}

/// How well something is supported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// As it is.
    Native,
    /// Turned into another kind; see [`ContentRule::becomes`].
    Converted,
    /// Shown as a placeholder that says what arrived, with a URL where there is one.
    Placeholder,
    /// Not at all.
    Unsupported,
    /// Nobody has said.
    #[default]
    #[serde(other)]
    Unknown,
}

/// The rule for one kind of content in one direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentRule {
    /// Which way.
    pub direction: Direction,
    /// An open id: `text`, `image`, `video`, `voice`, `sticker`, `post_share`, …
    pub kind: String,
    /// How well.
    pub support: Support,
    /// The kind it is turned into, where `support` is converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub becomes: Option<String>,
    /// What it may become instead, the best first: kinds, or `link` for its URL as text. Rungs that nobody knows are
    /// passed over. Without a ladder, `becomes` is the only rung.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<String>,
    /// Off until the account turns it on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opt_in: bool,
    /// What must hold beyond the limits, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// Sizes.
    #[serde(default)]
    pub limits: ContentLimits,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Sizes of one kind of content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ContentLimits {
    /// Length of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextLimit>,
    /// Type and size of the medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaLimit>,
    /// Length of a text that stands with a medium; absent where a medium has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<TextLimit>,
    /// Choices that the customer taps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choices: Option<ChoiceLimit>,
}

/// The longest text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TextLimit {
    /// So many of `unit`, inclusive.
    #[serde(default)]
    pub max: Limit,
    /// What is counted.
    #[serde(default)]
    pub unit: TextUnit,
}

/// What a text limit counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TextUnit {
    /// Bytes of UTF-8.
    Bytes,
    /// UTF-16 code units.
    Utf16,
    /// Unicode scalar values.
    CodePoints,
    /// Grapheme clusters: what people take for one character.
    Graphemes,
    /// Nobody has said, or a unit of a later time; counted as UTF-16 units.
    #[default]
    #[serde(other)]
    Unknown,
}

impl TextUnit {
    /// The unit's name behind a number.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::CodePoints | Self::Graphemes => "characters",
            Self::Utf16 | Self::Unknown => "characters (UTF-16 units)",
        }
    }
}

/// Choices that the customer taps: buttons, quick replies, question cards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChoiceLimit {
    /// Fewest choices in one message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// Choices in one message.
    #[serde(default)]
    pub max: Limit,
    /// Length of the text above them, in `unit`.
    #[serde(default)]
    pub title_max: Limit,
    /// Length of one choice, in `unit`.
    #[serde(default)]
    pub label_max: Limit,
    /// Length of the business's own name of a choice, in `unit`.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub id_max: Limit,
    /// The layouts that there are, where what holds differs between them; the limits above hold without a layout.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layouts: Vec<ChoiceLayout>,
    /// What is counted.
    #[serde(default)]
    pub unit: TextUnit,
}

/// How choices are laid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChoiceLayout {
    /// An open id: `buttons`, `links`.
    pub layout: String,
    /// Length of one choice in this layout.
    #[serde(default)]
    pub label_max: Limit,
}

/// Types and size of a medium.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MediaLimit {
    /// Allowed media types; `image/*` and `*/*` are patterns. None means unknown.
    #[serde(default)]
    pub mimes: Vec<String>,
    /// Largest size in bytes, inclusive.
    #[serde(default)]
    pub max_bytes: Limit,
    /// Media in one message.
    #[serde(default)]
    pub per_message: Limit,
    /// How the platform takes the bytes; of what arrives, how it gives them. Without a word they come through the connector.
    #[serde(default)]
    pub source: MediaSource,
    /// Seconds for which the platform keeps an uploaded medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_lasts_seconds: Option<u32>,
}

/// How a platform takes media.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// Bytes, uploaded first.
    Upload,
    /// A public URL.
    PublicUrl,
    /// Either.
    Either,
    /// Nobody has said, or a way of a later time.
    #[default]
    #[serde(other)]
    Unknown,
}

/// What one message may consist of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Composition {
    /// Parts in one message.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub max_parts_per_message: Limit,
    /// The sets of kinds that may stand together.
    #[serde(default)]
    pub allowed_sets: Vec<Vec<String>>,
    /// In which order the parts of a split message go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub split_order: Vec<String>,
    /// What becomes of parts that may not stand together, the best first: `split` into messages, or `link`, the media's
    /// URLs as text. Without a ladder only `split`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ladder: Vec<String>,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// What else can be done. Absent means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Operations {
    /// Quote a message.
    #[serde(default)]
    pub reply: OperationRule,
    /// React to a message.
    #[serde(default)]
    pub react: OperationRule,
    /// Change a sent message.
    #[serde(default)]
    pub edit: OperationRule,
    /// Take a sent message back.
    #[serde(default)]
    pub delete: OperationRule,
    /// Show that the business is typing.
    #[serde(default)]
    pub typing: OperationRule,
    /// Tell the customer that the business has read.
    #[serde(default)]
    pub mark_read: OperationRule,
}

/// How one operation is supported.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperationRule {
    /// How well.
    #[serde(default)]
    pub support: Support,
    /// Kinds of content that the operation may carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Kinds of content that it may be applied to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_kinds: Vec<String>,
    /// Seconds for which its effect lasts, where it fades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lasts_seconds: Option<u32>,
    /// Seconds after which a message is too old for it.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub max_age_seconds: Limit,
    /// Times that it may be done to one message.
    #[serde(default, skip_serializing_if = "Limit::is_unknown")]
    pub max_count: Limit,
    /// Whether it needs an open reply window; unknown is treated as if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_window: Option<bool>,
    /// What one use of it speaks of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granularity: Option<Granularity>,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}
