//! Control calls that change the conditions: callback, clock, faults, settings.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Answer, Problem};
use crate::actions;
use crate::fault::Fault;
use crate::shared::Shared;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhook {
    url: Option<String>,
}

/// `POST /control/webhook`: registers a callback URL, or none with `null`.
pub(crate) async fn set_webhook(State(shared): State<Arc<Shared>>, Json(webhook): Json<Webhook>) -> Answer {
    actions::set_callback(&shared, webhook.url.as_deref())?;
    Ok(Json(json!({ "url": webhook.url })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advance {
    seconds: u64,
}

/// `POST /control/clock/advance`.
pub(crate) async fn advance(State(shared): State<Arc<Shared>>, Json(advance): Json<Advance>) -> Answer {
    shared.clock.advance(Duration::from_secs(advance.seconds));
    Ok(Json(json!({ "now_ms": shared.clock.now_ms() })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Freeze {
    frozen: bool,
}

/// `POST /control/clock/freeze`.
pub(crate) async fn freeze(State(shared): State<Arc<Shared>>, Json(freeze): Json<Freeze>) -> Answer {
    shared.clock.set_frozen(freeze.frozen);
    Ok(Json(json!({ "now_ms": shared.clock.now_ms() })))
}

/// `POST /control/faults`.
pub(crate) async fn add_fault(State(shared): State<Arc<Shared>>, Json(fault): Json<Fault>) -> Answer {
    shared.update(|world| world.faults.push(fault));
    faults(State(shared)).await
}

/// `GET /control/faults`: what still waits for its call.
pub(crate) async fn faults(State(shared): State<Arc<Shared>>) -> Answer {
    let world = shared.world();
    let waiting: Vec<&Fault> = world.faults.waiting().collect();
    Ok(Json(json!({ "faults": waiting })))
}

/// `DELETE /control/faults`.
pub(crate) async fn clear_faults(State(shared): State<Arc<Shared>>) -> Answer {
    shared.update(|world| world.faults.clear());
    faults(State(shared)).await
}

/// `GET /control/settings`.
pub(crate) async fn settings(State(shared): State<Arc<Shared>>) -> Answer {
    Ok(Json(json!(shared.world().settings)))
}

/// `POST /control/settings`: changes the members given.
pub(crate) async fn change_settings(State(shared): State<Arc<Shared>>, Json(patch): Json<Value>) -> Answer {
    shared.update(|world| {
        let changed = world.settings.patched(&patch);
        world.settings = changed.map_err(|error| Problem::bad_request(&error))?;
        Ok(Json(json!(world.settings)))
    })
}
