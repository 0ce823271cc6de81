//! Holding sending up for a conversation, an account or an instance, and letting it go on.

use std::sync::Arc;

use axum::{Extension, Json, extract::State};
use connector_api::capabilities::{Reason, ReasonCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body::{JsonBody, PathText, id},
    problem::Problem,
    views::PauseView,
};
use crate::{
    model::{AccountId, ApiKey, ConversationId, Pausable, Pause},
    shared::Shared,
};

const MAX_REASON: usize = 500;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseBody {
    /// For people.
    reason: Option<String>,
}

/// Whether sending is held up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Paused {
    paused: Option<PauseView>,
}

/// Holds sending up in a conversation: what is queued waits; what is being sent comes to its end.
#[utoipa::path(post, path = "/v1/conversations/{id}/pause", tag = "conversations", params(("id" = ConversationId, Path)),
    request_body = PauseBody, responses((status = 200, body = Paused)))]
pub(super) async fn pause_conversation(
    State(shared): State<Arc<Shared>>,
    Extension(key): Extension<ApiKey>,
    PathText(conversation): PathText,
    JsonBody(body): JsonBody<PauseBody>,
) -> Result<Json<Paused>, Problem> {
    let id: ConversationId = id(&conversation, "conversation")?;
    pause(&shared, Pausable::Conversation(id), key, body, "conversation").await
}

/// Lets sending go on in a conversation.
#[utoipa::path(post, path = "/v1/conversations/{id}/unpause", tag = "conversations", params(("id" = ConversationId, Path)),
    responses((status = 200, body = Paused)))]
pub(super) async fn unpause_conversation(
    State(shared): State<Arc<Shared>>,
    PathText(conversation): PathText,
) -> Result<Json<Paused>, Problem> {
    let id: ConversationId = id(&conversation, "conversation")?;
    shared.store.conversation(id).await?.ok_or_else(|| Problem::not_found("conversation"))?;
    unpause(&shared, Pausable::Conversation(id)).await
}

/// Holds sending up for an account, as for a conversation.
#[utoipa::path(post, path = "/v1/accounts/{id}/pause", tag = "accounts", params(("id" = AccountId, Path)),
    request_body = PauseBody, responses((status = 200, body = Paused)))]
pub(super) async fn pause_account(
    State(shared): State<Arc<Shared>>,
    Extension(key): Extension<ApiKey>,
    PathText(account): PathText,
    JsonBody(body): JsonBody<PauseBody>,
) -> Result<Json<Paused>, Problem> {
    let id: AccountId = id(&account, "account")?;
    pause(&shared, Pausable::Account(id), key, body, "account").await
}

/// Lets sending go on for an account.
#[utoipa::path(post, path = "/v1/accounts/{id}/unpause", tag = "accounts", params(("id" = AccountId, Path)),
    responses((status = 200, body = Paused)))]
pub(super) async fn unpause_account(
    State(shared): State<Arc<Shared>>,
    PathText(account): PathText,
) -> Result<Json<Paused>, Problem> {
    let id: AccountId = id(&account, "account")?;
    shared.store.account(id).await?.ok_or_else(|| Problem::not_found("account"))?;
    unpause(&shared, Pausable::Account(id)).await
}

/// Holds sending up for an instance, as for a conversation.
#[utoipa::path(post, path = "/v1/instances/{name}/pause", tag = "connectors", params(("name" = String, Path)),
    request_body = PauseBody, responses((status = 200, body = Paused)))]
pub(super) async fn pause_instance(
    State(shared): State<Arc<Shared>>,
    Extension(key): Extension<ApiKey>,
    PathText(name): PathText,
    JsonBody(body): JsonBody<PauseBody>,
) -> Result<Json<Paused>, Problem> {
    shared.instances.slot(&name).ok_or_else(|| Problem::not_found("instance"))?;
    pause(&shared, Pausable::Instance(name), key, body, "instance").await
}

/// Lets sending go on for an instance.
#[utoipa::path(post, path = "/v1/instances/{name}/unpause", tag = "connectors", params(("name" = String, Path)),
    responses((status = 200, body = Paused)))]
pub(super) async fn unpause_instance(
    State(shared): State<Arc<Shared>>,
    PathText(name): PathText,
) -> Result<Json<Paused>, Problem> {
    shared.instances.slot(&name).ok_or_else(|| Problem::not_found("instance"))?;
    unpause(&shared, Pausable::Instance(name)).await
}

async fn pause(
    shared: &Shared,
    what: Pausable,
    key: ApiKey,
    body: PauseBody,
    named: &str,
) -> Result<Json<Paused>, Problem> {
    let text = body.reason.unwrap_or_else(|| "Somebody has paused sending.".to_owned());
    if text.is_empty() || text.chars().count() > MAX_REASON {
        return Err(Problem::malformed(format!("reason must be 1 to {MAX_REASON} characters.")));
    }
    let reason = Reason::passing(ReasonCode::SENDING_PAUSED, text);
    let pause = Pause { since: shared.clock.now(), until: None, reason, by: Some(key.name) };
    if !shared.store.pause(what, pause.clone()).await? {
        return Err(Problem::not_found(named));
    }
    Ok(Json(Paused { paused: Some(pause.into()) }))
}

async fn unpause(shared: &Shared, what: Pausable) -> Result<Json<Paused>, Problem> {
    if shared.store.unpause(what, shared.clock.now()).await? {
        shared.resumed.send_replace(());
    }
    Ok(Json(Paused { paused: None }))
}
