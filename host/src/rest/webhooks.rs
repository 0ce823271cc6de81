//! `/webhooks/{instance}`: what platforms report. Answered only after it is on disk.

use std::{mem, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use connector_api::{ConnectorError, Timestamp, WebhookOutcome, WebhookRequest};

use super::{
    body::{self, PathText},
    problem::Problem,
};
use crate::{instances::Slot, replay, shared::Shared, store::Arrival};

pub(super) async fn receive(
    State(shared): State<Arc<Shared>>,
    PathText(instance): PathText,
    request: Request,
) -> Result<Response, Problem> {
    let received_at = shared.clock.now();
    let slot = shared.instances.slot(&instance).ok_or_else(|| Problem::not_found("instance"))?;
    let (parts, body) = request.into_parts();
    let mut body = body::body(body, &shared).await?;
    let request = webhook_request(&parts, mem::take(&mut body.bytes), received_at);
    let outcome = slot.receive(request.clone()).await;
    let outcome = outcome.inspect_err(|error| {
        shared.metrics.webhook(&instance, "failed");
        tracing::warn!(%instance, code = %error.reason, %error, "Webhook request not verified");
    })?;
    if outcome.authentic {
        // It runs to its end whatever becomes of the caller, so that the counts know how it ended.
        let keeping = tokio::spawn(take_in(Arc::clone(&shared), Arc::clone(slot), request, outcome));
        return keeping.await.map_err(|_| not_kept())?.map(answer);
    }
    shared.metrics.webhook(&instance, "refused");
    tracing::warn!(%instance, status = outcome.status, detail = outcome.detail, "Webhook request refused");
    Ok(answer(outcome))
}

async fn take_in(
    shared: Arc<Shared>,
    slot: Arc<Slot>,
    request: WebhookRequest,
    outcome: WebhookOutcome,
) -> Result<WebhookOutcome, Problem> {
    let kept = keep(&shared, &slot, request, &outcome).await;
    shared.intake.settled(slot.name(), kept.is_ok());
    kept.map(|()| outcome)
}

/// Whatever the trouble, the platform keeps the event and delivers it again.
fn not_kept() -> Problem {
    let detail = "The event could not be kept; deliver it again.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "store.unavailable", detail)
}

fn webhook_request(parts: &Parts, body: Vec<u8>, received_at: Timestamp) -> WebhookRequest {
    let query = parts.uri.query().unwrap_or_default();
    WebhookRequest::post(headers(&parts.headers), body, received_at).with_target(parts.method.as_str(), query)
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

async fn keep(
    shared: &Shared,
    slot: &Slot,
    request: WebhookRequest,
    outcome: &WebhookOutcome,
) -> Result<(), Problem> {
    let instance = slot.name();
    // Also while its circuit is open: what was verified is kept.
    let document = slot.document()?;
    let arrival = Arrival {
        instance: instance.to_owned(),
        received_at: request.received_at,
        request: Some(replay::kept(&shared.config.encryption.sealer(), instance, &request)?),
        body: request.body,
        stale: outcome.stale,
        events: outcome.events.clone(),
        accounts: shared.authorizer.accounts_without_consent(instance, &document, &outcome.events)?,
        polled: None,
    };
    let failed = |_: &_| shared.metrics.webhook(instance, "failed");
    let ingested = shared.store.ingest(arrival).await.inspect_err(failed).map_err(|error| {
        tracing::error!(%instance, %error, "Webhook request cannot be kept");
        not_kept()
    })?;
    shared.metrics.webhook(instance, "kept");
    tracing::info!(%instance, new = ingested.new, duplicates = ingested.duplicates, unrouted = ingested.unrouted,
        stale = outcome.stale, detail = outcome.detail, "Webhook request kept");
    Ok(())
}

/// Headers that are not the connector's to set: how the answer travels is the server's business.
const OF_THE_SERVER: &[HeaderName] = &[
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::DATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The status that goes out, whatever the connector says.
fn status(outcome: &WebhookOutcome) -> StatusCode {
    let status = StatusCode::from_u16(outcome.status).ok().filter(|status| !status.is_informational());
    status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The HTTP status that the host answers a request with.
pub(crate) fn answered(outcome: &WebhookOutcome) -> u16 {
    status(outcome).as_u16()
}

/// The HTTP status that the host answers with where the connector failed.
pub(crate) fn problem_status(error: ConnectorError) -> u16 {
    Problem::from(error).status().as_u16()
}

/// For people who look at the answer, where the connector says nothing to them; what exactly it did not like would help
/// who forges.
fn refused(status: StatusCode) -> Response {
    let detail =
        "The instance's connector does not take this for a request of its platform; the host's log says why.";
    let mut response = Problem::new(status, "webhook.refused", detail).into_response();
    // An API key would not help.
    response.headers_mut().remove(header::WWW_AUTHENTICATE);
    response
}

fn answer(outcome: WebhookOutcome) -> Response {
    let status = status(&outcome);
    let is_silent = outcome.body.is_empty() && (status.is_client_error() || status.is_server_error());
    let mut response = match is_silent {
        true => refused(status),
        false => (status, Body::from(outcome.body)).into_response(),
    };
    for (name, value) in outcome.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
            && !OF_THE_SERVER.contains(&name)
            && !(is_silent && name == header::CONTENT_TYPE)
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_an_answer_travels_is_not_for_connectors_to_say() {
        for status in [0, 99, 100, 101, 199, 1000, u16::MAX] {
            let outcome = WebhookOutcome::rejected(status, "odd");
            assert_eq!(answer(outcome).status(), StatusCode::INTERNAL_SERVER_ERROR, "{status}");
        }
        let outcome = WebhookOutcome::accepted(Vec::new())
            .with_header("Content-Length", "5000")
            .with_header("transfer-encoding", "chunked")
            .with_header("x-kept", "yes")
            .with_header("not a name", "no");
        let names: Vec<_> = answer(outcome).headers().keys().map(ToString::to_string).collect();
        assert_eq!(names, ["x-kept"]);
    }
}
