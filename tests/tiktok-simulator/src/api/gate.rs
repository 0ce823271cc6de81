//! What every API call passes: the judge, injected faults and the envelope.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use futures_util::stream;

use super::{PREFIX, Refusal, Reply, code};
use crate::fault::FaultKind;
use crate::judge::{Breach, CallName, Sent, ViolationKind, breaches};
use crate::settings::{UnknownPath, WrongMethod};
use crate::shared::Shared;

/// Larger bodies are refused before they are read.
const MAX_BODY: usize = 16 * 1024 * 1024;

/// A fault that the handler itself has to act out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mishap {
    /// The echo never comes.
    pub(crate) without_echo: bool,
    /// The echo comes before the answer.
    pub(crate) echo_first: bool,
    /// The answer has no message id.
    pub(crate) without_id: bool,
}

/// The middleware around all API paths.
pub(crate) async fn gate(State(shared): State<Arc<Shared>>, call: Request, next: Next) -> Response {
    let now_ms = shared.clock.now_ms();
    let name = CallName {
        method: call.method().clone(),
        path: call.uri().path().to_owned(),
        request_id: shared.world().ids.request(now_ms),
    };
    let path = name.path.strip_prefix(PREFIX).unwrap_or(&name.path).to_owned();
    let (head, body) = call.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "413 payload too large").into_response();
    };
    for breach in breaches(Sent { path: &path, head: &head, body: &body }) {
        shared.record(&name, breach);
    }
    let call = Request::from_parts(head, Body::from(body));
    let fault = shared.world().faults.take(&path);
    match fault {
        None => finish(&shared, &name, next.run(call).await),
        Some(fault) => run_into(&shared, fault, &name, call, next).await,
    }
}

async fn run_into(
    shared: &Shared,
    fault: FaultKind,
    name: &CallName,
    mut call: Request,
    next: Next,
) -> Response {
    let mut mishap = Mishap::default();
    match fault {
        FaultKind::Slow { millis } => tokio::time::sleep(Duration::from_millis(millis)).await,
        FaultKind::BadGateway => return (StatusCode::BAD_GATEWAY, Html(GATEWAY_PAGE)).into_response(),
        FaultKind::EmptyBody => return StatusCode::OK.into_response(),
        FaultKind::Code { code, message } => {
            return Reply::from(Err(Refusal::injected(code, message))).render(&name.request_id);
        }
        FaultKind::DropBeforeAccept => return broken_off(),
        FaultKind::DropAfterAccept { echo } => {
            mishap.without_echo = !echo;
            call.extensions_mut().insert(mishap);
            // The answer goes nowhere; dropping it lets the echo follow.
            drop(next.run(call).await);
            shared.update(|_| ());
            return broken_off();
        }
        FaultKind::AcceptWithoutId => mishap.without_id = true,
        FaultKind::EchoFirst => mishap.echo_first = true,
        FaultKind::DuplicateEvent | FaultKind::SwapEvents => {}
    }
    call.extensions_mut().insert(mishap);
    finish(shared, name, next.run(call).await)
}

const GATEWAY_PAGE: &str =
    "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";

/// A response whose body fails at once, so that the connection closes before a byte is written.
fn broken_off() -> Response {
    let failure = Err::<Bytes, _>(std::io::Error::other("injected connection drop"));
    Response::new(Body::from_stream(stream::iter([failure])))
}

fn finish(shared: &Shared, name: &CallName, mut response: Response) -> Response {
    if let Some(breach) = response.extensions_mut().remove::<Breach>() {
        shared.record(name, breach);
    }
    let Some(reply) = response.extensions_mut().remove::<Reply>() else {
        return response;
    };
    if let Some(breach) = reply.breach() {
        shared.record(name, breach);
    }
    reply.render(&name.request_id)
}

/// A known path with another method: plain text, no envelope.
pub(crate) async fn wrong_method(State(shared): State<Arc<Shared>>, method: Method) -> Response {
    let status = match shared.world().settings.wrong_method {
        WrongMethod::NotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "405 method not allowed"),
        WrongMethod::NotFound => (StatusCode::NOT_FOUND, NOT_FOUND),
    };
    let breach = Breach::new(ViolationKind::WrongMethod, format!("the path does not take {method}"));
    against(status.into_response(), breach)
}

const NOT_FOUND: &str = "404 page not found";

/// An unknown path: plain text without its slash, the envelope with it
/// (protocol reference, section 13, item 1).
pub(crate) async fn unknown_path(State(shared): State<Arc<Shared>>, call: Request) -> Response {
    let path = call.uri().path();
    let not_found = (StatusCode::NOT_FOUND, NOT_FOUND).into_response();
    if !path.starts_with(PREFIX) {
        return not_found;
    }
    if !path.ends_with('/') {
        let breach = Breach::new(ViolationKind::MissingTrailingSlash, "every path ends with a slash");
        return against(not_found, breach);
    }
    let detail = "the path does not exist";
    if shared.world().settings.unknown_path == UnknownPath::NotFound {
        return against(not_found, Breach::new(ViolationKind::UnknownPath, detail));
    }
    let refusal = Refusal::new(code::NOT_IMPLEMENTED, "The endpoint is not implemented.");
    Reply::from(Err(refusal.breaking(ViolationKind::UnknownPath, detail))).into_response()
}

fn against(mut response: Response, breach: Breach) -> Response {
    response.extensions_mut().insert(breach);
    response
}
