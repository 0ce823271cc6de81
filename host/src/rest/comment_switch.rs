//! Whether comments of an account may be answered in private: a switch of the platform.

use std::sync::Arc;

use axum::{Json, extract::State};
use connector_api::{
    ChannelConnector, CommentAnswers, CommentAnswersRequest,
    capabilities::{
        Layer, Reason, ReasonCode,
        document::{CommentRule, Support},
    },
};

use super::{
    body::{JsonBody, PathText},
    caller::Caller,
    operations::{Call, called},
    problem::Problem,
    situations::of_account,
    switch::{SwitchBody, SwitchView},
};
use crate::{
    instances::Lease,
    model::{Account, AccountId},
    shared::Shared,
};

const RULE: &str = "comment_answers";

/// Whether the platform lets the account answer comments in private. What a key may do here besides is the opt-in
/// `initiation.business.comment` of the account's layer.
#[utoipa::path(get, path = "/v1/accounts/{id}/comment-answers", tag = "comments", operation_id = "answers_state",
    params(("id" = AccountId, Path)), responses((status = 200, body = SwitchView),
        (status = 422, description = "The document does not declare it, or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn state(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
) -> Result<Json<SwitchView>, Problem> {
    let account = caller.account(&shared, &account).await?;
    asked(&shared, &account, None).await
}

/// Has the platform let the account answer comments in private, or not any more.
#[utoipa::path(put, path = "/v1/accounts/{id}/comment-answers", tag = "comments", operation_id = "answers_switch",
    params(("id" = AccountId, Path)), request_body = SwitchBody, responses((status = 200, body = SwitchView),
        (status = 422, description = "The document does not declare it, or not for the account's region; or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn switch(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
    JsonBody(body): JsonBody<SwitchBody>,
) -> Result<Json<SwitchView>, Problem> {
    let account = caller.account(&shared, &account).await?;
    asked(&shared, &account, Some(body.enabled)).await
}

async fn asked(
    shared: &Shared,
    account: &Account,
    enable: Option<bool>,
) -> Result<Json<SwitchView>, Problem> {
    let situation = of_account(shared, account).await?;
    let document = situation.declared();
    let rule = &document.comment_answers;
    if rule.support != Support::Native {
        let text = format!("{} does not let comments be answered in private.", document.connector.name);
        let reason = against(rule, ReasonCode::OPERATION_UNSUPPORTED, text);
        let is_said = rule.support != Support::Unknown;
        return Err(Problem::denied(vec![if is_said { reason } else { reason.uncertain() }]));
    }
    if enable == Some(true) {
        served(shared, account, rule).await?;
    }
    let call = |instance: Lease, usable| {
        let request = CommentAnswersRequest::new(usable, enable);
        async move { instance.connector.comment_answers(request).await }
    };
    let kind = if enable.is_none() { Call::Asks } else { Call::Changes };
    let CommentAnswers { enabled, .. } = called(shared, account, kind, call).await?;
    Ok(Json(SwitchView { enabled }))
}

/// Refuses a region that the document leaves out. Where nobody has said which the account's is, the platform knows.
async fn served(shared: &Shared, account: &Account, rule: &CommentRule) -> Result<(), Problem> {
    let Some(region) = shared.store.account_layer(account.id).await?.region else { return Ok(()) };
    let regions = &rule.account_regions;
    if regions.is_empty() || regions.iter().any(|one| one == region.as_str()) {
        return Ok(());
    }
    let text = format!(
        "Accounts of {} cannot answer comments in private; those of {} can.",
        region.as_str(),
        regions.join(", ")
    );
    let reason = against(rule, ReasonCode::REGION_ACCOUNT_BLOCKED, text).with("region", region.as_str());
    Err(Problem::denied(vec![reason]))
}

fn against(rule: &CommentRule, code: ReasonCode, text: String) -> Reason {
    Reason::permanent(code, text).decided_by(Layer::Connector, RULE, rule.evidence.as_ref())
}
