//! `GET /control/state`: the whole world, read only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::fault::Fault;
use crate::shared::Shared;

/// Everything except tokens and secrets.
pub(crate) async fn state(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let now_ms = shared.clock.now_ms();
    let world = shared.world();
    let customers: Vec<_> = world.customers.values().collect();
    let faults: Vec<&Fault> = world.faults.waiting().collect();
    let apps: Vec<_> = world.apps.iter().collect();
    Json(json!({
        "now_ms": now_ms,
        "app_id": shared.app_id,
        "settings": world.settings,
        "callbacks": world.apps.first().callbacks,
        "apps": apps,
        "accounts": world.accounts,
        "customers": customers,
        "conversations": world.conversations,
        "sends": world.sends,
        "sender_actions": world.sender_actions,
        "deliveries": world.deliveries,
        "comments": world.comments,
        "faults": faults,
        "violations": world.violations,
    }))
}

/// `GET /control/violations`: every rule the client broke.
pub(crate) async fn violations(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "violations": shared.world().violations }))
}

/// `DELETE /control/violations`: a clean sheet.
pub(crate) async fn forget_violations(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.update(|world| world.violations.clear());
    violations(State(shared)).await
}
