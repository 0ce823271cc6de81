//! What channels can do: declared documents, what the layers leave of them, and who can do something.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::{
    CapabilityDocument,
    capabilities::{Action, Layer, LiveAnswer, Policy, Verdict, WindowLedger},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{PathText, QueryOf},
    caller::Caller,
    paging::ListView,
    problem::Problem,
    schemas::CapabilityDocumentSchema,
    situations::{of_account, of_conversation, of_instance},
};
use crate::{
    document,
    model::{AccountId, AccountStatus, ConversationId},
    shared::Shared,
    situation::Situation,
};

/// What the channel of an instance declares that it can do.
#[utoipa::path(get, path = "/v1/instances/{name}/capabilities", tag = "capabilities",
    params(("name" = String, Path)), responses((status = 200, body = CapabilityDocumentSchema),
        (status = 304, description = "The client has it.")))]
pub(super) async fn declared(
    State(shared): State<Arc<Shared>>,
    PathText(name): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let situation = of_instance(&shared, &name)?;
    tagged(&headers, &serde_json::to_value(situation.declared()).map_err(|_| unwritable())?)
}

/// What the layer of an account leaves of that.
#[utoipa::path(get, path = "/v1/accounts/{id}/capabilities", tag = "capabilities",
    params(("id" = AccountId, Path)), responses((status = 200, body = EffectiveView),
        (status = 304, description = "The client has it.")))]
pub(super) async fn of_one_account(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let account = caller.account(&shared, &account).await?;
    effective(&headers, &of_account(&shared, &account).await?)
}

/// What both layers leave in a conversation, and what probes have settled.
#[utoipa::path(get, path = "/v1/conversations/{id}/capabilities", tag = "capabilities",
    params(("id" = ConversationId, Path)), responses((status = 200, body = EffectiveView),
        (status = 304, description = "The client has it.")))]
pub(super) async fn of_one_conversation(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(conversation): PathText,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let conversation = caller.conversation(&shared, &conversation).await?;
    effective(&headers, &of_conversation(&shared, &conversation, shared.clock.now()).await?)
}

/// A document and who decided what in it.
#[derive(Serialize, ToSchema)]
pub(super) struct EffectiveView {
    #[schema(value_type = CapabilityDocumentSchema)]
    document: CapabilityDocument,
    /// Rules that a layer above the connector decided, and which.
    #[schema(value_type = BTreeMap<String, String>)]
    decided_by: BTreeMap<String, Layer>,
    #[schema(value_type = Vec<Object>)]
    live: Vec<LiveAnswer>,
}

fn effective(headers: &HeaderMap, situation: &Situation) -> Result<Response, Problem> {
    let effective = situation.effective();
    let decided_by = effective.decisions().clone();
    let view =
        EffectiveView { document: effective.into_document(), decided_by, live: situation.live().to_vec() };
    tagged(headers, &serde_json::to_value(view).map_err(|_| unwritable())?)
}

/// The body with its hash as the `ETag`; 304 where the client has it.
fn tagged(headers: &HeaderMap, body: &Value) -> Result<Response, Problem> {
    let tag = format!("\"{}\"", document::hash(body));
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = known.flat_map(|list| list.split(',')).map(|one| one.trim().trim_start_matches("W/"));
    let is_known = known.any(|one| one == tag || one == "*");
    let tag = HeaderValue::from_str(&tag).map_err(|_| unwritable())?;
    let headers =
        [(header::ETAG, tag), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    Ok(match is_known {
        true => (StatusCode::NOT_MODIFIED, headers).into_response(),
        false => (headers, Json(body)).into_response(),
    })
}

fn unwritable() -> Problem {
    let detail = "The document cannot be written as JSON.";
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "host.failed", detail)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// `outbound.KIND`, `operation.NAME`, `initiation.business` or `broadcast`.
    rule: String,
}

/// An account that can do it.
#[derive(Serialize, ToSchema)]
pub(super) struct AbleView {
    account: AccountId,
    instance: String,
    handle: Option<String>,
    display_name: Option<String>,
    status: AccountStatus,
    /// Facts that could still change the answer.
    needs: Vec<String>,
}

/// The accounts that can do something as it is, to a customer who has just written.
#[utoipa::path(get, path = "/v1/capabilities", tag = "capabilities",
    params(Wanted), responses((status = 200, body = ListView<AbleView>)))]
pub(super) async fn who_can(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    QueryOf(Wanted { rule }): QueryOf<Wanted>,
) -> Result<Json<ListView<AbleView>>, Problem> {
    let action = action(&rule)?;
    let now = shared.clock.now();
    let answered = WindowLedger::default().inbound(now);
    let mut items = Vec::new();
    for account in shared.store.accounts(caller.scope()).await? {
        // An instance that does not run can do nothing for now.
        let Ok(situation) = of_account(&shared, &account).await else { continue };
        if let Verdict::Allowed(permission) = situation.check(now, answered, action, Policy::EXACT) {
            items.push(AbleView {
                account: account.id,
                instance: account.instance,
                handle: account.handle,
                display_name: account.display_name,
                status: account.status,
                needs: permission.needs,
            });
        }
    }
    Ok(Json(ListView { items }))
}

/// What a rule, named as in reasons and narrowings, is about.
fn action(rule: &str) -> Result<Action<'_>, Problem> {
    Ok(match rule.split_once('.') {
        Some(("outbound", kind)) => Action::SendKind(kind),
        Some(("operation", operation)) => Action::Operate { operation, target: None, kind: None },
        Some(("initiation", "business")) => Action::StartConversation,
        None if rule == "broadcast" => Action::Broadcast,
        _ => {
            let known = "outbound.KIND, operation.NAME, initiation.business or broadcast";
            return Err(Problem::malformed(format!("rule must be {known}.")));
        }
    })
}
