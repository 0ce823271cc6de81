//! What people decide about messages that went wrong, or wait.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode, response::Response};
use connector_api::capabilities::{Draft, Reason, ReasonCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body::{JsonBody, PathText},
    caller::Caller,
    messages::{Times, accepted, checked, quoted},
    outgoing::Carried,
    problem::Problem,
    situations::of_conversation,
    views::MessageView,
};
use crate::{
    model::{ConversationId, MessageId, Status},
    shared::Shared,
    store::{Decision, Retried},
};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionBody {
    decision: DecisionName,
}

impl DecisionBody {
    pub(super) fn decision(self) -> Decision {
        match self.decision {
            DecisionName::WasSent => Decision::WasSent,
            DecisionName::WasNotSent => Decision::WasNotSent,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DecisionName {
    WasSent,
    WasNotSent,
}

/// A person settles an uncertain message.
#[utoipa::path(post, path = "/v1/messages/{id}/decision", tag = "messages",
    params(("id" = MessageId, Path)), request_body = DecisionBody,
    responses((status = 200, body = MessageView), (status = 409, description = "`message.not_uncertain`")))]
pub(super) async fn decide(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(message): PathText,
    JsonBody(body): JsonBody<DecisionBody>,
) -> Result<Json<MessageView>, Problem> {
    let id = caller.message(&shared, &message).await?.id;
    if shared.store.decide(id, body.decision(), shared.clock.now()).await?.is_none() {
        let detail = "Only an uncertain message waits for a decision.";
        return Err(Problem::new(StatusCode::CONFLICT, "message.not_uncertain", detail));
    }
    Ok(Json(caller.message(&shared, &message).await?.into()))
}

/// Sends a failed message again, as a new one: that one, however often it is asked for.
#[utoipa::path(post, path = "/v1/messages/{id}/retry", tag = "messages", params(("id" = MessageId, Path)),
    responses((status = 202, body = MessageView), (status = 409, description = "`message.not_failed`"),
        (status = 422, description = "The reasons why it cannot be sent.")))]
pub(super) async fn retry(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(message): PathText,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("message");
    let message = caller.message(&shared, &message).await?;
    let id = message.id;
    let conversation = shared.store.conversation(message.conversation).await?.ok_or_else(missing)?;
    let now = shared.clock.now();
    let situation = of_conversation(&shared, &conversation, now).await?;
    let medium = message.medium.and_then(|medium| medium.medium);
    let quotes = message.quotes.as_ref().and_then(|quoted| quoted.message);
    let quotes = quoted(&shared, &conversation, quotes).await?;
    let carried = Carried::new(message.content, medium).sent_as(message.sent_as.as_deref());
    let draft = Draft { quotes, ..Carried::draft(&[carried]) };
    match shared.store.retry(id, now, checked(situation, draft, now, Times::default())).await? {
        Retried::Queued(again) | Retried::Repeated(again) => accepted(vec![again]),
        Retried::Denied(reasons) => Err(Problem::denied(reasons)),
        Retried::UnknownMessage => Err(missing()),
        Retried::NotFailed(status) => {
            let detail = format!(
                "Only a message that this host failed to send can be sent again; this one is {}.",
                status.name()
            );
            Err(Problem::new(StatusCode::CONFLICT, "message.not_failed", detail))
        }
    }
}

/// Gives a queued message up; it fails with `message.discarded`.
#[utoipa::path(delete, path = "/v1/messages/{id}", tag = "messages", params(("id" = MessageId, Path)),
    responses((status = 200, body = MessageView), (status = 409, description = "`message.not_queued`")))]
pub(super) async fn discard_message(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(message): PathText,
) -> Result<Json<MessageView>, Problem> {
    let missing = || Problem::not_found("message");
    let id = caller.message(&shared, &message).await?.id;
    shared.store.discard_message(id, shared.clock.now()).await?.ok_or_else(missing)?;
    let after = shared.store.message(id).await?.ok_or_else(missing)?;
    let discarded = |reason: &Reason| reason.code == ReasonCode::MESSAGE_DISCARDED;
    if after.status == Status::Failed && after.reason.as_ref().is_some_and(discarded) {
        return Ok(Json(after.into()));
    }
    let detail = format!("Only a queued message can be given up; this one is {}.", after.status.name());
    Err(Problem::new(StatusCode::CONFLICT, "message.not_queued", detail))
}

/// Messages that were given up.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Discarded {
    discarded: Vec<MessageId>,
}

/// Gives up everything that waits in a conversation, and lets it go on.
#[utoipa::path(post, path = "/v1/conversations/{id}/discard", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = Discarded)))]
pub(super) async fn discard(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<Json<Discarded>, Problem> {
    let id = caller.conversation(&shared, &conversation).await?.id;
    let discarded = shared.store.discard(id, shared.clock.now()).await?;
    Ok(Json(Discarded { discarded }))
}
