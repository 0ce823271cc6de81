//! `POST /v1/replay`: kept raw bodies are decoded again by the connector as it is now.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{body::JsonBody, problem::Problem};
use crate::{
    replay::{AT_ONCE, Replayer, Report},
    shared::Shared,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayBody {
    #[schema(value_type = String, format = DateTime)]
    since: jiff::Timestamp,
    instance: Option<String>,
    /// The `next` of the answer before.
    #[serde(default)]
    after: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplayView {
    #[serde(flatten)]
    report: Report,
    /// Hand it back as `after` for the next ones; `null` at the end.
    next: Option<i64>,
}

/// Decodes kept raw bodies again. Some at a time, so that the answer comes soon: ask again until `next` is `null`.
#[utoipa::path(post, path = "/v1/replay", tag = "host",
    request_body = ReplayBody, responses((status = 200, body = ReplayView),
        (status = 404, description = "There is no such instance.")))]
pub(super) async fn replay(
    State(shared): State<Arc<Shared>>,
    JsonBody(ReplayBody { since, instance, after }): JsonBody<ReplayBody>,
) -> Result<Json<ReplayView>, Problem> {
    if let Some(name) = &instance {
        shared.instances.slot(name).ok_or_else(|| Problem::not_found("instance"))?;
    }
    let since = Timestamp::from_millis(since.as_millisecond());
    let payloads = shared.store.payloads(since, instance, after, AT_ONCE).await?;
    let next = payloads.last().map(|payload| payload.id);
    let replayer = Replayer {
        store: &shared.store,
        instances: &shared.instances,
        sealer: shared.config.encryption.sealer(),
        clock: &shared.clock,
    };
    let report = replayer.run(payloads).await?;
    tracing::info!(
        payloads = report.payloads,
        applied = report.applied,
        known = report.known,
        unrouted = report.unrouted,
        unverified = report.unverified,
        failed = report.failed,
        "Raw bodies decoded again"
    );
    Ok(Json(ReplayView { report, next }))
}
