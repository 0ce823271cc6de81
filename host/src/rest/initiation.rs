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
use crate::shared::Shared;

/// `POST /v1/accounts/{id}/conversations`: write first to somebody who has not written.
pub(super) async fn start(
    state: State<Arc<Shared>>,
    account: PathText,
    JsonBody(_): JsonBody<Value>,
) -> Result<(), Problem> {
    refuse(state, account, Action::StartConversation).await
}

/// `POST /v1/accounts/{id}/broadcasts`: send one text to many.
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
    let account = shared.store.account(id(&account, "account")?).await?;
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
