//! Signals that are no messages: typing, and that somebody has read.

use std::{sync::Arc, time::Duration};

use axum::{extract::State, http::StatusCode};
use connector_api::{
    ChannelConnector, Signal, SignalRequest,
    capabilities::{Action, Policy},
};

use super::{
    body::PathText,
    caller::Caller,
    operations::{Call, called},
    problem::Problem,
    situations::of_conversation,
};
use crate::{model::ConversationId, shared::Shared};

/// Typing that is shown later than this shows nothing.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);

/// Shows the contact that somebody is typing.
#[utoipa::path(post, path = "/v1/conversations/{id}/typing", tag = "conversations",
    params(("id" = ConversationId, Path)),
    responses((status = 204, description = "It is shown."),
        (status = 422, description = "The verdict denies it, and `reasons` says why; or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn typing(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
) -> Result<StatusCode, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    let now = shared.clock.now();
    let situation = of_conversation(&shared, &conversation, now).await?;
    let action = Action::Operate { operation: "typing", target: None, kind: None };
    situation.grant(now, conversation.ledger, action, Policy::EXACT).map_err(Problem::denied)?;
    let account = shared.store.account(conversation.account).await?;
    let account = account.ok_or_else(|| Problem::not_found("conversation"))?;
    let show = |instance: crate::instances::Lease, account| {
        let request = SignalRequest::new(account, &conversation.platform_id, Signal::Typing);
        async move { instance.connector.signal(request).await }
    };
    let shown = tokio::time::timeout(SHOWN_WITHIN, called(&shared, &account, Call::Changes, show)).await;
    shown.map_err(|_| {
        let detail = format!("Nothing was shown within {SHOWN_WITHIN:?}: other requests go first.");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "signal.late", detail)
    })??;
    Ok(StatusCode::NO_CONTENT)
}

/// The platform is to be told that somebody has read the conversation. Whether it takes that is looked at then.
pub(super) async fn mark_read(shared: &Shared, conversation: ConversationId) -> Result<(), Problem> {
    shared.store.want_read_mark(conversation, shared.clock.now()).await?;
    shared.errands_wanted.send_replace(());
    Ok(())
}
