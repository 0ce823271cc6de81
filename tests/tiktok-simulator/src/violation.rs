//! What the simulator holds against its client.

use serde::Serialize;

/// A rule of the protocol that the client broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViolationKind {
    /// A path without its trailing slash (protocol reference, section 2.1).
    MissingTrailingSlash,
    /// A path that does not exist.
    UnknownPath,
    /// A method the path does not have.
    WrongMethod,
    /// A JSON call without `Content-Type: application/json` (protocol reference, section 2.1).
    ContentType,
    /// An `Authorization` header (protocol reference, section 2.3).
    AuthorizationHeader,
    /// `Bearer` inside the `Access-Token` header (protocol reference, section 2.3).
    BearerPrefix,
    /// An id in a query string whose `+` was not written `%2B` (protocol reference, section 2.4).
    PlusDecodedAsSpace,
    /// An array in a query string that is not JSON text (protocol reference, section 2.1).
    ArrayNotJson,
    /// More calls per second than the app may make (protocol reference, section 9).
    RateExceeded,
    /// A send outside the reply window (protocol reference, section 8.1).
    WindowClosed,
    /// A send after the window's messages were used up (protocol reference, section 8.1).
    QuotaExceeded,
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
    /// The path of the call.
    pub path: String,
    /// What was seen. Never contains a token or secret.
    pub detail: String,
    /// When, in simulated Unix milliseconds.
    pub at_ms: i64,
}
