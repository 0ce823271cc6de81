//! What narrows the capabilities of an account or a conversation, and asking platforms what they leave unknown.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, extract::State, http::StatusCode};
use connector_api::capabilities::{
    AccountLayer, CapabilityDocument, ConversationLayer, Effective, Layer, LiveAnswer, Narrowing, Region,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    bodies::NarrowingBody,
    body::{JsonBody, PathText},
    caller::Caller,
    operations::Call,
    problem::Problem,
};
use crate::{
    model::{AccountId, ConversationId},
    shared::Shared,
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountLayerBody {
    /// ISO 3166-1 alpha-2.
    #[schema(value_type = Option<String>)]
    region: Option<Region>,
    #[serde(default)]
    opt_ins: BTreeSet<String>,
    window_profile: Option<String>,
    #[serde(default)]
    narrowing: NarrowingBody,
}

/// Sets what is known about the account, what it turns on, and what the operator takes away.
#[utoipa::path(put, path = "/v1/accounts/{id}/layer", tag = "capabilities", params(("id" = AccountId, Path)),
    request_body = AccountLayerBody, responses((status = 200, body = Object),
        (status = 422, description = "The document declares no such rule.")))]
pub(super) async fn set_of_account(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
    JsonBody(body): JsonBody<AccountLayerBody>,
) -> Result<Json<AccountLayer>, Problem> {
    let account = caller.account(&shared, &account).await?;
    let AccountLayerBody { region, opt_ins, window_profile, narrowing } = body;
    let narrowing = narrowing.into();
    let layer = AccountLayer { region, opt_ins, window_profile, narrowing, ..AccountLayer::default() };
    declared(&*shared.instances.document(&account.instance)?, &layer)?;
    if !shared.store.set_account_layer(account.id, layer.clone()).await? {
        return Err(Problem::not_found("account"));
    }
    Ok(Json(layer))
}

/// The layer of an account.
#[utoipa::path(get, path = "/v1/accounts/{id}/layer", tag = "capabilities", params(("id" = AccountId, Path)),
    responses((status = 200, body = Object)))]
pub(super) async fn of_account(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<Json<AccountLayer>, Problem> {
    let id = caller.account(&shared, &account).await?.id;
    Ok(Json(shared.store.account_layer(id).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversationLayerBody {
    /// ISO 3166-1 alpha-2.
    #[schema(value_type = Option<String>)]
    peer_region: Option<Region>,
    #[serde(default)]
    narrowing: NarrowingBody,
}

/// Sets what is known about the contact, and what does not hold in the conversation.
#[utoipa::path(put, path = "/v1/conversations/{id}/layer", tag = "capabilities",
    params(("id" = ConversationId, Path)), request_body = ConversationLayerBody,
    responses((status = 200, body = Object), (status = 422, description = "The document declares no such rule.")))]
pub(super) async fn set_of_conversation(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
    JsonBody(body): JsonBody<ConversationLayerBody>,
) -> Result<Json<ConversationLayer>, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    let ConversationLayerBody { peer_region, narrowing } = body;
    let narrowing = Narrowing::from(narrowing);
    narrows(&*shared.instances.document(&conversation.instance)?, &narrowing)?;
    let layer = ConversationLayer { peer_region, narrowing, ..ConversationLayer::default() };
    if !shared.store.set_conversation_layer(conversation.id, layer.clone()).await? {
        return Err(Problem::not_found("conversation"));
    }
    Ok(Json(layer))
}

/// What probes have settled about a conversation.
#[derive(Serialize, ToSchema)]
pub(super) struct LiveView {
    #[schema(value_type = Vec<Object>)]
    live: Vec<LiveAnswer>,
}

/// Asks the platform what the document's probes settle and nobody knows yet.
#[utoipa::path(post, path = "/v1/conversations/{id}/probe", tag = "capabilities",
    params(("id" = ConversationId, Path)), responses((status = 200, body = LiveView),
        (status = 422, description = "The platform refused."), (status = 502, description = "The connector failed.")))]
pub(super) async fn probe(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<Json<LiveView>, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    let account = shared.store.account(conversation.account).await?;
    let account = account.ok_or_else(|| Problem::not_found("conversation"))?;
    let slot = shared.instances.slot(&conversation.instance).ok_or_else(|| Problem::not_found("instance"))?;
    let settled = shared.prober.settle(slot, &account, &conversation).await;
    settled.map_err(|error| Call::Asks.failed(error))?;
    let live = shared.store.live_answers(conversation.id, shared.clock.now()).await?;
    Ok(Json(LiveView { live }))
}

/// A layer that names what the document does not declare would narrow nothing, in silence.
fn declared(document: &CapabilityDocument, layer: &AccountLayer) -> Result<(), Problem> {
    let opt_ins = document.opt_ins();
    if let Some(name) = layer.opt_ins.iter().find(|name| !opt_ins.contains(name)) {
        return Err(unknown(&format!("opt-in {name:?}"), &opt_ins));
    }
    let profiles: Vec<_> = document.windows.iter().filter_map(|window| window.profile.clone()).collect();
    if let Some(name) = layer.window_profile.as_ref().filter(|name| !profiles.contains(name)) {
        return Err(unknown(&format!("window profile {name:?}"), &profiles));
    }
    narrows(document, &layer.narrowing)
}

/// Each rule that is turned off is one of the document's.
fn narrows(document: &CapabilityDocument, narrowing: &Narrowing) -> Result<(), Problem> {
    let only = |rule: &String| AccountLayer {
        narrowing: Narrowing { off: BTreeSet::from([rule.clone()]), ..Narrowing::default() },
        ..AccountLayer::default()
    };
    let is_declared = |rule: &String| {
        let effective = Effective::of(document, &only(rule), &ConversationLayer::default());
        effective.decided_by(rule) == Layer::Account
    };
    match narrowing.off.iter().find(|rule| !is_declared(rule)) {
        None => Ok(()),
        Some(rule) => Err(unknown(&format!("rule {rule:?}"), &[])),
    }
}

fn unknown(what: &str, known: &[String]) -> Problem {
    let known = match known {
        [] => String::new(),
        known => format!(" It declares: {}.", known.join(", ")),
    };
    let detail = format!("The channel's document declares no {what}.{known}");
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "layer.undeclared", detail)
}
