//! Whether what arrives is kept and what is to be done gets done.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{problem::Problem, views::Time};
use crate::{
    intake::age_seconds,
    shared::Shared,
    store::{Intake, Waiting},
};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatusOfHost {
    /// What arrived for each instance, since its first start.
    intake: Vec<IntakeView>,
    unprocessed: UnprocessedView,
}

#[derive(Debug, Serialize, ToSchema)]
struct IntakeView {
    #[serde(flatten)]
    counts: Intake,
    /// Arrivals that were taken as kept and are not. Anything but 0 is a fault.
    disagreement: i64,
}

impl From<Intake> for IntakeView {
    fn from(counts: Intake) -> Self {
        Self { disagreement: counts.disagreement(), counts }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct UnprocessedView {
    /// Raw bodies with events of accounts that are not connected here.
    unrouted: WaitingView,
    /// Deliveries to webhook endpoints, and as one each the events that an endpoint has not come to.
    undelivered: WaitingView,
    /// Messages in line.
    queued: WaitingView,
    /// Messages and answers to comments whose connector is being called.
    sending: WaitingView,
    /// Messages and answers to comments of which nobody can say whether they were sent: an echo or a person settles
    /// them. `GET /v1/messages?status=uncertain` and `GET /v1/comments?answer=uncertain` list them.
    uncertain: WaitingView,
}

#[derive(Debug, Serialize, ToSchema)]
struct WaitingView {
    count: u32,
    oldest_at: Option<Time>,
    /// The age of the oldest; 0 where there is none.
    oldest_seconds: i64,
}

impl WaitingView {
    fn new(waiting: Waiting, now: Timestamp) -> Self {
        Self {
            count: waiting.count,
            oldest_at: waiting.oldest.map(Time),
            oldest_seconds: age_seconds(waiting, now),
        }
    }
}

/// What arrived for each instance, and what has not been processed yet.
#[utoipa::path(get, path = "/v1/status", tag = "host", responses((status = 200, body = StatusOfHost)))]
pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Result<Json<StatusOfHost>, Problem> {
    let intake = shared.store.intake().await?.into_iter().map(IntakeView::from).collect();
    let (unprocessed, now) = (shared.store.unprocessed().await?, shared.clock.now());
    let unprocessed = UnprocessedView {
        unrouted: WaitingView::new(unprocessed.unrouted, now),
        undelivered: WaitingView::new(unprocessed.undelivered, now),
        queued: WaitingView::new(unprocessed.queued, now),
        sending: WaitingView::new(unprocessed.sending, now),
        uncertain: WaitingView::new(unprocessed.uncertain, now),
    };
    Ok(Json(StatusOfHost { intake, unprocessed }))
}
