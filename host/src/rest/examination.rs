//! Asking platforms how an app and its accounts stand: `jackfield doctor --live`.

use std::sync::Arc;

use axum::{Json, extract::State};

use super::{body::PathText, caller::Caller, paging::ListView, problem::Problem};
use crate::{
    doctor::{Examiner, Finding},
    model::AccountId,
    shared::Shared,
};

/// Asks the platform about an instance's app: where it delivers webhooks, whether it lets the app in. Nothing is changed.
#[utoipa::path(post, path = "/v1/instances/{name}/examination", tag = "connectors",
    operation_id = "examine_instance", params(("name" = String, Path)),
    responses((status = 200, body = ListView<Finding>)))]
pub(super) async fn of_instance(
    State(shared): State<Arc<Shared>>,
    PathText(name): PathText,
) -> Result<Json<ListView<Finding>>, Problem> {
    let slot = shared.instances.slot(&name).ok_or_else(|| Problem::not_found("instance"))?;
    let webhook_url = shared.config.webhook_url(&name, shared.address);
    Ok(Json(ListView { items: Examiner::of_app(slot, &webhook_url).await }))
}

/// Asks the platform about an account: what its owner granted, how it presents itself, what the document leaves to
/// probes. Nothing is changed.
#[utoipa::path(post, path = "/v1/accounts/{id}/examination", tag = "accounts",
    operation_id = "examine_account", params(("id" = AccountId, Path)),
    responses((status = 200, body = ListView<Finding>)))]
pub(super) async fn of_account(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<Json<ListView<Finding>>, Problem> {
    let account = caller.account(&shared, &account).await?;
    let slot = shared.instances.slot(&account.instance).ok_or_else(|| Problem::not_found("instance"))?;
    let examiner =
        Examiner { store: &*shared.store, credentials: shared.credentials(), clock: &shared.clock };
    Ok(Json(ListView { items: examiner.of_account(slot, &account).await? }))
}
