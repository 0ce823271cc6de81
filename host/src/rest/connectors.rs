//! Connector files, instances, and what their channels can do.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{problem::Problem, views::PauseView};
use crate::{
    instances::{InstanceState, Slot},
    report,
    shared::Shared,
};

/// `GET /v1/connectors`: every file of the connector folder and what became of it.
pub(super) async fn files(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(report::files(&shared.instances.files()))
}

/// `GET /v1/instances`: every configured instance.
pub(super) async fn instances(State(shared): State<Arc<Shared>>) -> Result<Json<Value>, Problem> {
    let public_url = shared.config.public_url(shared.address);
    let mut items = Vec::new();
    for slot in shared.instances.iter() {
        let mut view = instance(slot, &public_url);
        view["paused"] = json!(shared.store.instance_pause(slot.name()).await?.map(PauseView::from));
        items.push(view);
    }
    Ok(Json(json!({ "items": items })))
}

fn instance(slot: &Slot, public_url: &str) -> Value {
    let (name, connector) = (slot.name(), slot.connector());
    let webhook_url = format!("{public_url}/webhooks/{name}");
    match slot.state() {
        InstanceState::Running(running) => json!({"name": name, "connector": connector,
            "state": if slot.is_circuit_open() { "circuit_open" } else { "running" },
            "version": running.document.connector.version, "sha256": running.sha256,
            "isolation": running.isolation, "webhook_url": webhook_url}),
        InstanceState::Failed(error) => json!({"name": name, "connector": connector, "state": "failed",
            "code": error.reason, "error": error.message, "webhook_url": webhook_url}),
    }
}
