//! What can be sent and received.

use serde::{Deserialize, Serialize};

use super::Evidence;

/// Which way content goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Off until the account turns it on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opt_in: bool,
    /// Sizes.
    #[serde(default)]
    pub limits: ContentLimits,
    /// Where the claim comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// Sizes of one kind of content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentLimits {
    /// Length of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextLimit>,
    /// Type and size of the medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<MediaLimit>,
}

/// The longest text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextLimit {
    /// So many of `unit`, inclusive.
    pub max: u32,
    /// What is counted.
    pub unit: TextUnit,
}

/// What a text limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextUnit {
    /// Bytes of UTF-8.
    Bytes,
    /// UTF-16 code units.
    Utf16,
    /// Unicode scalar values.
    CodePoints,
    /// A unit of a later time.
    #[serde(other)]
    Unknown,
}

impl TextUnit {
    /// The unit's name behind a number.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::CodePoints => "characters",
            Self::Utf16 | Self::Unknown => "characters (UTF-16 units)",
        }
    }
}

/// Types and size of a medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLimit {
    /// Allowed media types.
    pub mimes: Vec<String>,
    /// Largest size in bytes, inclusive.
    pub max_bytes: u64,
    /// Media in one message.
    pub per_message: u32,
    /// How the platform takes the bytes.
    pub source: MediaSource,
}

/// How a platform takes media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// Bytes, uploaded first.
    Upload,
    /// A public URL.
    PublicUrl,
    /// A way of a later time.
    #[serde(other)]
    Unknown,
}

/// What one message may consist of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composition {
    /// Parts in one message; unknown where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_parts_per_message: Option<u32>,
    /// The sets of kinds that may stand together.
    #[serde(default)]
    pub allowed_sets: Vec<Vec<String>>,
    /// In which order the parts of a split message go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub split_order: Vec<String>,
}

/// What else can be done. Absent means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}
