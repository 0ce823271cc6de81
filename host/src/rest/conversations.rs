//! Conversations.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;

use super::{
    body::{PathText, QueryOf, id},
    paging::{PageQuery, PageView},
    problem::Problem,
    views::ConversationView,
};
use crate::{
    model::{AccountId, Conversation, ConversationId, StateName},
    shared::Shared,
    store::ConversationFilter,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversationsQuery {
    account: Option<AccountId>,
    instance: Option<String>,
    state: Option<StateName>,
    /// Empty: nobody's.
    assignee: Option<String>,
    label: Option<String>,
    unread: Option<bool>,
    /// The source of the first referral; empty: any.
    referral: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// `GET /v1/conversations`: the one with the newest message first.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    QueryOf(query): QueryOf<ConversationsQuery>,
) -> Result<Json<PageView<ConversationView>>, Problem> {
    let ConversationsQuery { account, instance, state, assignee, label, unread, referral, limit, cursor } =
        query;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let (assignee, referral) = (assignee.map(some), referral.map(some));
    let filter = ConversationFilter { account, instance, state, assignee, label, unread, referral };
    let query = PageQuery { limit, cursor };
    let page = shared.store.conversations(filter, query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, |conversation| view(&shared, conversation))))
}

/// `GET /v1/conversations/{id}`.
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    PathText(conversation): PathText,
) -> Result<Response, Problem> {
    let conversation = shared.store.conversation(id(&conversation, "conversation")?).await?;
    let conversation = conversation.ok_or_else(|| Problem::not_found("conversation"))?;
    Ok(tagged(&shared, conversation))
}

/// The conversation with the tag that a change of it may name: it stands for assignee, labels and state.
pub(super) fn tagged(shared: &Shared, conversation: Conversation) -> Response {
    let tag = format!("\"{}\"", conversation.handling.revision);
    ([(header::ETAG, tag)], Json(view(shared, conversation))).into_response()
}

/// `POST /v1/conversations/{id}/resume`: after a failed message, the rest of the line may go on.
pub(super) async fn resume(
    State(shared): State<Arc<Shared>>,
    PathText(conversation): PathText,
) -> Result<Json<ConversationView>, Problem> {
    let id: ConversationId = id(&conversation, "conversation")?;
    let missing = || Problem::not_found("conversation");
    shared.store.conversation(id).await?.ok_or_else(missing)?;
    if shared.store.resume(id).await? {
        shared.resumed.send_replace(());
    }
    let conversation = shared.store.conversation(id).await?.ok_or_else(missing)?;
    Ok(Json(view(&shared, conversation)))
}

fn view(shared: &Shared, conversation: Conversation) -> ConversationView {
    let running = shared.instances.lease(&conversation.instance).ok();
    ConversationView::new(
        conversation,
        running.as_ref().map(|running| &*running.document),
        shared.clock.now(),
    )
}
