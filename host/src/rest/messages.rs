//! Messages: reading and sending.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::{
    Content, Timestamp,
    capabilities::{Action, Policy, Reason, ReasonCode},
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    body::{JsonBody, PathText, QueryOf, id},
    paging::{PageQuery, PageView},
    problem::Problem,
    situations::of_conversation,
    views::MessageView,
};
use crate::{
    model::{AccountId, ConversationId, Message, Status},
    shared::Shared,
    situation::Situation,
    store::{Check, Enqueued, NewMessage, Sought},
};

const MAX_KEY_BYTES: usize = 255;
const TEXT: &str = "text";

/// `GET /v1/conversations/{id}/messages`: newest first.
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

/// `GET /v1/messages/{id}`.
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    PathText(message): PathText,
) -> Result<Json<MessageView>, Problem> {
    let message = shared.store.message(id(&message, "message")?).await?;
    Ok(Json(message.ok_or_else(|| Problem::not_found("message"))?.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SoughtQuery {
    status: Status,
    account: Option<String>,
    instance: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /v1/messages?status=…`: outbound messages that are so far, newest first. `failed` and `uncertain` are what
/// needs a person.
pub(super) async fn sought(
    State(shared): State<Arc<Shared>>,
    QueryOf(query): QueryOf<SoughtQuery>,
) -> Result<Json<PageView<MessageView>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let account = query.account.map(|account| id::<AccountId>(&account, "account")).transpose()?;
    let sought = Sought { status: query.status, account, instance: query.instance };
    let found = shared.store.sought(sought, page.after()?, page.limit()?).await?;
    Ok(Json(PageView::of(found, MessageView::from)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outgoing {
    content: Map<String, Value>,
    /// Not before.
    send_at: Option<jiff::Timestamp>,
    /// Not after.
    expires_at: Option<jiff::Timestamp>,
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

/// `POST /v1/conversations/{id}/messages`: 202 once the message has its place and is on disk.
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
    let (send_at, expires_at) = (outgoing.send_at.map(moment), outgoing.expires_at.map(moment));
    let content = Content::text(outgoing.text()?);
    let message = NewMessage {
        conversation: id,
        content: content.clone(),
        idempotency_key: idempotency_key(&headers)?,
        send_at,
        expires_at,
        now,
        check: checked(situation, content, now, Times { send_at, expires_at }),
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

/// Whether a content may be sent between these moments, and its places.
pub(super) fn checked(situation: Situation, content: Content, now: Timestamp, times: Times) -> Check {
    Box::new(move |ledger| {
        let action = match &content {
            Content::Text { text } => Action::SendText(text),
            other => Action::SendKind(other.kind()),
        };
        let reserved = situation.reserve(now, ledger, action, Policy::EXACT)?;
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
