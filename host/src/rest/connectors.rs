//! Connector files, instances, and what their channels can do.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

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
pub(super) async fn instances(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let public_url = shared.config.public_url(shared.address);
    let items: Vec<_> = shared.instances.iter().map(|slot| instance(slot, &public_url)).collect();
    Json(json!({ "items": items }))
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
