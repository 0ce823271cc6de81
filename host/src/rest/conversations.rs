//! Conversations.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;

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

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
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
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Conversations, the one with the newest message first.
#[utoipa::path(get, path = "/v1/conversations", tag = "conversations",
    params(ConversationsQuery), responses((status = 200, body = PageView<ConversationView>)))]
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

/// One conversation.
#[utoipa::path(get, path = "/v1/conversations/{id}", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = ConversationView)))]
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

/// After a failed message, the rest of the line may go on.
#[utoipa::path(post, path = "/v1/conversations/{id}/resume", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = ConversationView)))]
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
