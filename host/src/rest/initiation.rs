//! Writing first, and to many: where a channel forbids it, the answer says so in the document's own words.

use std::sync::Arc;

use axum::extract::State;
use connector_api::capabilities::{Action, Policy, Reason, ReasonCode, Verdict, WindowLedger};
use serde_json::Value;

use super::{
    body::{JsonBody, PathText, id},
    problem::Problem,
    situations::of_account,
};
use crate::{model::AccountId, shared::Shared};

/// Write first to somebody who has not written: refused with the declared reason where the channel forbids it.
#[utoipa::path(post, path = "/v1/accounts/{id}/conversations", tag = "messages", params(("id" = AccountId, Path)),
    request_body = Object, responses((status = 422, description = "The channel, or this host, does not do it.")))]
pub(super) async fn start(
    state: State<Arc<Shared>>,
    account: PathText,
    JsonBody(_): JsonBody<Value>,
) -> Result<(), Problem> {
    refuse(state, account, Action::StartConversation).await
}

/// Send one text to many: refused with the declared reason where the channel forbids it.
#[utoipa::path(post, path = "/v1/accounts/{id}/broadcasts", tag = "messages", params(("id" = AccountId, Path)),
    request_body = Object, responses((status = 422, description = "The channel, or this host, does not do it.")))]
pub(super) async fn broadcast(
    state: State<Arc<Shared>>,
    account: PathText,
    JsonBody(_): JsonBody<Value>,
) -> Result<(), Problem> {
    refuse(state, account, Action::Broadcast).await
}

async fn refuse(
    State(shared): State<Arc<Shared>>,
    PathText(account): PathText,
    action: Action<'_>,
) -> Result<(), Problem> {
    let account = shared.store.account(id::<AccountId>(&account, "account")?).await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    let situation = of_account(&shared, &account).await?;
    let verdict = situation.check(shared.clock.now(), WindowLedger::default(), action, Policy::EXACT);
    Err(Problem::denied(match verdict {
        Verdict::Denied { reasons } => reasons,
        _ => {
            let text = "The channel takes it, but this host does not do it yet.";
            vec![Reason::permanent(ReasonCode::OPERATION_UNSUPPORTED, text)]
        }
    }))
}
