//! Control calls that change who people are.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::json;

use super::problem::Answer;
use crate::error::SimulatorError;
use crate::review;
use crate::shared::Shared;
use crate::state::AuditStatus;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerChange {
    customer: String,
    country: Option<String>,
    username: Option<String>,
    display_name: Option<String>,
    is_follower: Option<bool>,
    is_adult: Option<bool>,
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// `POST /control/customer/profile`: changes the members given.
pub(crate) async fn customer(
    State(shared): State<Arc<Shared>>,
    Json(change): Json<CustomerChange>,
) -> Answer {
    let customer = shared.update(|world| {
        let customer = world.customer(&change.customer);
        set(&mut customer.country, change.country);
        set(&mut customer.username, change.username);
        set(&mut customer.display_name, change.display_name);
        set(&mut customer.is_follower, change.is_follower);
        set(&mut customer.is_adult, change.is_adult);
        customer.clone()
    });
    Ok(Json(json!(customer)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountChange {
    business: Option<String>,
    country: Option<String>,
    username: Option<String>,
    display_name: Option<String>,
    everyone_may_write: Option<bool>,
    answers_comments: Option<bool>,
    posts: Option<Vec<String>>,
}

/// `POST /control/account`: changes the members given.
pub(crate) async fn account(State(shared): State<Arc<Shared>>, Json(change): Json<AccountChange>) -> Answer {
    let account = shared.update(|world| {
        let account = world.account_mut(change.business.as_deref())?;
        set(&mut account.country, change.country);
        set(&mut account.username, change.username);
        set(&mut account.display_name, change.display_name);
        set(&mut account.everyone_may_write, change.everyone_may_write);
        set(&mut account.answers_comments, change.answers_comments);
        set(&mut account.posts, change.posts);
        Ok::<_, SimulatorError>(account.clone())
    })?;
    Ok(Json(json!(account)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verdict {
    business: Option<String>,
    auto_message_id: String,
    audit_status: AuditStatus,
}

/// `POST /control/auto-message/review`.
pub(crate) async fn review(State(shared): State<Arc<Shared>>, Json(verdict): Json<Verdict>) -> Answer {
    let business = verdict.business.as_deref();
    let event_id = review::decide(&shared, business, &verdict.auto_message_id, verdict.audit_status)?;
    Ok(Json(json!({ "event_id": event_id })))
}
