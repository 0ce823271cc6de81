//! What a switch with more than two positions may say.

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

/// How a path that does not exist, but ends with its slash, is answered
/// (protocol reference, section 13, item 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownPath {
    /// The envelope with code `40008`.
    Envelope,
    /// HTTP 404 with plain text.
    NotFound,
}

/// The HTTP status of a wrong method (protocol reference, section 13, item 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrongMethod {
    /// 405.
    NotAllowed,
    /// 404.
    NotFound,
}

/// What one character of a length limit is (protocol reference, section 15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextUnit {
    /// A UTF-16 code unit.
    Utf16,
    /// A Unicode code point.
    CodePoints,
    /// A byte of UTF-8.
    Bytes,
}

impl TextUnit {
    /// How long a text is.
    pub(crate) fn length(self, text: &str) -> usize {
        match self {
            Self::Utf16 => text.encode_utf16().count(),
            Self::CodePoints => text.chars().count(),
            Self::Bytes => text.len(),
        }
    }
}

/// Whom `unique_identifier` names in an `im_send_msg` (protocol reference, section 6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EchoIdentifier {
    /// The customer.
    Customer,
    /// The business account.
    Business,
    /// Nobody: the member is missing.
    Absent,
}

/// The order of messages in history (protocol reference, section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryOrder {
    /// The newest message is first, as in the official sample.
    NewestFirst,
    /// The oldest message is first.
    OldestFirst,
}
