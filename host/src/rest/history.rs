//! Reading back what a platform remembers of an account.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use connector_api::capabilities::Reason;
use serde::Serialize;
use utoipa::ToSchema;

use super::{body::PathText, caller::Caller, problem::Problem, schemas::ReasonSchema, views::Time};
use crate::{
    model::{AccountId, HistoryImport, HistoryState},
    shared::Shared,
};

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HistoryView {
    account: AccountId,
    state: HistoryState,
    /// Conversations that the platform listed and that are wanted.
    found: u32,
    /// Conversations that were read to their end.
    conversations: u32,
    /// Messages in them, known ones too.
    messages: u32,
    /// Why it goes on later, or ended early.
    #[schema(value_type = Option<ReasonSchema>)]
    reason: Option<Reason>,
    began_at: Time,
    ended_at: Option<Time>,
}

impl From<HistoryImport> for HistoryView {
    fn from(import: HistoryImport) -> Self {
        Self {
            account: import.account,
            state: import.state,
            found: import.found,
            conversations: import.conversations,
            messages: import.messages,
            reason: import.reason,
            began_at: Time(import.began_at),
            ended_at: import.ended_at.map(Time),
        }
    }
}

/// How far reading back is; it begins by itself when an account is connected.
#[utoipa::path(get, path = "/v1/accounts/{id}/history", tag = "accounts", params(("id" = AccountId, Path)),
    responses((status = 200, body = HistoryView),
        (status = 404, description = "There is no such account, or its channel remembers nothing.")))]
pub(super) async fn state(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<Json<HistoryView>, Problem> {
    let account = caller.account(&shared, &account).await?.id;
    let import = shared.store.history(account).await?;
    Ok(Json(import.ok_or_else(|| Problem::not_found("history"))?.into()))
}

/// Reads back what the platform remembers of an account, when there is time. What is known is not taken in twice, and
/// nothing of it is announced as new; `history.imported` is told at the end.
#[utoipa::path(post, path = "/v1/accounts/{id}/history", tag = "accounts", operation_id = "read_back",
    params(("id" = AccountId, Path)), responses((status = 202, body = HistoryView)))]
pub(super) async fn begin(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<(StatusCode, Json<HistoryView>), Problem> {
    let account = caller.account(&shared, &account).await?.id;
    let import = shared.store.begin_history(account, shared.clock.now()).await?;
    shared.errands_wanted.send_replace(());
    Ok((StatusCode::ACCEPTED, Json(import.into())))
}
