//! A request that the platform makes to the host.

use connector_capabilities::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Event;

/// One webhook request, as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookRequest {
    /// Upper-case HTTP method.
    pub method: String,
    /// The raw query string without `?`; empty where there is none.
    #[serde(default)]
    pub query: String,
    /// Header fields in order, names as they arrived. Compare names without regard to case.
    pub headers: Vec<(String, String)>,
    /// The raw bytes. They travel beside the JSON, because signatures are over exactly these bytes.
    #[serde(skip)]
    pub body: Vec<u8>,
    /// When the host began to read the request; the only clock that `receive` may use.
    pub received_at: Timestamp,
    /// Private, so that only [`verified`](Self::verified) changes it.
    #[serde(default, skip_serializing_if = "Verification::is_full")]
    verification: Verification,
}

/// How far `receive` looks whether a request is genuine. A host that serves asks for everything, always; less is for
/// tools that show people what a request says, and change nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verification {
    /// Only the signature and its age, not whether the request is addressed to this instance.
    Signature,
    /// Nothing: the request is read as if it were genuine.
    Skipped,
    /// Everything. Also what a word of a later time is read as: the careful reading.
    #[default]
    #[serde(other)]
    Full,
}

impl Verification {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "called by serde")]
    fn is_full(&self) -> bool {
        *self == Self::Full
    }
}

impl WebhookRequest {
    /// A POST with these headers and this body.
    #[must_use]
    pub fn post(headers: Vec<(String, String)>, body: Vec<u8>, received_at: Timestamp) -> Self {
        let verification = Verification::Full;
        Self { method: "POST".to_owned(), query: String::new(), headers, body, received_at, verification }
    }

    /// Verified only so far. Not for a host that serves: what is let through unverified anybody can have sent.
    #[must_use]
    pub fn verified(mut self, verification: Verification) -> Self {
        self.verification = verification;
        self
    }

    /// How far `receive` is to look whether the request is genuine.
    #[must_use]
    pub fn verification(&self) -> Verification {
        self.verification
    }

    /// With another method and query.
    #[must_use]
    pub fn with_target(mut self, method: impl Into<String>, query: impl Into<String>) -> Self {
        self.method = method.into();
        self.query = query.into();
        self
    }

    /// The value of the first header of that name, without regard to case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What the host answers, and what it learns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookOutcome {
    /// HTTP status of the answer. The host replaces a success by 503 when it cannot store the events.
    pub status: u16,
    /// Header fields of the answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Body of the answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
    /// Whether the platform itself certainly sent this. Only then the host keeps the raw payload.
    pub authentic: bool,
    /// Authentic, but signed longer ago than the tolerance: the host counts it; de-duplication is the replay defence.
    #[serde(default)]
    pub stale: bool,
    /// What happened, in order.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Why it was refused or not understood; no secret, no message body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl WebhookOutcome {
    /// Authentic: answer 200 and keep these events.
    #[must_use]
    pub fn accepted(events: Vec<Event>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: String::new(),
            authentic: true,
            stale: false,
            events,
            detail: None,
        }
    }

    /// Not authentic: answer `status` (401 or 403) and keep nothing.
    #[must_use]
    pub fn rejected(status: u16, detail: impl Into<String>) -> Self {
        Self { status, authentic: false, ..Self::accepted(Vec::new()) }.because(detail)
    }

    /// A handshake that is no event: answer 200 with this body and keep nothing.
    #[must_use]
    pub fn handshake(body: impl Into<String>) -> Self {
        Self { body: body.into(), authentic: false, ..Self::accepted(Vec::new()) }
    }

    /// With one more header field of the answer.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With an explanation.
    #[must_use]
    pub fn because(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Marked as signed longer ago than the tolerance.
    #[must_use]
    pub fn stale(mut self, stale: bool) -> Self {
        self.stale = stale;
        self
    }
}
