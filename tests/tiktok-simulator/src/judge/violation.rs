//! What the simulator holds against its client.

use serde::Serialize;

/// A rule of the protocol that the client broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViolationKind {
    /// A path without its trailing slash (protocol reference, section 2.1).
    MissingTrailingSlash,
    /// A path that does not exist.
    UnknownPath,
    /// A method the path does not have.
    WrongMethod,
    /// A body whose `Content-Type` is not the path's (protocol reference, section 2.1).
    ContentType,
    /// An `Authorization` header (protocol reference, section 2.3).
    AuthorizationHeader,
    /// No `Access-Token` header where one is needed (protocol reference, section 2.3).
    MissingAccessToken,
    /// `Bearer` inside the `Access-Token` header (protocol reference, section 2.3).
    BearerPrefix,
    /// An `Access-Token` header where credentials belong into the parameters (section 2.3).
    UnexpectedAccessToken,
    /// Bytes fetched without `x-user`, or with `Access-Token` (protocol reference, section 4.5).
    DownloadHeader,
    /// An id in a query string whose `+` was not written `%2B` (protocol reference, section 2.4).
    PlusDecodedAsSpace,
    /// A percent-encoded id in a JSON body (protocol reference, section 2.4).
    EncodedIdInBody,
    /// An array in a query string that is not JSON text (protocol reference, section 2.1).
    ArrayNotJson,
    /// A parameter or member that the endpoint does not have (protocol reference, section 4).
    UnknownMember,
    /// Parts of an upload that are missing, unknown or without name and type (section 4.4).
    MultipartPart,
    /// More calls per second, minute or day than the app may make (section 9).
    RateExceeded,
    /// A send outside the reply window (protocol reference, section 8.1).
    WindowClosed,
    /// A send after the window's messages were used up (protocol reference, section 8.1).
    QuotaExceeded,
    /// A send to one conversation too many of a day (protocol reference, section 8.2).
    DailyCapExceeded,
    /// A request body or parameter the endpoint refuses (protocol reference, section 4).
    InvalidRequest,
    /// An auth code used a second time (protocol reference, section 3.3).
    AuthCodeReused,
    /// A refresh token used after it was rotated away (protocol reference, section 3.4).
    RefreshTokenReused,
}

/// One judgement on one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// The rule.
    pub kind: ViolationKind,
    /// The method of the call.
    pub method: String,
    /// The path of the call.
    pub path: String,
    /// The `request_id` of the answer.
    pub request_id: String,
    /// What was seen. Never contains a token or secret.
    pub detail: String,
    /// When, in simulated Unix milliseconds.
    pub at_ms: i64,
}

/// A judgement that does not know its call yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) kind: ViolationKind,
    pub(crate) detail: String,
}

impl Breach {
    pub(crate) fn new(kind: ViolationKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}
