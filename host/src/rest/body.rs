//! Reading bodies, paths and queries, with problems instead of plain-text rejections.

use std::{str::FromStr, time::Duration};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, header, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use tokio::time::timeout;

use super::problem::Problem;

/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(15);

/// A JSON body.
pub(super) struct JsonBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            let detail = "Send JSON, with \"Content-Type: application/json\".";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "request.media_type", detail));
        }
        let bytes = body(request, state).await?;
        // An error's own text would quote what stands in the body.
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            let what = match error.classify() {
                Category::Data => "has not the form that this route takes",
                _ => "is no JSON",
            };
            let (line, column) = (error.line(), error.column());
            Problem::malformed(format!(
                "The body {what} (line {line}, column {column}); the README shows the form."
            ))
        })
    }
}

/// The whole body; it has to arrive in time.
pub(super) async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let late = |_| {
        let detail = format!("The body did not arrive within {BODY_WITHIN:?}.");
        Problem::new(StatusCode::REQUEST_TIMEOUT, "request.late", detail)
    };
    let body = timeout(BODY_WITHIN, Bytes::from_request(request, state)).await.map_err(late)?;
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = "The body is larger than this host takes (limits.body_bytes).";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request.too_large", detail)
        }
        _ => Problem::malformed("The body did not arrive whole."),
    })
}

/// A query string.
pub(super) struct QueryOf<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, state).await;
        query
            .map(|Query(value)| Self(value))
            .map_err(|error| Problem::malformed(format!("{}.", error.body_text())))
    }
}

/// The id or name in a path; what is no text names nothing.
pub(super) struct PathText(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::from_request_parts(parts, state).await;
        text.map(|Path(text)| Self(text)).map_err(|_| Problem::not_found("route"))
    }
}

/// The two ids in a path.
pub(super) struct PathPair(pub(super) String, pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathPair {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let pair = Path::from_request_parts(parts, state).await;
        pair.map(|Path((one, other))| Self(one, other)).map_err(|_| Problem::not_found("route"))
    }
}

/// An id of a path; what is no id names nothing.
pub(super) fn id<T: FromStr>(text: &str, what: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found(what))
}
