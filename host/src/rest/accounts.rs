//! Accounts, and connecting one by the owner's consent.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
};
use connector_api::Secret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    audit,
    body::{PathText, QueryOf},
    caller::Caller,
    paging::ListView,
    problem::Problem,
    views::AccountView,
};
use crate::{
    authorization::AuthorizationError,
    model::{AccountId, Actor},
    shared::Shared,
};

/// Every account.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts",
    responses((status = 200, body = ListView<AccountView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
) -> Result<Json<ListView<AccountView>>, Problem> {
    let accounts = shared.store.accounts(caller.scope()).await?;
    Ok(Json(ListView { items: accounts.into_iter().map(AccountView::from).collect() }))
}

/// One account.
#[utoipa::path(get, path = "/v1/accounts/{id}", tag = "accounts",
    params(("id" = AccountId, Path)), responses((status = 200, body = AccountView)))]
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<Json<AccountView>, Problem> {
    Ok(Json(caller.account(&shared, &account).await?.into()))
}

#[derive(Serialize, ToSchema)]
pub(super) struct ConsentPage {
    /// The page to send the owner of an account to.
    url: String,
}

/// Begins the connection of an account.
#[utoipa::path(post, path = "/v1/instances/{name}/authorizations", tag = "accounts",
    params(("name" = String, Path)),
    responses((status = 201, body = ConsentPage),
        (status = 422, description = "The channel needs no consent, or refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn begin(
    State(shared): State<Arc<Shared>>,
    PathText(name): PathText,
) -> Result<(StatusCode, Json<ConsentPage>), Problem> {
    consent(&shared, &name, None).await
}

async fn consent(
    shared: &Shared,
    instance: &str,
    account: Option<String>,
) -> Result<(StatusCode, Json<ConsentPage>), Problem> {
    let redirect_uri = shared.config.redirect_uri(instance, shared.address);
    let redirect_uri = redirect_uri.ok_or_else(|| Problem::not_found("instance"))?;
    let url = shared.authorizer.begin(&shared.instances.lease(instance)?, redirect_uri, account).await?;
    Ok((StatusCode::CREATED, Json(ConsentPage { url })))
}

/// Begins to connect an account again: the same, or, with a key for the whole host, another one of the same owner.
#[utoipa::path(post, path = "/v1/accounts/{id}/authorizations", tag = "accounts", operation_id = "reconnect",
    params(("id" = AccountId, Path)),
    responses((status = 201, body = ConsentPage),
        (status = 422, description = "The channel needs no consent, or refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn reconnect(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<(StatusCode, Json<ConsentPage>), Problem> {
    let account = caller.account(&shared, &account).await?;
    let only = caller.whole_host().is_err().then_some(account.platform_id);
    consent(&shared, &account.instance, only).await
}

/// Takes an account out: gives the right to act for it back, forgets its credentials, keeps its conversations.
#[utoipa::path(delete, path = "/v1/accounts/{id}", tag = "accounts", params(("id" = AccountId, Path)),
    responses((status = 204, description = "It is out.")))]
pub(super) async fn remove(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<StatusCode, Problem> {
    let account = caller.account(&shared, &account).await?;
    // Also where its instance does not run.
    let instance = shared.instances.lease(&account.instance).ok();
    match shared.authorizer.remove(instance, account).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found("account")),
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Callback {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// The owner's browser comes back from the platform.
#[utoipa::path(get, path = "/v1/instances/{name}/authorizations/callback", tag = "accounts",
    params(("name" = String, Path), Callback),
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = 409, description = "`auth.other_account`: another one than was to be connected again."),
        (status = 422, description = "The platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn complete(
    State(shared): State<Arc<Shared>>,
    PathText(name): PathText,
    QueryOf(callback): QueryOf<Callback>,
) -> Result<impl IntoResponse, Problem> {
    let unknown = || Problem::from(AuthorizationError::UnknownState);
    let pending = shared.authorizer.take(callback.state.as_deref().unwrap_or_default()).await?;
    if pending.instance != name {
        return Err(unknown());
    }
    let Some(code) = callback.code else {
        let why =
            callback.error.map_or_else(|| "it gave no code".to_owned(), |error| format!("it said {error:?}"));
        let detail = format!("The platform did not connect the account: {why}. Begin again.");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "auth.consent_refused", detail));
    };
    let instance = shared.instances.lease(&name)?;
    let account = shared.authorizer.complete(instance, pending, Secret::new(code)).await?;
    let action = "GET /v1/instances/{name}/authorizations/callback".to_owned();
    audit::record(&shared, Actor::keyless("owner"), action, account.id.to_string(), None).await;
    let who = account.handle.unwrap_or(account.platform_id);
    // The page's address holds the code and the state.
    let headers = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    Ok((headers, format!("The account {who} is connected. You can close this page.\n")))
}

impl From<AuthorizationError> for Problem {
    fn from(error: AuthorizationError) -> Self {
        match error {
            AuthorizationError::UnknownState => {
                Self::new(StatusCode::BAD_REQUEST, "auth.state_unknown", capitalised(&error.to_string()))
            }
            AuthorizationError::OtherAccount => {
                Self::new(StatusCode::CONFLICT, "auth.other_account", capitalised(&error.to_string()))
            }
            AuthorizationError::Failed(error) => error.into(),
            AuthorizationError::Random(error) => {
                tracing::error!(%error, "No random bytes");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "host.randomness_missing", "The host failed.")
            }
        }
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
