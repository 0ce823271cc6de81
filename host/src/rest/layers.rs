//! What narrows the capabilities of an account or a conversation, and asking platforms what they leave unknown.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, extract::State, http::StatusCode};
use connector_api::capabilities::{
    AccountLayer, CapabilityDocument, ConversationLayer, Effective, Layer, Narrowing, Region,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    body::{JsonBody, PathText, id},
    problem::Problem,
};
use crate::{
    model::{AccountId, ConversationId},
    shared::Shared,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountLayerBody {
    region: Option<Region>,
    #[serde(default)]
    opt_ins: BTreeSet<String>,
    window_profile: Option<String>,
    #[serde(default)]
    narrowing: Narrowing,
}

/// `PUT /v1/accounts/{id}/layer`: what is known about the account, what it turns on, what the operator takes away.
pub(super) async fn set_of_account(
    State(shared): State<Arc<Shared>>,
    PathText(account): PathText,
    JsonBody(body): JsonBody<AccountLayerBody>,
) -> Result<Json<AccountLayer>, Problem> {
    let id: AccountId = id(&account, "account")?;
    let missing = || Problem::not_found("account");
    let account = shared.store.account(id).await?.ok_or_else(missing)?;
    let AccountLayerBody { region, opt_ins, window_profile, narrowing } = body;
    let layer = AccountLayer { region, opt_ins, window_profile, narrowing, ..AccountLayer::default() };
    declared(&*shared.instances.document(&account.instance)?, &layer)?;
    if !shared.store.set_account_layer(id, layer.clone()).await? {
        return Err(missing());
    }
    Ok(Json(layer))
}

/// `GET /v1/accounts/{id}/layer`.
pub(super) async fn of_account(
    State(shared): State<Arc<Shared>>,
    PathText(account): PathText,
) -> Result<Json<AccountLayer>, Problem> {
    let id: AccountId = id(&account, "account")?;
    shared.store.account(id).await?.ok_or_else(|| Problem::not_found("account"))?;
    Ok(Json(shared.store.account_layer(id).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversationLayerBody {
    peer_region: Option<Region>,
    #[serde(default)]
    narrowing: Narrowing,
}

/// `PUT /v1/conversations/{id}/layer`: what is known about the contact, and what does not hold here.
pub(super) async fn set_of_conversation(
    State(shared): State<Arc<Shared>>,
    PathText(conversation): PathText,
    JsonBody(body): JsonBody<ConversationLayerBody>,
) -> Result<Json<ConversationLayer>, Problem> {
    let id: ConversationId = id(&conversation, "conversation")?;
    let missing = || Problem::not_found("conversation");
    let conversation = shared.store.conversation(id).await?.ok_or_else(missing)?;
    let ConversationLayerBody { peer_region, narrowing } = body;
    narrows(&*shared.instances.document(&conversation.instance)?, &narrowing)?;
    let layer = ConversationLayer { peer_region, narrowing, ..ConversationLayer::default() };
    if !shared.store.set_conversation_layer(id, layer.clone()).await? {
        return Err(missing());
    }
    Ok(Json(layer))
}

/// `POST /v1/conversations/{id}/probe`: asks the platform what the document's probes settle and nobody knows yet.
pub(super) async fn probe(
    State(shared): State<Arc<Shared>>,
    PathText(conversation): PathText,
) -> Result<Json<Value>, Problem> {
    let id: ConversationId = id(&conversation, "conversation")?;
    let missing = || Problem::not_found("conversation");
    let conversation = shared.store.conversation(id).await?.ok_or_else(missing)?;
    let account = shared.store.account(conversation.account).await?.ok_or_else(missing)?;
    let slot = shared.instances.slot(&conversation.instance).ok_or_else(|| Problem::not_found("instance"))?;
    shared.prober.settle(slot, &account, &conversation).await?;
    let live = shared.store.live_answers(id, shared.clock.now()).await?;
    Ok(Json(json!({ "live": live })))
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
