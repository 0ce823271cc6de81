//! Comments under posts of accounts.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::{PathText, QueryOf},
    caller::Caller,
    paging::{PageQuery, PageView},
    problem::Problem,
    views::Time,
};
use crate::{
    model::{AccountId, Comment, CommentId, CommentState, ContactId},
    shared::Shared,
};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CommentView {
    id: CommentId,
    account: AccountId,
    platform_id: String,
    contact: Option<ContactId>,
    /// What it says, where that was told and it was not removed.
    text: Option<String>,
    /// The platform's id of the post.
    post: Option<String>,
    /// The platform's id of the comment that it answers.
    parent: Option<String>,
    /// Whether the platform lets the business answer it in private.
    answerable: bool,
    state: CommentState,
    at: Time,
    changed_at: Time,
}

impl From<Comment> for CommentView {
    fn from(comment: Comment) -> Self {
        Self {
            id: comment.id,
            account: comment.account,
            platform_id: comment.platform_id,
            contact: comment.contact,
            text: comment.text,
            post: comment.post,
            parent: comment.parent,
            answerable: comment.answerable,
            state: comment.state,
            at: Time(comment.at),
            changed_at: Time(comment.changed_at),
        }
    }
}

/// Comments under the posts of an account, newest first.
#[utoipa::path(get, path = "/v1/accounts/{id}/comments", tag = "comments",
    params(("id" = AccountId, Path), PageQuery), responses((status = 200, body = PageView<CommentView>)))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
    QueryOf(query): QueryOf<PageQuery>,
) -> Result<Json<PageView<CommentView>>, Problem> {
    let account = caller.account(&shared, &account).await?.id;
    let page = shared.store.comments(account, query.after()?, query.limit()?).await?;
    Ok(Json(PageView::of(page, CommentView::from)))
}
