//! Deliveries to webhook endpoints: what became of each, and once more.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body::{JsonBody, PathPair, PathText, QueryOf, id},
    endpoints::find,
    paging::{PageQuery, PageView},
    problem::Problem,
    views::Time,
};
use crate::{
    deliveries::Deliverer,
    model::{Attempt, AttemptError, Delivery, DeliveryId, DeliveryState, EndpointId},
    shared::Shared,
    store::Replayed,
};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryView {
    id: DeliveryId,
    webhook_id: String,
    sequence: Option<i64>,
    kind: String,
    state: DeliveryState,
    created_at: Time,
    next_at: Option<Time>,
    attempts: Vec<AttemptView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct AttemptView {
    at: Time,
    duration_ms: u32,
    status_code: Option<u16>,
    error: Option<AttemptError>,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let Attempt { at, duration_ms, status_code, error } = attempt;
        Self { at: Time(at), duration_ms, status_code, error }
    }
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            webhook_id: delivery.webhook_id(),
            sequence: delivery.sequence,
            kind: delivery.kind,
            state: delivery.state,
            created_at: Time(delivery.created_at),
            next_at: delivery.next_at.map(Time),
            attempts: delivery.history.into_iter().map(AttemptView::from).collect(),
        }
    }
}

/// An endpoint's deliveries, newest first.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}/deliveries", tag = "deliveries",
    params(("id" = EndpointId, Path), PageQuery), responses((status = 200, body = PageView<DeliveryView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    PathText(endpoint): PathText,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<PageView<DeliveryView>>, Problem> {
    let endpoint = find(&shared, &endpoint).await?;
    let page = shared.store.deliveries(endpoint.id, query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, DeliveryView::from)))
}

/// Delivers once more.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/deliveries/{delivery}/replay", tag = "deliveries",
    params(("id" = EndpointId, Path), ("delivery" = DeliveryId, Path)),
    responses((status = 202, body = DeliveryView), (status = 410, description = "Its event was forgotten.")))]
pub(super) async fn replay(
    State(shared): State<Arc<Shared>>,
    PathPair(endpoint, delivery): PathPair,
) -> Result<(StatusCode, Json<DeliveryView>), Problem> {
    let endpoint = find(&shared, &endpoint).await?;
    let delivery = id(&delivery, "delivery")?;
    match shared.store.replay_delivery(endpoint.id, delivery, shared.clock.now()).await? {
        Replayed::Begun(delivery) => {
            shared.endpoints_changed.send_replace(());
            Ok((StatusCode::ACCEPTED, Json((*delivery).into())))
        }
        Replayed::Unknown => Err(Problem::not_found("delivery")),
        Replayed::NoEvent => {
            let detail = "Its event was forgotten, or it was a test, so there is nothing to deliver.";
            Err(Problem::new(StatusCode::GONE, "webhook.event_forgotten", detail))
        }
    }
}

#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplaySince {
    /// The time of the first event.
    #[schema(value_type = String, format = DateTime)]
    since: jiff::Timestamp,
}

/// Delivers every event since then once more that is still there.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/replay", tag = "deliveries",
    params(("id" = EndpointId, Path)), request_body = ReplaySince, responses((status = 202, body = ReplaySince)))]
pub(super) async fn replay_since(
    State(shared): State<Arc<Shared>>,
    PathText(endpoint): PathText,
    JsonBody(ReplaySince { since }): JsonBody<ReplaySince>,
) -> Result<(StatusCode, Json<ReplaySince>), Problem> {
    let endpoint = find(&shared, &endpoint).await?;
    let from = connector_api::Timestamp::from_millis(since.as_millisecond());
    if !shared.store.replay_since(endpoint.id, from).await? {
        return Err(Problem::not_found("webhook endpoint"));
    }
    shared.endpoints_changed.send_replace(());
    Ok((StatusCode::ACCEPTED, Json(ReplaySince { since })))
}

/// Delivers a test now and answers what came back; nothing is tried again.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/test", tag = "deliveries",
    params(("id" = EndpointId, Path)), responses((status = 200, body = DeliveryView)))]
pub(super) async fn test(
    State(shared): State<Arc<Shared>>,
    PathText(endpoint): PathText,
) -> Result<Json<DeliveryView>, Problem> {
    let endpoint = find(&shared, &endpoint).await?;
    let secrets = shared.store.endpoint_secrets(endpoint.id, shared.clock.now()).await?;
    let secrets = secrets.ok_or_else(|| Problem::not_found("webhook endpoint"))?;
    Ok(Json(Deliverer(shared).test(&endpoint, &secrets).await?.into()))
}
