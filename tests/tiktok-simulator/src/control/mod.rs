//! The control API: how scripts and other processes steer the simulated world.

mod page;
mod people;
mod problem;
mod snapshot;
mod steering;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::shared::Shared;

/// Everything below `/control`, and the page at `/`.
pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    let faults = post(steering::add_fault).get(steering::faults).delete(steering::clear_faults);
    let settings = get(steering::settings).post(steering::change_settings);
    Router::new()
        .route("/", get(page::page))
        .route("/control/customer/says", post(people::customer_says))
        .route("/control/customer/reads", post(people::customer_reads))
        .route("/control/colleague/says", post(people::colleague_says))
        .route("/control/webhook", post(steering::set_webhook))
        .route("/control/webhook/raw", post(people::raw_event))
        .route("/control/webhook/redeliver", post(people::redeliver))
        .route("/control/clock/advance", post(steering::advance))
        .route("/control/clock/freeze", post(steering::freeze))
        .route("/control/faults", faults)
        .route("/control/settings", settings)
        .route("/control/tokens", post(tokens::issue))
        .route("/control/tokens/revoke", post(tokens::revoke))
        .route("/control/state", get(snapshot::state))
        .with_state(Arc::clone(shared))
}
