//! Whether what arrives is kept and what is to be done gets done.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{problem::Problem, views::Time};
use crate::{
    intake::{age_seconds, kinds},
    shared::Shared,
    store::{Intake, Waiting},
};

#[derive(Debug, Serialize)]
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

/// `GET /v1/status`: what arrived for each instance, and what has not been processed yet.
pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, Problem> {
    let intake = shared.store.intake().await?.into_iter().map(IntakeView::from).collect::<Vec<_>>();
    let (unprocessed, now) = (shared.store.unprocessed().await?, shared.clock.now());
    let unprocessed = kinds(&unprocessed).map(|(what, waiting)| (what.to_owned(), view(waiting, now)));
    Ok(Json(json!({ "intake": intake, "unprocessed": Map::from_iter(unprocessed) })))
}

fn view(waiting: Waiting, now: Timestamp) -> Value {
    json!({
        "count": waiting.count,
        "oldest_at": waiting.oldest.map(Time),
        "oldest_seconds": age_seconds(waiting, now),
    })
}
