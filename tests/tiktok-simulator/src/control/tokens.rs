//! Control calls around consent: tokens without a browser, and owners who change their mind.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::problem::Answer;
use crate::actions;
use crate::shared::Shared;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Issue {
    app: Option<String>,
    business: Option<String>,
    scopes: Option<Vec<String>>,
}

/// `POST /control/tokens`: a pair of tokens as if an owner had just consented.
pub(crate) async fn issue(State(shared): State<Arc<Shared>>, Json(issue): Json<Issue>) -> Answer {
    let tokens = shared.issue_tokens(issue.app.as_deref(), issue.business.as_deref(), issue.scopes)?;
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

/// `POST /control/tokens/expire`: every access token of an account is old.
pub(crate) async fn expire(State(shared): State<Arc<Shared>>, Json(expire): Json<Revoke>) -> Answer {
    shared.expire_tokens(expire.business.as_deref())?;
    Ok(Json(json!({})))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Disconnect {
    business: Option<String>,
    #[serde(default = "in_app")]
    reason: i64,
}

/// The owner disconnected the app in TikTok.
fn in_app() -> i64 {
    1
}

/// `POST /control/tokens/disconnect`: the owner disconnects the app, and an event says so.
pub(crate) async fn disconnect(State(shared): State<Arc<Shared>>, Json(wanted): Json<Disconnect>) -> Answer {
    let event_id = actions::disconnects(&shared, wanted.business.as_deref(), wanted.reason)?;
    Ok(Json(json!({ "event_id": event_id })))
}
