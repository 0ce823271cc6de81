//! Conversations.

use std::sync::Arc;

use axum::{Json, extract::State};

use super::{
    body::{PathText, QueryOf},
    caller::Caller,
    paging::{PageQuery, PageView},
    problem::Problem,
    views::ConversationView,
};
use crate::{
    model::{Conversation, ConversationId},
    shared::Shared,
};

/// Conversations, the one with the newest message first.
#[utoipa::path(get, path = "/v1/conversations", tag = "conversations",
    params(PageQuery), responses((status = 200, body = PageView<ConversationView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<PageView<ConversationView>>, Problem> {
    let page = shared.store.conversations(caller.scope(), query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, |conversation| view(&shared, conversation))))
}

/// One conversation.
#[utoipa::path(get, path = "/v1/conversations/{id}", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = ConversationView)))]
pub(super) async fn one(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<Json<ConversationView>, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    Ok(Json(view(&shared, conversation)))
}

/// After a failed message, the rest of the line may go on.
#[utoipa::path(post, path = "/v1/conversations/{id}/resume", tag = "conversations",
    params(("id" = ConversationId, Path)), responses((status = 200, body = ConversationView)))]
pub(super) async fn resume(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<Json<ConversationView>, Problem> {
    let id = caller.conversation(&shared, &conversation).await?.id;
    if shared.store.resume(id).await? {
        shared.resumed.send_replace(());
    }
    let conversation = caller.conversation(&shared, &conversation).await?;
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
