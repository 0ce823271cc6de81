//! Connector files, instances, and what their channels can do.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::ReasonCode;
use connector_loader::Isolation;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{paging::ListView, problem::Problem, views::PauseView};
use crate::{
    instances::{InstanceState, Slot},
    report,
    shared::Shared,
};

/// Every file of the connector folder and what became of it.
#[utoipa::path(get, path = "/v1/connectors", tag = "connectors",
    responses((status = 200, body = ListView<Object>)))]
pub(super) async fn files(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(report::files(&shared.instances.files()))
}

#[derive(Default, Serialize, ToSchema)]
pub(super) struct InstanceView {
    name: String,
    connector: String,
    /// `running`, `circuit_open` (left alone for a while after failures) or `failed`.
    #[schema(value_type = String)]
    state: &'static str,
    webhook_url: String,
    /// SHA-256 of what the configuration said of it when the host started, without the secrets: `jackfield doctor --live` tells by
    /// it that the file has changed since.
    configuration_sha256: String,
    /// The connector's version, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// SHA-256 of its library.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Where its code runs: `in_process` or `process`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    isolation: Option<Isolation>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    code: Option<ReasonCode>,
    /// The same for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Why nothing is sent for it at present.
    paused: Option<PauseView>,
}

/// Every configured instance.
#[utoipa::path(get, path = "/v1/instances", tag = "connectors",
    responses((status = 200, body = ListView<InstanceView>)))]
pub(super) async fn instances(
    State(shared): State<Arc<Shared>>,
) -> Result<Json<ListView<InstanceView>>, Problem> {
    let mut items = Vec::new();
    for slot in shared.instances.iter() {
        let paused = shared.store.instance_pause(slot.name()).await?.map(PauseView::from);
        let webhook_url = shared.config.webhook_url(slot.name(), shared.address);
        items.push(InstanceView { paused, ..instance(slot, webhook_url) });
    }
    Ok(Json(ListView { items }))
}

fn instance(slot: &Slot, webhook_url: String) -> InstanceView {
    let common = InstanceView {
        name: slot.name().to_owned(),
        connector: slot.connector().to_owned(),
        webhook_url,
        configuration_sha256: slot.configuration_sha256(),
        ..InstanceView::default()
    };
    match slot.state() {
        InstanceState::Running(running) => InstanceView {
            state: if slot.is_circuit_open() { "circuit_open" } else { "running" },
            version: Some(running.document.connector.version.clone()),
            sha256: Some(running.sha256.clone()),
            isolation: Some(running.isolation),
            ..common
        },
        InstanceState::Failed(error) => {
            InstanceView { state: "failed", code: Some(error.reason), error: Some(error.message), ..common }
        }
    }
}
