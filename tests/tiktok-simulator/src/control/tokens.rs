//! Control calls around consent: tokens without a browser, and owners who change their mind.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::problem::Answer;
use crate::shared::Shared;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issue {
    business: Option<String>,
    scopes: Option<Vec<String>>,
}

/// `POST /control/tokens`: a pair of tokens as if an owner had just consented.
pub(crate) async fn issue(State(shared): State<Arc<Shared>>, Json(issue): Json<Issue>) -> Answer {
    let scopes = issue.scopes.unwrap_or_else(|| shared.approved_scopes.clone());
    let tokens = shared.issue_tokens(issue.business.as_deref(), scopes)?;
    Ok(Json(json!(tokens)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revoke {
    business: Option<String>,
}

/// `POST /control/tokens/revoke`: the owner disconnects the app.
pub(crate) async fn revoke(State(shared): State<Arc<Shared>>, Json(revoke): Json<Revoke>) -> Answer {
    shared.revoke_tokens(revoke.business.as_deref())?;
    Ok(Json(json!({})))
}
