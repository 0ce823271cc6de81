//! Errors as `application/problem+json` (RFC 9457), with a stable code and every reason.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::{ConnectorError, ErrorClass, capabilities::Reason};
use serde::Serialize;
use utoipa::ToSchema;

use super::schemas::ReasonSchema;
use crate::{credentials::CredentialError, store::StoreError};

/// The code of the problem that an answer is.
#[derive(Debug, Clone)]
pub(super) struct ProblemCode(pub(super) String);

/// An error that a client can act on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    #[serde(serialize_with = "as_number")]
    #[schema(value_type = u16)]
    status: StatusCode,
    /// Stable, for programs.
    code: String,
    /// The status in words.
    #[schema(value_type = String)]
    title: &'static str,
    /// One sentence for people: what, and how to mend it.
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Option<Vec<ReasonSchema>>)]
    reasons: Vec<Reason>,
    /// When the same may work, as a header.
    #[serde(skip)]
    retry_after: Option<Duration>,
}

fn as_number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or("Error");
        Self {
            status,
            code: code.into(),
            title,
            detail: detail.into(),
            reasons: Vec::new(),
            retry_after: None,
        }
    }

    /// The same, with when it may work.
    pub(crate) fn retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    #[cfg(test)]
    pub(super) fn code(&self) -> &str {
        &self.code
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "request.not_found", format!("There is no such {what}."))
    }

    pub(crate) fn method_not_allowed() -> Self {
        let detail = "This route exists, but not with this method.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "request.method_not_allowed", detail)
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "request.malformed", detail)
    }

    /// An action that the verdict denies. The first reason, the one to mend first, names the problem.
    pub(crate) fn denied(reasons: Vec<Reason>) -> Self {
        let (code, detail) = match reasons.first() {
            Some(reason) => (reason.code.to_string(), reason.text.clone()),
            None => ("request.denied".to_owned(), "The action is not allowed.".to_owned()),
        };
        Self { reasons, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail) }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (self.status, [(header::CONTENT_TYPE, kind)], Json(&self)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let soon = (self.status == StatusCode::SERVICE_UNAVAILABLE).then_some(Duration::ZERO);
        if let Some(wait) = self.retry_after.or(soon) {
            // In whole seconds, and never too early.
            response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().saturating_add(1).into());
        }
        response.extensions_mut().insert(ProblemCode(self.code));
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "Store failed");
        match error {
            StoreError::Unavailable(_) => {
                let detail = "The host cannot write now. Try again later.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", detail)
            }
            StoreError::Failed(_) => {
                let detail = "The host failed; its log says why.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "store.failed", detail)
            }
        }
    }
}

impl From<ConnectorError> for Problem {
    fn from(error: ConnectorError) -> Self {
        let status = match error.class {
            ErrorClass::Unsupported | ErrorClass::Refused | ErrorClass::Invalid => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            ErrorClass::Unavailable | ErrorClass::Throttled => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_GATEWAY,
        };
        let reasons =
            if status == StatusCode::UNPROCESSABLE_ENTITY { vec![error.as_reason()] } else { Vec::new() };
        let retry_after = error.retry_after_ms.map(Duration::from_millis);
        Self { reasons, retry_after, ..Self::new(status, error.reason.as_str(), error.message) }
    }
}

impl From<CredentialError> for Problem {
    fn from(error: CredentialError) -> Self {
        match error {
            CredentialError::Store(error) => error.into(),
            CredentialError::Connector(error) => error.into(),
            CredentialError::Seal(error) => {
                tracing::error!(%error, "Credentials cannot be sealed or opened");
                let detail = "The host failed; its log says why.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.code(), detail)
            }
        }
    }
}
