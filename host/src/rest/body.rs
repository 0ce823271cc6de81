//! Reading bodies, paths and queries, with problems instead of plain-text rejections.

use std::{str::FromStr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, header, request::Parts},
};
use futures_util::StreamExt;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};

use super::{problem::Problem, strict};
use crate::shared::Shared;

/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(15);

/// A JSON body.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<Self, Problem> {
        json(request, shared).await
    }
}

/// The JSON body of a request.
pub(super) async fn json<T: DeserializeOwned>(
    request: Request,
    shared: &Shared,
) -> Result<JsonBody<T>, Problem> {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "Send JSON, with \"Content-Type: application/json\".";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "request.media_type", detail));
    }
    let held = body(request.into_body(), shared).await?;
    strict::read(&held.bytes).map(JsonBody)
}

/// A body in memory; its place there is given back with it.
pub(super) struct HeldBody {
    pub(super) bytes: Vec<u8>,
    place: Option<OwnedSemaphorePermit>,
}

/// The whole body; it has to arrive in time, and has to find a place.
pub(super) async fn body(body: Body, shared: &Shared) -> Result<HeldBody, Problem> {
    timeout(BODY_WITHIN, collect(body, shared)).await.unwrap_or_else(|_| {
        let detail = format!("The body did not arrive within {BODY_WITHIN:?}.");
        Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "request.late", detail))
    })
}

/// Places are taken for what has arrived, and not for what is announced: that costs a sender nothing.
async fn collect(body: Body, shared: &Shared) -> Result<HeldBody, Problem> {
    let mut held = HeldBody { bytes: Vec::new(), place: None };
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::malformed("The body did not arrive whole."))?;
        if held.bytes.len().saturating_add(chunk.len()) > shared.config.limits.body_bytes {
            let detail = "The body is larger than this host takes (limits.body_bytes).";
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "request.too_large", detail));
        }
        let place = shared.admission.body(chunk.len())?;
        match &mut held.place {
            Some(held) => held.merge(place),
            none => *none = Some(place),
        }
        held.bytes.extend_from_slice(&chunk);
    }
    Ok(held)
}

/// A query string.
pub(super) struct QueryOf<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryOf<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // What is no text would be read as another one.
        let text = percent_decode_str(parts.uri.query().unwrap_or_default()).decode_utf8();
        text.map_err(|_| Problem::malformed("The query is no UTF-8 text."))?;
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

/// The id of an account in a path, and what two names stand for there.
pub(super) struct PathTriple(pub(super) String, pub(super) String, pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathTriple {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let triple = Path::from_request_parts(parts, state).await;
        let Path((one, two, three)) = triple.map_err(|_| Problem::not_found("route"))?;
        Ok(Self(one, two, three))
    }
}

/// An id of a path; what is no id names nothing.
pub(super) fn id<T: FromStr>(text: &str, what: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found(what))
}
