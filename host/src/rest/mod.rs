//! What the host offers over HTTP: webhooks from platforms, and the API under `/v1`.

mod accounts;
mod admission;
mod answers;
mod audit;
mod auth;
mod automatic_messages;
mod bodies;
mod body;
mod caller;
mod capabilities;
mod check;
mod comment_switch;
mod comments;
mod connectors;
mod contacts;
mod conversations;
mod decisions;
mod deliveries;
mod download;
mod endpoints;
mod entry_points;
mod events;
mod examination;
mod export;
mod grant;
mod handling;
mod history;
mod inbox_views;
mod initiation;
mod layers;
mod media;
mod messages;
mod openapi;
mod operations;
mod outgoing;
mod paging;
mod pauses;
mod payload;
mod problem;
mod registration;
mod replay;
mod schemas;
mod search;
mod session;
mod signals;
mod situations;
mod status;
mod strict;
mod switch;
mod views;
mod webhooks;

use std::{any::Any, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::any,
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use self::admission::{Admission, Peer};
pub(crate) use self::payload::{payload, test_payload};
pub(crate) use self::webhooks::{answered, problem_status};
use self::{auth::Needs, problem::Problem};
pub use self::{export::line, openapi::document};
use crate::{model::Role, shared::Shared};

/// What a request may take until its answer begins. Connectors have their own, shorter deadlines.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let mut routes = open();
    for (needs, group) in guarded() {
        let key = middleware::from_fn_with_state((Arc::clone(&shared), needs), auth::require);
        routes = routes.merge(group.route_layer(key));
    }
    let (router, _) = routes.split_for_parts();
    let body_limit = DefaultBodyLimit::max(shared.config.limits.body_bytes);
    router
        .fallback(|| async { Problem::not_found("route") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(body_limit)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(in_time))
        .with_state(shared)
}

/// The same routes as an OpenAPI document, so far as each says it of itself.
fn described() -> OpenApi {
    let mut routes = open();
    for (needs, mut group) in guarded() {
        openapi::mark(group.get_openapi_mut(), needs);
        routes = routes.merge(group);
    }
    routes.into_openapi()
}

type Routes = OpenApiRouter<Arc<Shared>>;

/// What needs a key, by what it needs. A route about accounts has to respect its caller's scope.
fn guarded() -> [(Needs, Routes); 5] {
    [
        (Needs::role(Role::Read), readers()),
        (Needs::role(Role::Agent), agents()),
        (Needs::role(Role::Admin), managers()),
        (Needs::whole_host(Role::Read), observers()),
        (Needs::whole_host(Role::Admin), admins()),
    ]
}

fn readers() -> Routes {
    OpenApiRouter::default()
        .routes(routes!(accounts::list))
        .routes(routes!(accounts::one))
        .routes(routes!(automatic_messages::list))
        .routes(routes!(comment_switch::state))
        .routes(routes!(comments::list))
        .routes(routes!(comments::answered))
        .routes(routes!(conversations::list))
        .routes(routes!(conversations::one))
        .routes(routes!(entry_points::list))
        .routes(routes!(entry_points::qr_svg))
        .routes(routes!(entry_points::qr_png))
        .routes(routes!(grant::inspect))
        .routes(routes!(history::state))
        .routes(routes!(handling::notes))
        .routes(routes!(handling::referrals))
        .routes(routes!(contacts::list))
        .routes(routes!(contacts::one))
        .routes(routes!(search::search))
        .routes(routes!(messages::list))
        .routes(routes!(messages::one))
        .routes(routes!(messages::sought))
        .routes(routes!(events::stream))
        .routes(routes!(download::download))
        .routes(routes!(session::who))
        .routes(routes!(session::end))
        .routes(routes!(capabilities::who_can))
        .routes(routes!(capabilities::of_one_account))
        .routes(routes!(capabilities::of_one_conversation))
        .routes(routes!(check::check))
}

fn agents() -> Routes {
    OpenApiRouter::default()
        .routes(routes!(messages::send))
        .routes(routes!(answers::answer))
        .routes(routes!(answers::decide))
        .routes(routes!(handling::change))
        .routes(routes!(handling::read))
        .routes(routes!(handling::add_note))
        .routes(routes!(signals::typing))
        .routes(routes!(media::upload))
        .routes(routes!(media::fetch_again))
        .routes(routes!(conversations::resume))
        .routes(routes!(decisions::discard))
        .routes(routes!(decisions::discard_message))
        .routes(routes!(decisions::decide))
        .routes(routes!(decisions::retry))
        .routes(routes!(pauses::pause_conversation))
        .routes(routes!(pauses::unpause_conversation))
        .routes(routes!(layers::set_of_conversation))
        .routes(routes!(layers::probe))
        .routes(routes!(initiation::start))
        .routes(routes!(initiation::broadcast))
}

/// Who looks at the host itself.
fn observers() -> Routes {
    OpenApiRouter::default()
        .routes(routes!(connectors::files))
        .routes(routes!(connectors::instances))
        .routes(routes!(capabilities::declared))
        .routes(routes!(status::status))
        .routes(routes!(metrics))
}

/// Who decides about accounts, all or some.
fn managers() -> Routes {
    OpenApiRouter::default()
        .routes(routes!(accounts::reconnect))
        .routes(routes!(examination::of_account))
        .routes(routes!(accounts::remove))
        .routes(routes!(automatic_messages::create))
        .routes(routes!(automatic_messages::update, automatic_messages::delete))
        .routes(routes!(automatic_messages::sort))
        .routes(routes!(automatic_messages::switch))
        .routes(routes!(comment_switch::switch))
        .routes(routes!(history::begin))
        .routes(routes!(layers::of_account, layers::set_of_account))
        .routes(routes!(pauses::pause_account))
        .routes(routes!(pauses::unpause_account))
        .routes(routes!(contacts::erase))
        .routes(routes!(export::export))
}

fn admins() -> Routes {
    OpenApiRouter::default()
        .routes(routes!(accounts::begin))
        .routes(routes!(examination::of_instance))
        .routes(routes!(registration::state, registration::register))
        .routes(routes!(replay::replay))
        .routes(routes!(endpoints::list, endpoints::create))
        .routes(routes!(endpoints::one, endpoints::change, endpoints::remove))
        .routes(routes!(endpoints::rotate))
        .routes(routes!(deliveries::test))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::replay))
        .routes(routes!(deliveries::replay_since))
        .routes(routes!(audit::list))
        .routes(routes!(pauses::pause_instance))
        .routes(routes!(pauses::unpause_instance))
}

/// What needs no key: platforms prove themselves by a signature, an owner's browser by a one-time state.
fn open() -> Routes {
    OpenApiRouter::default()
        .route("/webhooks/{instance}", any(webhooks::receive))
        .routes(routes!(accounts::complete))
        .routes(routes!(openapi::openapi))
        .routes(routes!(session::begin))
        .routes(routes!(alive))
        .routes(routes!(ready))
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
#[utoipa::path(get, path = "/metrics", tag = "host",
    responses((status = 200, body = String, content_type = "application/openmetrics-text")))]
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

/// Alive as long as it answers.
#[utoipa::path(get, path = "/healthz", tag = "host",
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn alive() -> &'static str {
    "alive\n"
}

/// Ready once everything is open; a store that cannot be read, or that did not keep the newest write, is not.
#[utoipa::path(get, path = "/readyz", tag = "host",
    responses((status = 200, body = String, content_type = "text/plain")))]
async fn ready(State(shared): State<Arc<Shared>>) -> Result<&'static str, Problem> {
    shared.store.check().await?;
    Ok("ready\n")
}
