//! Comments under posts of accounts.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::{Content, capabilities::Reason};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::{PathText, QueryOf},
    caller::Caller,
    paging::{PageQuery, PageView},
    problem::Problem,
    schemas::{ContentSchema, ReasonSchema},
    views::Time,
};
use crate::{
    model::{
        AccountId, Comment, CommentAnswer, CommentId, CommentState, ContactId, ConversationId, MessageId,
        Status,
    },
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
    /// What the business answered in private.
    answer: Option<CommentAnswerView>,
}

#[derive(Debug, Serialize, ToSchema)]
struct CommentAnswerView {
    /// `sending`, `sent`, `failed` or `uncertain`; once the message is in the inbox, its status.
    status: Status,
    /// Why it failed or is uncertain.
    #[schema(value_type = Option<ReasonSchema>)]
    reason: Option<Reason>,
    /// What it says, until the message is in the inbox.
    #[schema(value_type = Option<ContentSchema>)]
    content: Option<Content>,
    /// The message, once it is in the inbox: as soon as the platform has named its conversation.
    message_id: Option<MessageId>,
    conversation_id: Option<ConversationId>,
    created_at: Time,
}

impl From<CommentAnswer> for CommentAnswerView {
    fn from(answer: CommentAnswer) -> Self {
        Self {
            status: answer.status,
            reason: answer.reason,
            content: answer.content,
            message_id: answer.message,
            conversation_id: answer.conversation,
            created_at: Time(answer.created_at),
        }
    }
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
            answer: comment.answer.map(CommentAnswerView::from),
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
