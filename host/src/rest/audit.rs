//! Who changed what: written down for every change that somebody asks for.

use std::sync::Arc;

use axum::{
    Json,
    extract::{MatchedPath, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::QueryOf,
    caller::Caller,
    paging::{PageQuery, PageView},
    problem::{Problem, ProblemCode},
    views::Time,
};
use crate::{
    model::{Actor, AuditEntry, AuditId, KeyId},
    shared::Shared,
    store::AuditFilter,
};

/// What becomes of a change that was done.
const DONE: &str = "done";

/// Lets a change happen, or be refused, and writes it down. Both go on where the client goes away meanwhile: what has
/// happened has to stand here.
pub(super) async fn change(
    shared: Arc<Shared>,
    caller: Caller,
    refused: Option<Problem>,
    request: Request,
    next: Next,
) -> Response {
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or_else(|| request.uri().path(), MatchedPath::as_str);
    let action = format!("{} {route}", request.method());
    let target = request.uri().path().to_owned();
    let tasks = shared.tasks.clone();
    let changed = tasks.spawn(async move {
        let response = match refused {
            Some(problem) => problem.into_response(),
            None => next.run(request).await,
        };
        let code = response.extensions().get::<ProblemCode>().map(|code| code.0.clone());
        let actor = Actor { key: Some(caller.0.id), name: caller.0.name.clone() };
        record(&shared, actor, action, target, code).await;
        response
    });
    changed.await.unwrap_or_else(|_| {
        let detail = "The host failed; its log says why.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "host.failed", detail).into_response()
    })
}

/// Writes down what somebody did. Where that fails, it has happened all the same, and the log says it.
pub(super) async fn record(
    shared: &Shared,
    actor: Actor,
    action: String,
    target: String,
    problem: Option<String>,
) {
    let outcome = problem.unwrap_or_else(|| DONE.to_owned());
    let entry =
        AuditEntry { id: AuditId::generate(), at: shared.clock.now(), actor, action, target, outcome };
    if let Err(error) = shared.store.record_audit(entry.clone()).await {
        tracing::error!(%error, actor = entry.actor.name, action = entry.action, target = entry.target,
            outcome = entry.outcome, "A change cannot be written into the audit log");
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// The id of a key, or `cli` or `owner`.
    actor: Option<String>,
    /// Not from before that time.
    #[param(value_type = Option<Time>)]
    since: Option<jiff::Timestamp>,
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// One change that somebody asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditView {
    id: AuditId,
    at: Time,
    /// The key that it was; `null` where it was none.
    key: Option<KeyId>,
    /// The key's name; `cli` for the command line, `owner` for the owner of an account in a browser.
    actor: String,
    /// The method and the route, or the command.
    action: String,
    /// What it was about.
    target: String,
    /// `done`, or the code of the problem.
    outcome: String,
}

impl From<AuditEntry> for AuditView {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at, actor, action, target, outcome } = entry;
        Self { id, at: Time(at), key: actor.key, actor: actor.name, action, target, outcome }
    }
}

/// Who changed what, newest first.
#[utoipa::path(get, path = "/v1/audit", tag = "host",
    params(Filter), responses((status = 200, body = PageView<AuditView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    QueryOf(query): QueryOf<Filter>,
) -> Result<Json<PageView<AuditView>>, Problem> {
    let paging = PageQuery::new(query.limit, query.cursor);
    let since = query.since.map(|since| connector_api::Timestamp::from_millis(since.as_millisecond()));
    let filter = AuditFilter { actor: query.actor, since };
    let page = shared.store.audit(filter, paging.after()?, paging.limit()?).await?;
    Ok(Json(PageView::of(page, AuditView::from)))
}
