//! What colleagues do with conversations besides answering: assign, label, close, snooze, read, write notes.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::Timestamp;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{
    body::{JsonBody, PathText, QueryOf},
    caller::Caller,
    conversations,
    inbox_views::{ConversationReferralView, NoteView},
    paging::{ListView, PageQuery, PageView},
    problem::Problem,
    signals,
    views::ConversationView,
};
use crate::{
    model::{ConversationId, ConversationState, Note, NoteId, StateName},
    shared::Shared,
    store::{Handled, HandlingChange},
};

const MAX_ASSIGNEE_CHARS: usize = 200;
const MAX_LABELS: usize = 50;
const MAX_LABEL_CHARS: usize = 64;
const MAX_NOTE_CHARS: usize = 10_000;
/// Ways in which one contact came that are listed at most.
const MAX_REFERRALS: u32 = 200;

/// What is to change; what is missing stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversationPatch {
    /// Who works on it; `null`: nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 200)]
    assignee: Option<Option<String>>,
    labels: Option<BTreeSet<String>>,
    state: Option<StateName>,
    /// When it opens again; with the state `snoozed`, and only there.
    #[schema(value_type = Option<String>, format = DateTime)]
    snoozed_until: Option<jiff::Timestamp>,
}

/// Tells `null` from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl ConversationPatch {
    fn change(self, expected: Option<i64>, now: Timestamp) -> Result<HandlingChange, Problem> {
        if let Some(Some(assignee)) = &self.assignee {
            plain("assignee", assignee, MAX_ASSIGNEE_CHARS)?;
        }
        let labels = self.labels.iter().flatten();
        labels.clone().try_for_each(|label| plain("Each label", label, MAX_LABEL_CHARS))?;
        if labels.count() > MAX_LABELS {
            return Err(Problem::malformed(format!("A conversation has at most {MAX_LABELS} labels.")));
        }
        let until = self.snoozed_until.map(|until| Timestamp::from_millis(until.as_millisecond()));
        let state = match (self.state, until) {
            (None, None) => None,
            (Some(StateName::Open), None) => Some(ConversationState::Open),
            (Some(StateName::Closed), None) => Some(ConversationState::Closed),
            (Some(StateName::Snoozed), Some(until)) if until > now => {
                Some(ConversationState::Snoozed { until })
            }
            _ => {
                let detail =
                    "snoozed_until has to be a time to come, and goes with the state \"snoozed\" only.";
                return Err(Problem::malformed(detail));
            }
        };
        Ok(HandlingChange { expected, assignee: self.assignee, labels: self.labels, state })
    }
}

fn plain(what: &str, text: &str, max: usize) -> Result<(), Problem> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > max || text.chars().any(char::is_control) {
        let detail = format!("{what} takes 1 to {max} characters, and no control characters.");
        return Err(Problem::malformed(detail));
    }
    Ok(())
}

/// Assigns, labels, opens, closes or snoozes; with `If-Match`, only where nobody else has done so since.
#[utoipa::path(patch, path = "/v1/conversations/{id}", tag = "conversations",
    params(("id" = ConversationId, Path), ("If-Match" = Option<String>, Header, description = "The ETag as it was read.")),
    request_body = ConversationPatch, responses((status = 200, body = ConversationView),
        (status = 412, description = "Somebody else changed it meanwhile.")))]
pub(super) async fn change(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
    headers: HeaderMap,
    JsonBody(patch): JsonBody<ConversationPatch>,
) -> Result<Response, Problem> {
    let id = caller.conversation(&shared, &conversation).await?.id;
    let now = shared.clock.now();
    let change = patch.change(expected(&headers)?, now)?;
    match shared.store.handle(id, change, now).await? {
        Handled::Changed(conversation) => conversations::tagged(&shared, *conversation).await,
        Handled::Outdated => {
            let detail = "The conversation was changed meanwhile; read it again and decide anew.";
            Err(Problem::new(StatusCode::PRECONDITION_FAILED, "conversation.changed", detail))
        }
        Handled::UnknownConversation => Err(Problem::not_found("conversation")),
    }
}

/// The revision that `If-Match` names. No revision is negative, so a tag of anybody else's matches none.
fn expected(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let malformed = || Problem::malformed("If-Match must be the ETag of the conversation as you read it.");
    match value.to_str().map_err(|_| malformed())?.trim() {
        "*" => Ok(None),
        tag => {
            let inner = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).ok_or_else(malformed)?;
            Ok(Some(inner.parse().unwrap_or(-1)))
        }
    }
}

/// Nothing of it is unread any more; the platform is told, where it takes that, when there is time.
#[utoipa::path(post, path = "/v1/conversations/{id}/read", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = ConversationView)))]
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<Response, Problem> {
    let id = caller.conversation(&shared, &conversation).await?.id;
    shared.store.mark_read(id, shared.clock.now()).await?;
    signals::mark_read(&shared, id).await?;
    let conversation = shared.store.conversation(id).await?;
    conversations::tagged(&shared, conversation.ok_or_else(|| Problem::not_found("conversation"))?).await
}

/// Every way in which the contact came, the first first.
#[utoipa::path(get, path = "/v1/conversations/{id}/referrals", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = ListView<ConversationReferralView>)))]
pub(super) async fn referrals(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<Json<ListView<ConversationReferralView>>, Problem> {
    let id = caller.conversation(&shared, &conversation).await?.id;
    let referrals = shared.store.referrals(id, MAX_REFERRALS).await?;
    Ok(Json(ListView { items: referrals.into_iter().map(ConversationReferralView::from).collect() }))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNote {
    text: String,
}

/// Writes a note for colleagues; it is never sent.
#[utoipa::path(post, path = "/v1/conversations/{id}/notes", tag = "conversations",
    params(("id" = ConversationId, Path)), request_body = NewNote, responses((status = 201, body = NoteView)))]
pub(super) async fn add_note(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
    JsonBody(NewNote { text }): JsonBody<NewNote>,
) -> Result<Response, Problem> {
    if text.trim().is_empty() || text.chars().count() > MAX_NOTE_CHARS {
        return Err(Problem::malformed(format!("text takes 1 to {MAX_NOTE_CHARS} characters.")));
    }
    let conversation = caller.conversation(&shared, &conversation).await?.id;
    let created_at = shared.clock.now();
    let note = Note { id: NoteId::generate(), conversation, author: caller.0.name.clone(), text, created_at };
    if !shared.store.add_note(note.clone()).await? {
        return Err(Problem::not_found("conversation"));
    }
    Ok((StatusCode::CREATED, Json(NoteView::from(note))).into_response())
}

/// What colleagues wrote down, newest first.
#[utoipa::path(get, path = "/v1/conversations/{id}/notes", tag = "conversations",
    params(("id" = ConversationId, Path), PageQuery), responses((status = 200, body = PageView<NoteView>)))]
pub(super) async fn notes(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<PageView<NoteView>>, Problem> {
    let id = caller.conversation(&shared, &conversation).await?.id;
    let page = shared.store.notes(id, query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, NoteView::from)))
}
