//! Messages: reading, sending, and deciding about uncertain ones.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::{
    Content,
    capabilities::{Action, Policy, Reason, ReasonCode},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{
    body::{JsonBody, PathText, QueryOf, id},
    paging::{PageQuery, PageView},
    problem::Problem,
    schemas::ContentSchema,
    situations::of_conversation,
    views::MessageView,
};
use crate::{
    model::{ConversationId, Message, MessageId},
    shared::Shared,
    store::{Decision, Enqueued, NewMessage},
};

const MAX_KEY_BYTES: usize = 255;
const TEXT: &str = "text";

/// Messages of a conversation, newest first.
#[utoipa::path(get, path = "/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = ConversationId, Path), PageQuery),
    responses((status = 200, body = PageView<MessageView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    PathText(conversation): PathText,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<PageView<MessageView>>, Problem> {
    let id: ConversationId = id(&conversation, "conversation")?;
    shared.store.conversation(id).await?.ok_or_else(|| Problem::not_found("conversation"))?;
    let page = shared.store.messages(id, query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, MessageView::from)))
}

/// One message.
#[utoipa::path(get, path = "/v1/messages/{id}", tag = "messages",
    params(("id" = MessageId, Path)), responses((status = 200, body = MessageView)))]
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    PathText(message): PathText,
) -> Result<Json<MessageView>, Problem> {
    let message = shared.store.message(id(&message, "message")?).await?;
    Ok(Json(message.ok_or_else(|| Problem::not_found("message"))?.into()))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Outgoing {
    #[schema(value_type = ContentSchema)]
    content: Map<String, Value>,
}

impl Outgoing {
    /// The text, which is all that this host sends so far: for media it would have to keep and upload them.
    fn text(self) -> Result<String, Problem> {
        let malformed = || {
            let form = "{\"content\": {\"kind\": \"text\", \"text\": \"…\"}}";
            Problem::malformed(format!("The body has not the form that this route takes: {form}."))
        };
        let kind = self.content.get("kind").and_then(Value::as_str).ok_or_else(malformed)?.to_owned();
        if kind != TEXT {
            let text = format!("This host sends text only so far, and nothing of the kind {kind:?}.");
            return Err(Problem::denied(vec![Reason::permanent(ReasonCode::CONTENT_KIND_UNSUPPORTED, text)]));
        }
        let text = self.content.get(TEXT).and_then(Value::as_str);
        Ok(text.ok_or_else(malformed)?.to_owned())
    }
}

/// Sends a message: 202 once it has its place and is on disk.
#[utoipa::path(post, path = "/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = ConversationId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Equal for repetitions of one request.")),
    request_body = Outgoing,
    responses((status = 202, description = "Queued, or repeated.", body = MessageView),
        (status = 422, description = "The verdict denies it, and `reasons` says why; or `idempotency.key_reused`.")))]
pub(super) async fn send(
    State(shared): State<Arc<Shared>>,
    PathText(conversation): PathText,
    headers: HeaderMap,
    JsonBody(outgoing): JsonBody<Outgoing>,
) -> Result<Response, Problem> {
    let id: ConversationId = id(&conversation, "conversation")?;
    let missing = || Problem::not_found("conversation");
    let conversation = shared.store.conversation(id).await?.ok_or_else(missing)?;
    let now = shared.clock.now();
    let situation = of_conversation(&shared, &conversation, now).await?;
    let text = outgoing.text()?;
    let message = NewMessage {
        conversation: id,
        content: Content::text(&text),
        idempotency_key: idempotency_key(&headers)?,
        now,
        check: Box::new(move |ledger| situation.check(now, ledger, Action::SendText(&text), Policy::EXACT)),
    };
    match shared.store.enqueue(message).await? {
        Enqueued::Queued(message) | Enqueued::Repeated(message) => Ok(accepted(message)),
        Enqueued::Denied(reasons) => {
            if let Some(reason) = reasons.first() {
                shared.metrics.refused_by_verdict(&conversation.instance, reason.code.as_str());
            }
            Err(Problem::denied(reasons))
        }
        Enqueued::UnknownConversation => Err(missing()),
        Enqueued::KeyReused => {
            let detail = "This Idempotency-Key belongs to a message with another content.";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency.key_reused", detail))
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=MAX_KEY_BYTES).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::malformed("Idempotency-Key must be 1 to 255 visible ASCII characters.")),
    }
}

fn accepted(message: Message) -> Response {
    let location = format!("/v1/messages/{}", message.id);
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(MessageView::from(message))).into_response()
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionBody {
    decision: DecisionName,
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
    PathText(message): PathText,
    JsonBody(DecisionBody { decision }): JsonBody<DecisionBody>,
) -> Result<Json<MessageView>, Problem> {
    let id: MessageId = id(&message, "message")?;
    let missing = || Problem::not_found("message");
    shared.store.message(id).await?.ok_or_else(missing)?;
    let decision = match decision {
        DecisionName::WasSent => Decision::WasSent,
        DecisionName::WasNotSent => Decision::WasNotSent,
    };
    if shared.store.decide(id, decision, shared.clock.now()).await?.is_none() {
        let detail = "Only an uncertain message waits for a decision.";
        return Err(Problem::new(StatusCode::CONFLICT, "message.not_uncertain", detail));
    }
    let message = shared.store.message(id).await?.ok_or_else(missing)?;
    Ok(Json(message.into()))
}
