//! What the host offers over HTTP: webhooks from platforms, and the API under `/v1`.

mod accounts;
mod auth;
mod body;
mod connectors;
mod contacts;
mod conversations;
mod events;
mod handling;
mod inbox_views;
mod messages;
mod paging;
mod problem;
mod replay;
mod search;
mod views;
mod webhooks;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{any, delete, get, patch, post},
};
use tower_http::catch_panic::CatchPanicLayer;

use self::problem::Problem;
use crate::{model::Role, shared::Shared};

/// What a request may take until its answer begins. Connectors have their own, shorter deadlines.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let body_limit = DefaultBodyLimit::max(shared.config.limits.body_bytes);
    Router::new()
        .merge(readers(&shared))
        .merge(agents(&shared))
        .merge(admins(&shared))
        .merge(open())
        .fallback(|| async { Problem::not_found("route") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(body_limit)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(in_time))
        .with_state(shared)
}

fn readers(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/connectors", get(connectors::files))
        .route("/v1/instances", get(connectors::instances))
        .route("/v1/instances/{name}/capabilities", get(connectors::capabilities))
        .route("/v1/accounts", get(accounts::list))
        .route("/v1/accounts/{id}", get(accounts::one))
        .route("/v1/conversations", get(conversations::list))
        .route("/v1/conversations/{id}", get(conversations::one))
        .route("/v1/conversations/{id}/messages", get(messages::list))
        .route("/v1/conversations/{id}/notes", get(handling::notes))
        .route("/v1/conversations/{id}/referrals", get(handling::referrals))
        .route("/v1/contacts", get(contacts::list))
        .route("/v1/contacts/{id}", get(contacts::one))
        .route("/v1/search", get(search::search))
        .route("/v1/messages/{id}", get(messages::one))
        .route("/v1/events", get(events::stream))
        .route("/metrics", get(metrics))
        .route_layer(middleware::from_fn_with_state((Arc::clone(shared), Role::Read), auth::require))
}

fn agents(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/conversations/{id}/messages", post(messages::send))
        .route("/v1/conversations/{id}", patch(handling::change))
        .route("/v1/conversations/{id}/read", post(handling::read))
        .route("/v1/conversations/{id}/notes", post(handling::add_note))
        .route("/v1/conversations/{id}/resume", post(conversations::resume))
        .route("/v1/messages/{id}/decision", post(messages::decide))
        .route_layer(middleware::from_fn_with_state((Arc::clone(shared), Role::Agent), auth::require))
}

fn admins(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/instances/{name}/authorizations", post(accounts::begin))
        .route("/v1/contacts/{id}", delete(contacts::erase))
        .route("/v1/replay", post(replay::replay))
        .route_layer(middleware::from_fn_with_state((Arc::clone(shared), Role::Admin), auth::require))
}

/// What needs no key: platforms prove themselves by a signature, an owner's browser by a one-time state.
fn open() -> Router<Arc<Shared>> {
    Router::new()
        .route("/webhooks/{instance}", any(webhooks::receive))
        .route("/v1/instances/{name}/authorizations/callback", get(accounts::complete))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
}

async fn in_time(request: Request, next: Next) -> Result<Response, Problem> {
    tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await.map_err(|_| {
        let detail =
            format!("The host had no answer within {ANSWER_WITHIN:?}. What it began may still happen.");
        Problem::new(StatusCode::REQUEST_TIMEOUT, "request.late", detail)
    })
}

/// A panic costs its request and nothing else.
#[allow(clippy::needless_pass_by_value, reason = "the layer wants a function of this form")]
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("A request panicked");
    let detail = "The host failed; its log says why.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "host.failed", detail).into_response()
}

/// What is counted, for Prometheus.
async fn metrics(State(shared): State<Arc<Shared>>) -> Result<impl IntoResponse, Problem> {
    let text = shared.metrics.encode().map_err(|error| {
        tracing::error!(%error, "Metrics cannot be written");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "host.metrics_failed",
            "The metrics cannot be written.",
        )
    })?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text))
}

/// Ready once everything is open; a store that cannot be read, or that did not keep the newest write, is not.
async fn ready(State(shared): State<Arc<Shared>>) -> Result<&'static str, Problem> {
    shared.store.check().await?;
    Ok("ready\n")
}
