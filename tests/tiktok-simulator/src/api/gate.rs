//! What every API call passes: the judge, injected faults and the envelope.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream;

use super::{PREFIX, Refusal, Reply, code};
use crate::fault::FaultKind;
use crate::shared::Shared;
use crate::violation::ViolationKind;

/// A fault that the handler itself has to act out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mishap {
    /// The echo never comes.
    pub(crate) without_echo: bool,
    /// The answer has no message id.
    pub(crate) without_id: bool,
}

/// The middleware around all API paths.
pub(crate) async fn gate(State(shared): State<Arc<Shared>>, call: Request, next: Next) -> Response {
    let request_id = {
        let now_ms = shared.clock.now_ms();
        shared.world().ids.request(now_ms)
    };
    judge(&shared, &call);
    let path = call.uri().path().to_owned();
    let path = path.strip_prefix(PREFIX).unwrap_or(&path);
    let fault = shared.world().faults.take(path);
    let Some(fault) = fault else {
        return finish(&request_id, next.run(call).await);
    };
    run_into(&shared, fault, &request_id, call, next).await
}

async fn run_into(
    shared: &Shared,
    fault: FaultKind,
    request_id: &str,
    mut call: Request,
    next: Next,
) -> Response {
    match fault {
        FaultKind::Slow { millis } => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            finish(request_id, next.run(call).await)
        }
        FaultKind::BadGateway => (StatusCode::BAD_GATEWAY, Html(GATEWAY_PAGE)).into_response(),
        FaultKind::EmptyBody => StatusCode::OK.into_response(),
        FaultKind::Code { code, message } => Reply::from(Err(Refusal::new(code, message))).render(request_id),
        FaultKind::DropAfterAccept { echo } => {
            call.extensions_mut().insert(Mishap { without_echo: !echo, without_id: false });
            // The answer goes nowhere; dropping it lets the echo follow.
            drop(next.run(call).await);
            shared.update(|_| ());
            broken_off()
        }
        FaultKind::AcceptWithoutId => {
            call.extensions_mut().insert(Mishap { without_echo: false, without_id: true });
            finish(request_id, next.run(call).await)
        }
    }
}

const GATEWAY_PAGE: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

/// A response whose body fails at once, so that the connection closes before a byte is written.
fn broken_off() -> Response {
    let failure = Err::<Bytes, _>(std::io::Error::other("injected connection drop"));
    Response::new(Body::from_stream(stream::iter([failure])))
}

fn finish(request_id: &str, mut response: Response) -> Response {
    match response.extensions_mut().remove::<Reply>() {
        Some(reply) => reply.render(request_id),
        None => response,
    }
}

fn judge(shared: &Shared, call: &Request) {
    let path = call.uri().path();
    let mut found = Vec::new();
    if call.headers().contains_key(AUTHORIZATION) {
        let detail = "the token belongs into Access-Token";
        found.push((ViolationKind::AuthorizationHeader, detail));
    }
    let content_type =
        call.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sends_json =
        content_type.starts_with("application/json") || content_type.starts_with("multipart/form-data");
    if call.method() == Method::POST && !sends_json {
        let detail = "a POST body is neither application/json nor multipart/form-data";
        found.push((ViolationKind::ContentType, detail));
    }
    if found.is_empty() {
        return;
    }
    let now_ms = shared.clock.now_ms();
    shared.update(|world| {
        for (kind, detail) in found {
            world.judge(kind, path, detail, now_ms);
        }
    });
}

/// A known path with another method: plain text, no envelope.
pub(crate) async fn wrong_method(State(shared): State<Arc<Shared>>, call: Request) -> Response {
    let detail = call.method().as_str().to_owned();
    note(&shared, ViolationKind::WrongMethod, call.uri().path(), detail);
    (StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed").into_response()
}

/// An unknown path: plain text without its slash, the envelope with it
/// (protocol reference, section 13, item 1).
pub(crate) async fn unknown_path(State(shared): State<Arc<Shared>>, call: Request) -> Response {
    let path = call.uri().path();
    if !path.starts_with(PREFIX) {
        return (StatusCode::NOT_FOUND, "404 page not found").into_response();
    }
    if !path.ends_with('/') {
        let kind = ViolationKind::MissingTrailingSlash;
        note(&shared, kind, path, call.method().as_str().to_owned());
        return (StatusCode::NOT_FOUND, "404 page not found").into_response();
    }
    let detail = call.method().as_str().to_owned();
    note(&shared, ViolationKind::UnknownPath, path, detail);
    let message = "The endpoint is not implemented.";
    Reply::from(Err(Refusal::new(code::NOT_IMPLEMENTED, message))).into_response()
}

fn note(shared: &Shared, kind: ViolationKind, path: &str, detail: String) {
    let now_ms = shared.clock.now_ms();
    shared.update(|world| world.judge(kind, path, detail, now_ms));
}
