//! Where bytes are fetched (protocol reference, section 4.5).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::PNG;
use crate::judge::{Breach, CallName, ViolationKind};
use crate::shared::Shared;

/// The addresses that `/business/message/media/download/` and events give out.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/media/{key}", get(media))
        .route("/cdn/sticker/{name}", get(picture))
        .route("/cdn/emoji/{name}", get(picture))
        .route("/cdn/avatar/{name}", get(picture))
        .with_state(Arc::clone(shared))
}

/// Bytes for whoever sends a living token of the account in `x-user`. `Access-Token` is ignored.
async fn media(
    State(shared): State<Arc<Shared>>,
    Path(key): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let now_ms = shared.clock.now_ms();
    judge(&shared, &uri, &headers, now_ms);
    let token = headers.get("x-user").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let world = shared.world();
    let found = world.media.at(&key, now_ms / 1_000);
    let reader = world.grants.check(token, now_ms).ok();
    match (found, reader) {
        (Some(media), Some(grant)) if grant.business_id == media.business_id => {
            ([(CONTENT_TYPE, media.mime)], media.bytes.clone()).into_response()
        }
        _ => (StatusCode::FORBIDDEN, "403 forbidden").into_response(),
    }
}

fn judge(shared: &Shared, uri: &Uri, headers: &HeaderMap, now_ms: i64) {
    let detail = match (headers.contains_key("x-user"), headers.contains_key("access-token")) {
        (false, _) => "the header x-user is missing",
        (true, true) => "bytes are fetched with x-user alone, without Access-Token",
        (true, false) => return,
    };
    let call = CallName {
        method: Method::GET,
        path: uri.path().to_owned(),
        request_id: shared.world().ids.request(now_ms),
    };
    shared.record(&call, Breach::new(ViolationKind::DownloadHeader, detail));
}

/// A sticker, an emoji or a profile's picture, which everybody may fetch until `x-expires`.
async fn picture(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let query = uri.query().unwrap_or_default();
    let expires = query.strip_prefix("x-expires=").and_then(|text| text.parse::<i64>().ok());
    if expires.is_some_and(|at| shared.clock.now_secs() >= at) {
        return (StatusCode::FORBIDDEN, "403 forbidden").into_response();
    }
    ([(CONTENT_TYPE, "image/png")], PNG).into_response()
}
