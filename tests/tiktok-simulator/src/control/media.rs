//! Pictures and films for the page, which has no token.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::shared::Shared;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    media_id: String,
}

/// `GET /control/media`: the bytes behind a `media_id`, for people.
pub(crate) async fn media(State(shared): State<Arc<Shared>>, Query(wanted): Query<Wanted>) -> Response {
    match shared.world().media.get(&wanted.media_id) {
        Some(media) => {
            ([(CONTENT_TYPE, HeaderValue::from_static(media.mime))], media.bytes.clone()).into_response()
        }
        None => (StatusCode::NOT_FOUND, "404 no such media").into_response(),
    }
}
