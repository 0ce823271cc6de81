//! What the owner of an account has granted, as the platform says it now.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::{AccountRequest, ChannelConnector, GrantInspection, MissingScope};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::PathText,
    caller::Caller,
    operations::{Call, called},
    problem::Problem,
    views::Time,
};
use crate::{instances::Lease, model::AccountId, shared::Shared};

/// A permission that the owner did not grant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissingScopeView {
    /// The platform's name of it.
    scope: String,
    /// What does not work without it, in a sentence.
    effect: String,
}

impl From<MissingScope> for MissingScopeView {
    fn from(missing: MissingScope) -> Self {
        Self { scope: missing.scope, effect: missing.effect }
    }
}

/// What the right to act for an account is good for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct GrantView {
    /// Whether the token acts for this account and no other; `null` where the platform does not say.
    for_this_account: Option<bool>,
    granted: Vec<String>,
    missing: Vec<MissingScopeView>,
    /// When the owner has to consent again; `null` where that is not known, or never.
    consent_ends_at: Option<Time>,
}

/// Asks the platform what the owner has granted: which permission is missing, and what does not work without it.
#[utoipa::path(get, path = "/v1/accounts/{id}/grant", tag = "accounts", operation_id = "grant",
    params(("id" = AccountId, Path)), responses((status = 200, body = GrantView),
        (status = 422, description = "The channel has no consent to inspect, or the platform refused."),
        (status = 502, description = "The connector failed, or the consent is gone.")))]
pub(super) async fn inspect(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<Json<GrantView>, Problem> {
    let account = caller.account(&shared, &account).await?;
    let call = |instance: Lease, usable| async move {
        instance.connector.inspect_authorization(AccountRequest::new(usable)).await
    };
    let GrantInspection { account: acts_for, scopes, missing_scopes, .. } =
        called(&shared, &account, Call::Asks, call).await?;
    Ok(Json(GrantView {
        for_this_account: acts_for.map(|id| id == account.platform_id),
        granted: scopes,
        missing: missing_scopes.into_iter().map(MissingScopeView::from).collect(),
        consent_ends_at: account.refresh_expires_at.map(Time),
    }))
}
