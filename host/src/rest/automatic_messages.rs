//! Messages that a platform sends by itself: a welcome, suggested questions, prompts. They stand at the platform and
//! nowhere else; each question about them is asked there.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use connector_api::{
    AutomaticAction, AutomaticMessage, AutomaticMessages, AutomaticMessagesRequest, AutomaticText,
    ChannelConnector, Review,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body::{JsonBody, PathPair, PathTriple},
    caller::Caller,
    operations::{Call, called},
    problem::Problem,
    situations::of_account,
    switch::{SwitchBody, SwitchView},
};
use crate::{
    automatic,
    instances::Lease,
    model::{Account, AccountId},
    shared::Shared,
};

/// Where the platform's review of a text stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum ReviewState {
    /// Not decided; the text cannot be changed meanwhile.
    Reviewing,
    /// In use.
    Approved,
    /// Not used.
    Rejected,
    /// The platform does not say.
    Unknown,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AutomaticMessageView {
    /// The platform's id.
    id: String,
    /// What the customer sees and taps; `null` where the kind has no title.
    title: Option<String>,
    /// What is sent.
    text: String,
    review: ReviewState,
}

impl From<AutomaticMessage> for AutomaticMessageView {
    fn from(message: AutomaticMessage) -> Self {
        let review = match message.review {
            Review::Reviewing => ReviewState::Reviewing,
            Review::Approved => ReviewState::Approved,
            Review::Rejected => ReviewState::Rejected,
            _ => ReviewState::Unknown,
        };
        Self { id: message.id, title: message.text.title, text: message.text.text, review }
    }
}

/// All automatic messages of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AutomaticMessagesView {
    kind: String,
    /// Whether the kind is switched on; `null` where the platform does not say.
    enabled: Option<bool>,
    items: Vec<AutomaticMessageView>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AutomaticTextBody {
    /// What the customer sees and taps, for kinds that have it.
    title: Option<String>,
    /// What is sent.
    text: String,
}

impl From<AutomaticTextBody> for AutomaticText {
    fn from(body: AutomaticTextBody) -> Self {
        Self::new(body.title, body.text)
    }
}

/// The message that was made or changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangedAutomaticMessage {
    /// The platform's id; `null` where the platform does not say.
    id: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderBody {
    /// The platform's ids of all messages of the kind.
    ids: Vec<String>,
}

/// The automatic messages of a kind, as the platform has them now, and where its review of each stands.
#[utoipa::path(get, path = "/v1/accounts/{id}/automatic-messages/{kind}", tag = "automatic_messages",
    params(("id" = AccountId, Path), ("kind" = String, Path, description = "As in the document: `welcome_message`, …")),
    responses((status = 200, body = AutomaticMessagesView),
        (status = 422, description = "The document declares no such kind, or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathPair(account, kind): PathPair,
) -> Result<Json<AutomaticMessagesView>, Problem> {
    let account = caller.account(&shared, &account).await?;
    let AutomaticMessages { enabled, messages, .. } =
        act(&shared, &account, &kind, AutomaticAction::List).await?;
    let items = messages.into_iter().map(AutomaticMessageView::from).collect();
    Ok(Json(AutomaticMessagesView { kind, enabled, items }))
}

/// Adds an automatic message. The platform is asked first how many there are, where the document bounds them.
#[utoipa::path(post, path = "/v1/accounts/{id}/automatic-messages/{kind}/messages", tag = "automatic_messages",
    params(("id" = AccountId, Path), ("kind" = String, Path)), request_body = AutomaticTextBody,
    responses((status = 201, body = ChangedAutomaticMessage),
        (status = 422, description = "The document does not allow it, and `reasons` says why; or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn create(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathPair(account, kind): PathPair,
    JsonBody(body): JsonBody<AutomaticTextBody>,
) -> Result<(StatusCode, Json<ChangedAutomaticMessage>), Problem> {
    let account = caller.account(&shared, &account).await?;
    let action = AutomaticAction::Create { text: body.into() };
    let id = act(&shared, &account, &kind, action).await?.changed;
    Ok((StatusCode::CREATED, Json(ChangedAutomaticMessage { id })))
}

/// Changes an automatic message. Where the platform reviews texts, it is asked first whether it still reviews this one.
#[utoipa::path(put, path = "/v1/accounts/{id}/automatic-messages/{kind}/messages/{message}",
    tag = "automatic_messages",
    params(("id" = AccountId, Path), ("kind" = String, Path),
        ("message" = String, Path, description = "The platform's id.")),
    request_body = AutomaticTextBody,
    responses((status = 200, body = ChangedAutomaticMessage),
        (status = 422, description = "The document does not allow it, and `reasons` says why; or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn update(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathTriple(account, kind, id): PathTriple,
    JsonBody(body): JsonBody<AutomaticTextBody>,
) -> Result<Json<ChangedAutomaticMessage>, Problem> {
    let account = caller.account(&shared, &account).await?;
    let action = AutomaticAction::Update { id, text: body.into() };
    let id = act(&shared, &account, &kind, action).await?.changed;
    Ok(Json(ChangedAutomaticMessage { id }))
}

/// Removes an automatic message.
#[utoipa::path(delete, path = "/v1/accounts/{id}/automatic-messages/{kind}/messages/{message}",
    tag = "automatic_messages",
    params(("id" = AccountId, Path), ("kind" = String, Path),
        ("message" = String, Path, description = "The platform's id.")),
    responses((status = 204, description = "It is gone."),
        (status = 422, description = "What is of this kind can only be switched off, or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn delete(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathTriple(account, kind, id): PathTriple,
) -> Result<StatusCode, Problem> {
    let account = caller.account(&shared, &account).await?;
    act(&shared, &account, &kind, AutomaticAction::Delete { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts all automatic messages of a kind into an order.
#[utoipa::path(put, path = "/v1/accounts/{id}/automatic-messages/{kind}/order", tag = "automatic_messages",
    params(("id" = AccountId, Path), ("kind" = String, Path)), request_body = OrderBody,
    responses((status = 204, description = "They are in that order."),
        (status = 409, description = "`automatic_messages.others`: these ids are not those that there are, each once."),
        (status = 422, description = "What is of this kind has no order, or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn sort(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathPair(account, kind): PathPair,
    JsonBody(body): JsonBody<OrderBody>,
) -> Result<StatusCode, Problem> {
    let account = caller.account(&shared, &account).await?;
    act(&shared, &account, &kind, AutomaticAction::Sort { ids: body.ids }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Switches all automatic messages of a kind on or off.
#[utoipa::path(put, path = "/v1/accounts/{id}/automatic-messages/{kind}/switch", tag = "automatic_messages",
    params(("id" = AccountId, Path), ("kind" = String, Path)), request_body = SwitchBody,
    responses((status = 200, body = SwitchView),
        (status = 422, description = "The document declares no such kind, or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn switch(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathPair(account, kind): PathPair,
    JsonBody(SwitchBody { enabled }): JsonBody<SwitchBody>,
) -> Result<Json<SwitchView>, Problem> {
    let account = caller.account(&shared, &account).await?;
    let answer = act(&shared, &account, &kind, AutomaticAction::Switch { enabled }).await?;
    Ok(Json(SwitchView { enabled: answer.enabled }))
}

/// Has the platform do what the document allows; one request, or two where that depends on what there is already.
async fn act(
    shared: &Shared,
    account: &Account,
    kind: &str,
    action: AutomaticAction,
) -> Result<AutomaticMessages, Problem> {
    let situation = of_account(shared, account).await?;
    let document = situation.declared();
    let rule = automatic::declared(document, kind)
        .ok_or_else(|| Problem::denied(vec![automatic::not_declared(document)]))?;
    let reasons = automatic::against(rule, &action);
    if !reasons.is_empty() {
        return Err(Problem::denied(reasons));
    }
    let depends = automatic::depends_on_present(rule, &action);
    let _turn = if depends { Some(shared.automatic.of(account.id).await) } else { None };
    if depends {
        let present = ask(shared, account, kind, AutomaticAction::List).await?.messages;
        if let Some(reason) = automatic::against_present(rule, &action, &present) {
            return Err(Problem::denied(vec![reason]));
        }
        if let AutomaticAction::Sort { ids } = &action
            && !automatic::are_all(ids, &present)
        {
            let detail = "The ids have to be those of all messages of the kind, each once; list them again.";
            return Err(Problem::new(StatusCode::CONFLICT, "automatic_messages.others", detail));
        }
    }
    ask(shared, account, kind, action).await
}

async fn ask(
    shared: &Shared,
    account: &Account,
    kind: &str,
    action: AutomaticAction,
) -> Result<AutomaticMessages, Problem> {
    let call = |instance: Lease, usable| {
        let request = AutomaticMessagesRequest::new(usable, kind, action.clone());
        async move { instance.connector.automatic_messages(request).await }
    };
    let kind = if action == AutomaticAction::List { Call::Asks } else { Call::Changes };
    called(shared, account, kind, call).await
}
