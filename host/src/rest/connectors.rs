//! Connector files, instances, and what their channels can do.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::CapabilityDocument;
use serde_json::{Value, json};

use super::{body::PathText, problem::Problem};
use crate::{
    host::Shared,
    instances::{FileReport, FileState, InstanceState},
};

/// `GET /v1/connectors`: every file of the connector folder and what became of it.
pub(super) async fn files(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let items: Vec<_> = shared.instances.files().iter().map(file).collect();
    Json(json!({ "items": items }))
}

fn file(report: &FileReport) -> Value {
    let state = match &report.state {
        FileState::Loaded(library) => {
            let connector = &library.document().connector;
            json!({"state": "loaded", "connector": connector.id, "name": connector.name,
                   "version": connector.version, "sha256": library.sha256(), "manifest": library.manifest()})
        }
        FileState::Refused(error) => json!({"state": "refused", "step": error.step, "code": error.code,
            "expected": error.expected, "found": error.found, "fix": error.fix}),
        FileState::Ambiguous { connector, others } => json!({"state": "ambiguous", "connector": connector,
            "others": others, "code": "connector.ambiguous",
            "fix": "Keep one file for each connector in the folder."}),
        FileState::Unreadable(error) => {
            json!({"state": "unreadable", "code": "folder.unreadable", "found": error,
            "fix": "Check the path and the folder's permissions (connectors.dir)."})
        }
    };
    let mut row = json!({"file": report.path});
    if let (Some(row), Value::Object(state)) = (row.as_object_mut(), state) {
        row.extend(state);
    }
    row
}

/// `GET /v1/instances`: every configured instance.
pub(super) async fn instances(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let public_url = shared.config.public_url(shared.address);
    let row = |(name, state): (&str, &InstanceState)| {
        let webhook_url = format!("{public_url}/webhooks/{name}");
        match state {
            InstanceState::Running(running) => {
                json!({"name": name, "connector": running.document.connector.id,
                "state": "running", "webhook_url": webhook_url})
            }
            InstanceState::Failed { connector, error } => json!({"name": name, "connector": connector,
                "state": "failed", "webhook_url": webhook_url, "code": error.reason, "error": error.message}),
        }
    };
    let items: Vec<_> = shared.instances.iter().map(row).collect();
    Json(json!({ "items": items }))
}

/// `GET /v1/instances/{name}/capabilities`: the declared document.
pub(super) async fn capabilities(
    State(shared): State<Arc<Shared>>,
    PathText(name): PathText,
) -> Result<Json<CapabilityDocument>, Problem> {
    shared.instances.state(&name).ok_or_else(|| Problem::not_found("instance"))?;
    Ok(Json((*shared.instances.get(&name)?.document).clone()))
}
