//! Why an operation has no result.

use connector_capabilities::{Reason, ReasonCode};
use serde::{Deserialize, Serialize};

/// What an error says about whether the operation happened, and what the host does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorClass {
    /// The platform's rules refuse it. It did not happen and trying again does not help.
    Refused,
    /// The platform says "too often". It did not happen; the host backs off and keeps the place.
    Throttled,
    /// The platform was never reached, or is out of service. It certainly did not happen; the host tries again.
    Unavailable,
    /// The access token was refused. It did not happen; the host renews the token once and tries once more.
    CredentialsExpired,
    /// The grant is gone or misses a permission. It did not happen; a person has to connect the account again.
    CredentialsRevoked,
    /// The connector or the channel has no such operation. Nothing happened.
    Unsupported,
    /// Settings or request make no sense. Nothing happened.
    Invalid,
    /// Nobody can say whether it happened. The host never repeats a send after this.
    ///
    /// Also what a class of a later time is read as: the careful reading.
    #[serde(other)]
    Uncertain,
}

/// What the platform itself said, for the operator and its support.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformError {
    /// The platform's code as it writes it; some platforms have words for codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The platform's text; never a secret and never a message body.
    #[serde(default)]
    pub message: String,
    /// The platform's own id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// An operation has no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}: {message}")]
#[non_exhaustive]
pub struct ConnectorError {
    /// Whether it happened, and what comes next.
    pub class: ErrorClass,
    /// Stable code; the same table as for predicted refusals.
    pub reason: ReasonCode,
    /// One sentence that an operator understands; never a secret and never a message body.
    pub message: String,
    /// What the platform said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Box<PlatformError>>,
    /// Milliseconds to wait, where the platform named them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl ConnectorError {
    /// An error of `class` for `reason`.
    #[must_use]
    pub fn new(class: ErrorClass, reason: ReasonCode, message: impl Into<String>) -> Self {
        Self { class, reason, message: message.into(), platform: None, retry_after_ms: None }
    }

    /// The connector has no such operation.
    #[must_use]
    pub fn unsupported(operation: &str) -> Self {
        let message = format!("This connector does not offer the operation {operation}.");
        Self::new(ErrorClass::Unsupported, ReasonCode::OPERATION_UNSUPPORTED, message)
    }

    /// The connector cannot start with these settings.
    #[must_use]
    pub fn settings(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Invalid, ReasonCode::CONNECTOR_SETTINGS_INVALID, message)
    }

    /// Nobody can say whether it happened.
    #[must_use]
    pub fn uncertain(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Uncertain, ReasonCode::OUTCOME_UNKNOWN, message)
    }

    /// The channel cannot send content of this kind.
    #[must_use]
    pub fn unsupported_content(kind: &str) -> Self {
        let message = format!("This connector does not send content of kind {kind}.");
        Self::new(ErrorClass::Unsupported, ReasonCode::CONTENT_KIND_UNSUPPORTED, message)
    }

    /// After so many milliseconds, as the platform says.
    #[must_use]
    pub fn with_retry_after_ms(mut self, millis: u64) -> Self {
        self.retry_after_ms = Some(millis);
        self
    }

    /// With what the platform said.
    #[must_use]
    pub fn with_platform(mut self, platform: PlatformError) -> Self {
        self.platform = Some(Box::new(platform));
        self
    }

    /// The reason as a verdict carries it.
    #[must_use]
    pub fn as_reason(&self) -> Reason {
        Reason::permanent(self.reason.clone(), self.message.clone())
    }
}
