//! Ways in which customers can begin, and their codes to be scanned.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use connector_api::{
    CapabilityDocument, ChannelConnector, EntryPoints, EntryPointsRequest,
    capabilities::{Layer, Reason, ReasonCode, document::EntryPoint},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    body::{PathPair, PathText, QueryOf},
    caller::Caller,
    download,
    operations::{Call, called},
    paging::ListView,
    problem::Problem,
    schemas::ReasonSchema,
    situations::of_account,
};
use crate::{
    instances::Lease,
    model::{Account, AccountId},
    qr::{self, QrError},
    shared::Shared,
};

const NO_URL: &str = "The connector gave no URL for this way to begin.";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Comes back with the referral of whoever begins there.
    #[serde(rename = "ref")]
    reference: Option<String>,
    /// What stands in the customer's input field, where the platform lets it.
    text: Option<String>,
}

/// One way to begin.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EntryPointView {
    /// As in the document: `profile_link`, `qr_code`, …
    kind: String,
    /// `null` where there is none; then `refused` says why.
    url: Option<String>,
    /// Whether a text can stand in the customer's input field.
    prefilled_text: bool,
    #[schema(value_type = Option<ReasonSchema>)]
    refused: Option<Reason>,
    /// For people; empty where there is nothing to say.
    note: String,
}

/// Every way to begin that the document names: its URL, or why there is none.
#[utoipa::path(get, path = "/v1/accounts/{id}/entry-points", tag = "entry_points",
    params(("id" = AccountId, Path), Wanted), responses((status = 200, body = ListView<EntryPointView>),
        (status = 422, description = "The document declares none, or the connector takes no such `ref` or `text`."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathText(account): PathText,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Json<ListView<EntryPointView>>, Problem> {
    let account = caller.account(&shared, &account).await?;
    Ok(Json(ListView { items: points(&shared, account, wanted).await? }))
}

/// The code of a way to begin, as a drawing.
#[utoipa::path(get, path = "/v1/accounts/{id}/entry-points/{kind}/qr.svg", tag = "entry_points",
    params(("id" = AccountId, Path), ("kind" = String, Path), Wanted),
    responses((status = 200, body = String, content_type = "image/svg+xml"),
        (status = 422, description = "There is no such URL, and `reasons` says why; or it is too long for a code."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn qr_svg(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathPair(account, kind): PathPair,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Problem> {
    let url = url(&shared, caller.account(&shared, &account).await?, &kind, wanted).await?;
    Ok(picture("image/svg+xml", qr::svg(&url)?))
}

/// The code of a way to begin, as a picture.
#[utoipa::path(get, path = "/v1/accounts/{id}/entry-points/{kind}/qr.png", tag = "entry_points",
    params(("id" = AccountId, Path), ("kind" = String, Path), Wanted),
    responses((status = 200, body = String, content_type = "image/png"),
        (status = 422, description = "There is no such URL, and `reasons` says why; or it is too long for a code."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn qr_png(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    PathPair(account, kind): PathPair,
    QueryOf(wanted): QueryOf<Wanted>,
) -> Result<Response, Problem> {
    let url = url(&shared, caller.account(&shared, &account).await?, &kind, wanted).await?;
    Ok(picture("image/png", qr::png(&url)?))
}

fn picture(mime: &'static str, drawn: impl IntoResponse) -> Response {
    let mut response = drawn.into_response();
    let headers = response.headers_mut();
    headers.extend(download::SAFE.map(|(name, value)| (name, HeaderValue::from_static(value))));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime));
    response
}

async fn url(shared: &Shared, account: Account, kind: &str, wanted: Wanted) -> Result<String, Problem> {
    let has_text = wanted.text.as_ref().is_some_and(|text| !text.is_empty());
    let points = points(shared, account, wanted).await?;
    let reason = match points.into_iter().find(|point| point.kind == kind) {
        Some(EntryPointView { url: Some(_), prefilled_text: false, .. }) if has_text => {
            none(format!("A way to begin of kind {kind} takes no text; leave it out."), None)
        }
        Some(EntryPointView { url: Some(url), .. }) => return Ok(url),
        Some(EntryPointView { refused: Some(reason), .. }) => reason,
        _ => none(format!("The channel's document names no way to begin of kind {kind:?}."), None),
    };
    Err(Problem::denied(vec![reason]))
}

async fn points(shared: &Shared, account: Account, wanted: Wanted) -> Result<Vec<EntryPointView>, Problem> {
    let situation = of_account(shared, &account).await?;
    let document = situation.declared();
    if document.entry_points.is_empty() {
        let text = format!("{} declares no ways to begin.", document.connector.name);
        return Err(Problem::denied(vec![none(text, None).uncertain()]));
    }
    let call = |instance: Lease, usable| {
        let mut request = EntryPointsRequest::new(usable).with_handle(account.handle.clone());
        request.reference.clone_from(&wanted.reference);
        request.prefilled_text.clone_from(&wanted.text);
        async move { instance.connector.entry_points(request).await }
    };
    Ok(views(document, called(shared, &account, Call::Asks, call).await?))
}

/// What the document declares, in its order, with what the connector made of it. What it does not declare is not shown.
fn views(document: &CapabilityDocument, made: EntryPoints) -> Vec<EntryPointView> {
    let EntryPoints { mut urls, mut refused, .. } = made;
    document.entry_points.iter().map(|declared| view(declared, &mut urls, &mut refused)).collect()
}

fn view(
    declared: &EntryPoint,
    urls: &mut BTreeMap<String, String>,
    refused: &mut BTreeMap<String, Reason>,
) -> EntryPointView {
    let url = urls.remove(&declared.kind).filter(|_| declared.available);
    let why = refused.remove(&declared.kind);
    let refused = url.is_none().then(|| {
        why.unwrap_or_else(|| {
            let text = match declared.available {
                true => NO_URL.to_owned(),
                false => format!("The channel has no way to begin of kind {}.", declared.kind),
            };
            none(text, Some(declared))
        })
    });
    EntryPointView {
        kind: declared.kind.clone(),
        url,
        prefilled_text: declared.prefilled_text,
        refused,
        note: declared.note.clone(),
    }
}

fn none(text: String, declared: Option<&EntryPoint>) -> Reason {
    let evidence = declared.and_then(|declared| declared.evidence.as_ref());
    Reason::permanent(ReasonCode::OPERATION_UNSUPPORTED, text).decided_by(
        Layer::Connector,
        "entry_points",
        evidence,
    )
}

impl From<QrError> for Problem {
    fn from(error: QrError) -> Self {
        match error {
            QrError::TooLong => {
                let text = "The URL is too long for a code; take a shorter ref or text.";
                Self::denied(vec![Reason::permanent(ReasonCode::CONTENT_TEXT_TOO_LONG, text)])
            }
            QrError::Picture(error) => {
                tracing::error!(%error, "A code cannot be drawn");
                let detail = "The host failed; its log says why.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "host.failed", detail)
            }
        }
    }
}
