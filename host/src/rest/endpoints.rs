//! Webhook endpoints: where events are delivered to.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body::{JsonBody, PathText, id},
    paging::ListView,
    problem::Problem,
    views::Time,
};
use crate::{
    deliveries::{LONGEST, millis, new_secret},
    model::{AccountId, DisabledBecause, Endpoint, EndpointId, InboxEventKind},
    outbound_url::{OutboundUrl, OutboundUrlError},
    seal::SealError,
    shared::Shared,
    store::{EndpointChange, NewEndpoint},
};

/// Each has a task of its own.
const MOST: u32 = 50;
const MAX_DESCRIPTION_BYTES: usize = 500;
/// Kinds or accounts in one filter.
const MAX_FILTER: usize = 100;
/// How long the secret before the present one signs as well.
const OVERLAP_SECONDS: i64 = 24 * 60 * 60;

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndpointView {
    id: EndpointId,
    url: String,
    description: String,
    kinds: Vec<InboxEventKind>,
    accounts: Vec<AccountId>,
    enabled: bool,
    disabled_because: Option<DisabledBecause>,
    failing_since: Option<Time>,
    previous_secret_until: Option<Time>,
    created_at: Time,
}

impl From<Endpoint> for EndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url,
            description: endpoint.description,
            kinds: endpoint.kinds,
            accounts: endpoint.accounts,
            enabled: endpoint.enabled,
            disabled_because: endpoint.disabled_because,
            failing_since: endpoint.failing_since.map(Time),
            previous_secret_until: endpoint.previous_secret_until.map(Time),
            created_at: Time(endpoint.created_at),
        }
    }
}

/// An endpoint with its new secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct EndpointWithSecret {
    #[serde(flatten)]
    endpoint: EndpointView,
    secret: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewEndpointBody {
    url: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    kinds: Vec<InboxEventKind>,
    #[serde(default)]
    accounts: Vec<AccountId>,
    #[serde(default = "yes")]
    enabled: bool,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointChangeBody {
    url: Option<String>,
    description: Option<String>,
    kinds: Option<Vec<InboxEventKind>>,
    accounts: Option<Vec<AccountId>>,
    enabled: Option<bool>,
}

/// Every endpoint.
#[utoipa::path(get, path = "/v1/webhook-endpoints", tag = "webhook-endpoints",
    responses((status = 200, body = ListView<EndpointView>)))]
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Result<Json<ListView<EndpointView>>, Problem> {
    let endpoints = shared.store.endpoints().await?;
    Ok(Json(ListView { items: endpoints.into_iter().map(EndpointView::from).collect() }))
}

/// One endpoint.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}", tag = "webhook-endpoints",
    params(("id" = EndpointId, Path)), responses((status = 200, body = EndpointView)))]
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    PathText(endpoint): PathText,
) -> Result<Json<EndpointView>, Problem> {
    Ok(Json(find(&shared, &endpoint).await?.into()))
}

/// The endpoint of a path.
pub(super) async fn find(shared: &Shared, text: &str) -> Result<Endpoint, Problem> {
    shared.store.endpoint(id(text, "webhook endpoint")?).await?.ok_or_else(missing)
}

fn missing() -> Problem {
    Problem::not_found("webhook endpoint")
}

/// Adds an endpoint, which is told of what happens from now on. The answer holds the secret, this once.
#[utoipa::path(post, path = "/v1/webhook-endpoints", tag = "webhook-endpoints", request_body = NewEndpointBody,
    responses((status = 201, body = EndpointWithSecret), (status = 409, description = "There are too many."),
        (status = 422, description = "The URL is none that this host delivers to, or there is no such account.")))]
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    JsonBody(new): JsonBody<NewEndpointBody>,
) -> Result<Response, Problem> {
    check(&shared, Some(&new.url), Some(&new.description), Some(&new.kinds), Some(&new.accounts)).await?;
    let id = EndpointId::generate();
    let (secret, sealed) = new_secret(shared.courier.sealer(), id)?;
    let NewEndpointBody { url, description, kinds, accounts, enabled } = new;
    let new = NewEndpoint { id, url, description, kinds, accounts, enabled, secret: sealed };
    let added = shared.store.add_endpoint(new, MOST, shared.clock.now()).await?;
    let added = added.ok_or_else(|| {
        let detail = format!("There are {MOST} webhook endpoints already; remove one first.");
        Problem::new(StatusCode::CONFLICT, "webhook.too_many", detail)
    })?;
    shared.endpoints_changed.send_replace(());
    let location = format!("/v1/webhook-endpoints/{id}");
    let answer = with_secret(added, secret.expose());
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], answer).into_response())
}

fn with_secret(endpoint: Endpoint, secret: &str) -> impl IntoResponse + use<> {
    let answer = EndpointWithSecret { endpoint: endpoint.into(), secret: secret.to_owned() };
    ([(header::CACHE_CONTROL, "no-store")], Json(answer))
}

/// Changes an endpoint; what is not named stays. One that is enabled again goes on where it was, but with nothing older
/// than three days.
#[utoipa::path(patch, path = "/v1/webhook-endpoints/{id}", tag = "webhook-endpoints",
    params(("id" = EndpointId, Path)), request_body = EndpointChangeBody, responses((status = 200, body = EndpointView),
        (status = 422, description = "The URL is none that this host delivers to, or there is no such account.")))]
pub(super) async fn change(
    State(shared): State<Arc<Shared>>,
    PathText(endpoint): PathText,
    JsonBody(change): JsonBody<EndpointChangeBody>,
) -> Result<Json<EndpointView>, Problem> {
    let id = id(&endpoint, "webhook endpoint")?;
    let EndpointChangeBody { url, description, kinds, accounts, enabled } = change;
    check(&shared, url.as_deref(), description.as_deref(), kinds.as_deref(), accounts.as_deref()).await?;
    let change = EndpointChange { url, description, kinds, accounts, enabled };
    let not_before = shared.clock.now().plus_seconds(-millis(LONGEST) / 1000);
    let changed = shared.store.change_endpoint(id, change, not_before).await?.ok_or_else(missing)?;
    shared.endpoints_changed.send_replace(());
    Ok(Json(changed.into()))
}

/// Removes an endpoint: nothing more is delivered, also not what was waiting.
#[utoipa::path(delete, path = "/v1/webhook-endpoints/{id}", tag = "webhook-endpoints",
    params(("id" = EndpointId, Path)), responses((status = 204)))]
pub(super) async fn remove(
    State(shared): State<Arc<Shared>>,
    PathText(endpoint): PathText,
) -> Result<StatusCode, Problem> {
    if !shared.store.remove_endpoint(id(&endpoint, "webhook endpoint")?).await? {
        return Err(missing());
    }
    shared.endpoints_changed.send_replace(());
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new secret, shown this once; for a day the one before signs as well.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate", tag = "webhook-endpoints",
    params(("id" = EndpointId, Path)), responses((status = 200, body = EndpointWithSecret)))]
pub(super) async fn rotate(
    State(shared): State<Arc<Shared>>,
    PathText(endpoint): PathText,
) -> Result<impl IntoResponse, Problem> {
    let id: EndpointId = id(&endpoint, "webhook endpoint")?;
    let (secret, sealed) = new_secret(shared.courier.sealer(), id)?;
    let until = shared.clock.now().plus_seconds(OVERLAP_SECONDS);
    let rotated = shared.store.rotate_secret(id, sealed, until).await?.ok_or_else(missing)?;
    Ok(with_secret(rotated, secret.expose()))
}

async fn check(
    shared: &Shared,
    url: Option<&str>,
    description: Option<&str>,
    kinds: Option<&[InboxEventKind]>,
    accounts: Option<&[AccountId]>,
) -> Result<(), Problem> {
    if let Some(url) = url {
        OutboundUrl::parse(url, shared.courier.reach())?;
    }
    if description.is_some_and(|text| text.len() > MAX_DESCRIPTION_BYTES) {
        return Err(Problem::malformed(format!("description takes at most {MAX_DESCRIPTION_BYTES} bytes.")));
    }
    let accounts = accounts.unwrap_or_default();
    if kinds.unwrap_or_default().len() > MAX_FILTER || accounts.len() > MAX_FILTER {
        return Err(Problem::malformed(format!("kinds and accounts take at most {MAX_FILTER} each.")));
    }
    for account in accounts {
        if shared.store.account(*account).await?.is_none() {
            let detail = format!("There is no account {account}; GET /v1/accounts lists them.");
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "webhook.account_unknown", detail));
        }
    }
    Ok(())
}

impl From<OutboundUrlError> for Problem {
    fn from(error: OutboundUrlError) -> Self {
        let (code, mend) = match error {
            OutboundUrlError::Malformed => ("url.malformed", "Write one such as https://example.com/hook"),
            OutboundUrlError::HasCredentials => {
                ("url.has_credentials", "Leave them out; the signature proves who delivers")
            }
            OutboundUrlError::Insecure => ("url.insecure", "Use https://, or set webhooks.allow_http"),
            OutboundUrlError::AddressForbidden => (
                "url.address_forbidden",
                "Use a public one; webhooks.allow_private allows one's own network, never the link's",
            ),
            OutboundUrlError::NameUnknown => ("url.name_unknown", "Check its spelling"),
        };
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, format!("The URL cannot be used: {error}. {mend}."))
    }
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        tracing::error!(%error, "Webhook secret cannot be sealed or opened");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.code(), "The host failed; its log says why.")
    }
}
