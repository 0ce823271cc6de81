//! Comments under posts of accounts.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::{Content, capabilities::Reason};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{PathText, QueryOf, id},
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
    store::Sought,
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
    /// Whether it can be answered in private: the platform lets the business, and no answer was sent or may have been.
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
        let answerable =
            comment.answerable && comment.state != CommentState::Removed && !comment.is_answered();
        Self {
            id: comment.id,
            account: comment.account,
            platform_id: comment.platform_id,
            contact: comment.contact,
            text: comment.text,
            post: comment.post,
            parent: comment.parent,
            answerable,
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

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AnsweredQuery {
    /// How far their answers are.
    answer: Status,
    /// Only under posts of this account.
    account: Option<String>,
    /// Only of this instance.
    instance: Option<String>,
    /// How many at most; 50 where it is missing.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Comments whose answer is so far, the newest answer first. `failed` and `uncertain` are what needs a person: an answer
/// that is in no conversation yet is in no list of messages.
#[utoipa::path(get, path = "/v1/comments", tag = "comments", params(AnsweredQuery),
    responses((status = 200, body = PageView<CommentView>),
        (status = 404, description = "There is no such account.")))]
pub(super) async fn answered(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    QueryOf(query): QueryOf<AnsweredQuery>,
) -> Result<Json<PageView<CommentView>>, Problem> {
    let page = PageQuery::new(query.limit, query.cursor);
    let account = query.account.map(|account| id::<AccountId>(&account, "account")).transpose()?;
    let sought = Sought { status: query.answer, account, instance: query.instance };
    let found = shared.store.answered(caller.scope(), sought, page.after()?, page.limit()?).await?;
    Ok(Json(PageView::of(found, CommentView::from)))
}
