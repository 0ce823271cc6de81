//! The control API: how scripts and other processes steer the simulated world.

mod gestures;
mod media;
mod page;
mod people;
mod problem;
mod profiles;
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
        .route("/", get(page::html))
        .route("/page.js", get(page::script))
        .route("/page.css", get(page::style))
        .route("/control", get(page::calls))
        .route("/control/customer/sends", post(people::customer_sends))
        .route("/control/customer/reacts", post(gestures::customer_reacts))
        .route("/control/customer/taps", post(gestures::customer_taps))
        .route("/control/customer/arrives", post(gestures::customer_arrives))
        .route("/control/customer/asks", post(gestures::customer_asks))
        .route("/control/customer/comments", post(gestures::customer_comments))
        .route("/control/customer/profile", post(profiles::customer))
        .route("/control/colleague/sends", post(people::colleague_sends))
        .route("/control/colleague/reacts", post(gestures::colleague_reacts))
        .route("/control/colleague/accepts", post(people::colleague_accepts))
        .route("/control/automation/says", post(people::automation_says))
        .route("/control/media", get(media::media))
        .route("/control/account", post(profiles::account))
        .route("/control/auto-message/review", post(profiles::review))
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
        .route("/control/tokens/expire", post(tokens::expire))
        .route("/control/tokens/disconnect", post(tokens::disconnect))
        .route("/control/violations", get(snapshot::violations).delete(snapshot::forget_violations))
        .route("/control/state", get(snapshot::state))
        .with_state(Arc::clone(shared))
}
