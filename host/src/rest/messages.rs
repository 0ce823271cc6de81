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
    capabilities::{Action, Draft, Policy, Reason, ReasonCode, Reserved, Step, Target, Verdict, canonical},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::{
    bodies::PolicyBody,
    body::{JsonBody, PathText, QueryOf, id},
    caller::Caller,
    outgoing::{Carried, OutgoingContent, not_together, planned},
    paging::{PageQuery, PageView},
    problem::Problem,
    situations::of_conversation,
    views::MessageView,
};
use crate::{
    model::{AccountId, Conversation, ConversationId, Message, MessageId, Priority, Status},
    shared::Shared,
    situation::Situation,
    store::{Check, Enqueued, NewMessage, Plan, Planner, Sought},
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

/// What is to be sent: either `content` or `parts`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Outgoing {
    #[schema(value_type = Option<OutgoingContent>)]
    content: Option<Map<String, Value>>,
    /// What should be read together, at most ten. Where the channel does not take it in one message, `policy.may_split`
    /// has it sent as several, in the order that the channel's document declares.
    #[schema(value_type = Option<Vec<OutgoingContent>>)]
    parts: Option<Vec<Map<String, Value>>>,
    /// The message of the same conversation that it quotes.
    quotes: Option<MessageId>,
    /// What may be done instead of what is asked for; without it nothing.
    #[serde(default)]
    policy: PolicyBody,
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

impl Outgoing {
    /// Equal for requests that ask for the same.
    fn fingerprint(&self) -> [u8; 32] {
        let parts = self.content.as_ref().map_or_else(|| json!(self.parts), |content| json!([content]));
        let asked = json!({
            "parts": parts, "quotes": self.quotes, "policy": Policy::from(self.policy),
            "send_at": self.send_at, "expires_at": self.expires_at,
        });
        Sha256::digest(canonical(&asked)).into()
    }

    fn contents(&mut self) -> Result<Vec<OutgoingContent>, Problem> {
        match (self.content.take(), self.parts.take()) {
            (Some(content), None) => Ok(vec![OutgoingContent::read(content, "content")?]),
            (None, Some(parts)) if (1..=Draft::MOST_PARTS).contains(&parts.len()) => {
                let read = |(index, part)| OutgoingContent::read(part, &format!("parts[{index}]"));
                parts.into_iter().enumerate().map(read).collect()
            }
            _ => {
                let most = Draft::MOST_PARTS;
                let text = format!("The body holds either content or parts, 1 to {most} of them.");
                Err(Problem::malformed(text))
            }
        }
    }
}

/// A message on its way; the first one of several that carry what was asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct Accepted {
    #[serde(flatten)]
    message: MessageView,
    /// The other messages that carry what was asked for, in the order in which they are sent.
    also: Vec<MessageView>,
}

/// Sends a message: 202 once it has its place and is on disk. What does not fit into one message becomes several where
/// `policy` permits it; all get their places at once, or none does.
#[utoipa::path(post, path = "/v1/conversations/{id}/messages", tag = "messages",
    params(("id" = ConversationId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Equal for repetitions of one request.")),
    request_body = Outgoing,
    responses((status = 202, description = "Queued, or repeated.", body = Accepted),
        (status = 422, description = "The verdict denies it, and `reasons` says why; or `idempotency.key_reused`.")))]
pub(super) async fn send(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
    headers: HeaderMap,
    JsonBody(mut outgoing): JsonBody<Outgoing>,
) -> Result<Response, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    let now = shared.clock.now();
    let asked = outgoing.fingerprint();
    let (priority, policy, quotes) = (outgoing.priority, outgoing.policy.into(), outgoing.quotes);
    let situation = of_conversation(&shared, &conversation, now).await?;
    let times = Times { send_at: outgoing.send_at.map(moment), expires_at: outgoing.expires_at.map(moment) };
    let mut parts = Vec::new();
    for content in outgoing.contents()? {
        parts.push(content.carried(&shared, conversation.account).await?);
    }
    let quoted = quoted(&shared, &conversation, quotes).await?;
    let message = NewMessage {
        conversation: conversation.id,
        asked,
        quotes,
        priority,
        idempotency_key: idempotency_key(&headers)?,
        send_at: times.send_at,
        expires_at: times.expires_at,
        now,
        plan: planner(situation, parts, quoted, policy, now, times),
    };
    match shared.store.enqueue(message).await? {
        Enqueued::Queued(messages) | Enqueued::Repeated(messages) => accepted(messages),
        Enqueued::Denied(reasons) => {
            if let Some(reason) = reasons.first() {
                shared.metrics.refused_by_verdict(&conversation.instance, reason.code.as_str());
            }
            Err(Problem::denied(reasons))
        }
        Enqueued::UnknownConversation => Err(Problem::not_found("conversation")),
        Enqueued::KeyReused => {
            let detail = "This Idempotency-Key belongs to a request for something else: another content, other \
                          times, another policy.";
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency.key_reused", detail))
        }
    }
}

/// What the verdict needs to know of the message that is to be quoted. The store looks whether it can be.
pub(super) async fn quoted(
    shared: &Shared,
    conversation: &Conversation,
    quotes: Option<MessageId>,
) -> Result<Option<Target>, Problem> {
    let Some(id) = quotes else { return Ok(None) };
    let message = shared.store.message(id).await?;
    let message = message.filter(|message| message.conversation == conversation.id);
    let target = message.map(|message| Target {
        kind: Some(message.content.kind().to_owned()),
        sent_at: Some(message.sent_at),
    });
    Ok(Some(target.unwrap_or_default()))
}

/// Between which moments a message may leave.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Times {
    send_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

/// Which messages carry these parts, by the verdict on them at that moment.
fn planner(
    situation: Situation,
    parts: Vec<Carried>,
    quoted: Option<Target>,
    policy: Policy,
    now: Timestamp,
    times: Times,
) -> Planner {
    Box::new(move |ledger| {
        let draft = Draft { quotes: quoted, ..Carried::draft(&parts) };
        let (verdict, Reserved { ledger, permit }) =
            situation.grant(now, ledger, Action::Send(&draft), policy)?;
        if let Some(reason) = against(times, permit.expires_at, now) {
            return Err(vec![reason]);
        }
        let (steps, losses) = match verdict {
            Verdict::Degraded { plan, losses, .. } => (plan, losses),
            _ => {
                let as_asked =
                    Step { parts: draft.parts, quotes: draft.quotes.is_some(), costs: permit.places };
                (vec![as_asked], Vec::new())
            }
        };
        let messages = steps.iter().map(|step| planned(step, &parts, permit)).collect::<Option<_>>();
        Ok(Plan { messages: messages.ok_or_else(|| vec![not_together()])?, losses, ledger })
    })
}

/// Whether a failed message may be sent again as it is, and its places.
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

pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=MAX_KEY_BYTES).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(Problem::malformed("Idempotency-Key must be 1 to 255 visible ASCII characters.")),
    }
}

pub(super) fn accepted(messages: Vec<Message>) -> Result<Response, Problem> {
    let mut messages = messages.into_iter().map(MessageView::from);
    let first = messages.next().ok_or_else(|| Problem::not_found("message"))?;
    let location = format!("/v1/messages/{}", first.id);
    let body = Accepted { message: first, also: messages.collect() };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(body)).into_response())
}
