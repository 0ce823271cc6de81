//! Messages: reading and sending.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::{
    Timestamp,
    capabilities::{Action, Draft, Policy, Reason, ReasonCode},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{JsonBody, PathText, QueryOf, id},
    caller::Caller,
    outgoing::OutgoingContent,
    paging::{PageQuery, PageView},
    problem::Problem,
    situations::of_conversation,
    views::MessageView,
};
use crate::{
    model::{AccountId, ConversationId, Message, MessageId, Priority, Status},
    shared::Shared,
    situation::Situation,
    store::{Check, Enqueued, NewMessage, Sought},
};

const MAX_KEY_BYTES: usize = 255;

/// Messages of a conversation, newest first.
#[utoipa::path(get, path = "/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = ConversationId, Path), PageQuery),
    responses((status = 200, body = PageView<MessageView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<PageView<MessageView>>, Problem> {
    let id = caller.conversation(&shared, &conversation).await?.id;
    let page = shared.store.messages(id, query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, MessageView::from)))
}

/// One message.
#[utoipa::path(get, path = "/v1/messages/{id}", tag = "messages",
    params(("id" = MessageId, Path)), responses((status = 200, body = MessageView)))]
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(message): PathText,
) -> Result<Json<MessageView>, Problem> {
    Ok(Json(caller.message(&shared, &message).await?.into()))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SoughtQuery {
    /// How far they are.
    status: Status,
    /// Only of this account.
    account: Option<String>,
    /// Only of this instance.
    instance: Option<String>,
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Outbound messages that are so far, newest first. `failed` and `uncertain` are what needs a person.
#[utoipa::path(get, path = "/v1/messages", tag = "messages", params(SoughtQuery),
    responses((status = 200, body = PageView<MessageView>),
        (status = 404, description = "There is no such account or instance.")))]
pub(super) async fn sought(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    QueryOf(query): QueryOf<SoughtQuery>,
) -> Result<Json<PageView<MessageView>>, Problem> {
    let page = PageQuery::new(query.limit, query.cursor);
    let account = query.account.map(|account| id::<AccountId>(&account, "account")).transpose()?;
    let sought = Sought { status: query.status, account, instance: query.instance };
    let found = shared.store.sought(caller.scope(), sought, page.after()?, page.limit()?).await?;
    Ok(Json(PageView::of(found, MessageView::from)))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Outgoing {
    #[schema(value_type = OutgoingContent)]
    content: Map<String, Value>,
    /// Whether somebody waits for it.
    #[serde(default)]
    priority: Priority,
    /// Not before; inside the present reply window.
    #[schema(value_type = Option<String>, format = DateTime)]
    send_at: Option<jiff::Timestamp>,
    /// It fails where it still waits then.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<jiff::Timestamp>,
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
    caller: Caller,
    PathText(conversation): PathText,
    headers: HeaderMap,
    JsonBody(outgoing): JsonBody<Outgoing>,
) -> Result<Response, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    let now = shared.clock.now();
    let priority = outgoing.priority;
    let situation = of_conversation(&shared, &conversation, now).await?;
    let (send_at, expires_at) = (outgoing.send_at.map(moment), outgoing.expires_at.map(moment));
    let carried = OutgoingContent::read(outgoing.content)?.carried(&shared, conversation.account).await?;
    let draft = carried.draft();
    let message = NewMessage {
        conversation: conversation.id,
        content: carried.content,
        medium: carried.medium.map(|medium| medium.id),
        priority,
        idempotency_key: idempotency_key(&headers)?,
        send_at,
        expires_at,
        now,
        check: checked(situation, draft, now, Times { send_at, expires_at }),
    };
    match shared.store.enqueue(message).await? {
        Enqueued::Queued(message) | Enqueued::Repeated(message) => Ok(accepted(message)),
        Enqueued::Denied(reasons) => {
            if let Some(reason) = reasons.first() {
                shared.metrics.refused_by_verdict(&conversation.instance, reason.code.as_str());
            }
            Err(Problem::denied(reasons))
        }
        Enqueued::UnknownConversation => Err(Problem::not_found("conversation")),
        Enqueued::KeyReused => {
            let detail =
                "This Idempotency-Key belongs to a message with another content, or with other times.";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency.key_reused", detail))
        }
    }
}

/// Between which moments a message may leave.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    send_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// Whether a draft may be sent between these moments, and its places.
pub(super) fn checked(situation: Situation, draft: Draft, now: Timestamp, times: Times) -> Check {
    Box::new(move |ledger| {
        let reserved = situation.reserve(now, ledger, Action::Send(&draft), Policy::EXACT)?;
        against(times, reserved.permit.expires_at, now).map_or(Ok(reserved), |reason| Err(vec![reason]))
    })
}

/// Why a message cannot leave between these moments, while it may leave now.
fn against(times: Times, closes_at: Option<Timestamp>, now: Timestamp) -> Option<Reason> {
    let earliest = times.send_at.map_or(now, |at| at.max(now));
    if times.expires_at.is_some_and(|end| end <= earliest) {
        let text =
            "The message would expire before it may leave; expires_at must be later than now and send_at.";
        return Some(Reason::permanent(ReasonCode::MESSAGE_EXPIRED, text));
    }
    let closes_at = closes_at.filter(|closes_at| earliest >= *closes_at)?;
    let text = format!(
        "The reply window closes at {}, before the message may leave; choose an earlier send_at.",
        jiff::Timestamp::from_millisecond(closes_at.as_millis()).unwrap_or_default()
    );
    Some(Reason::passing(ReasonCode::WINDOW_CLOSED, text).with("closes_at", closes_at.as_millis()))
}

fn moment(at: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(at.as_millisecond())
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

pub(super) fn accepted(message: Message) -> Response {
    let location = format!("/v1/messages/{}", message.id);
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(MessageView::from(message))).into_response()
}
