//! Where platforms deliver webhooks: seen, and set to this host.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use connector_api::{
    CapabilityDocument, ChannelConnector, ConfigureWebhooksRequest, WebhookConfiguration,
    capabilities::{Layer, Reason, ReasonCode, document::DeliveryWay},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::PathText,
    operations::{Call, called_for_all},
    problem::Problem,
};
use crate::{instances::Lease, shared::Shared};

/// Where the platform of an instance delivers.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RegistrationView {
    /// Where this host takes its webhooks.
    ours: String,
    /// What the platform has; `null`: nothing.
    registered: Option<String>,
    /// Whether these are the same, so that what happens arrives here.
    is_ours: bool,
}

/// Asks the platform where it delivers the webhooks of an instance.
#[utoipa::path(get, path = "/v1/instances/{name}/webhooks", tag = "connectors", operation_id = "webhook_registration",
    params(("name" = String, Path)), responses((status = 200, body = RegistrationView),
        (status = 422, description = "The channel has no webhooks, or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn state(
    State(shared): State<Arc<Shared>>,
    PathText(name): PathText,
) -> Result<Json<RegistrationView>, Problem> {
    configured(&shared, &name, None).await
}

/// Has the platform deliver the webhooks of an instance to this host, in place of wherever it delivered before.
#[utoipa::path(put, path = "/v1/instances/{name}/webhooks", tag = "connectors", operation_id = "register_webhooks",
    params(("name" = String, Path)), responses((status = 200, body = RegistrationView),
        (status = 409, description = "`config.public_url_missing`: the host does not know how the world reaches it."),
        (status = 422, description = "The channel has no webhooks, or the platform refused."),
        (status = 502, description = "The connector failed.")))]
pub(super) async fn register(
    State(shared): State<Arc<Shared>>,
    PathText(name): PathText,
) -> Result<Json<RegistrationView>, Problem> {
    if shared.instances.slot(&name).is_some() && shared.config.server.public_url.is_none() {
        let detail = "Set server.public_url: the platform cannot reach the address that the host listens on.";
        return Err(Problem::new(StatusCode::CONFLICT, "config.public_url_missing", detail));
    }
    configured(&shared, &name, Some(shared.config.webhook_url(&name, shared.address))).await
}

async fn configured(
    shared: &Shared,
    name: &str,
    url: Option<String>,
) -> Result<Json<RegistrationView>, Problem> {
    let slot = shared.instances.slot(name).ok_or_else(|| Problem::not_found("instance"))?;
    if let Some(reason) = polled(&*slot.document()?) {
        return Err(Problem::denied(vec![reason]));
    }
    let kind = if url.is_none() { Call::Asks } else { Call::Changes };
    let call = |instance: Lease| {
        let request = ConfigureWebhooksRequest::new(url.clone());
        async move { instance.connector.configure_webhooks(request).await }
    };
    let WebhookConfiguration { callback_url, .. } = called_for_all(slot, kind, call).await?;
    let ours = shared.config.webhook_url(name, shared.address);
    let is_ours = callback_url.as_ref() == Some(&ours);
    Ok(Json(RegistrationView { ours, registered: callback_url, is_ours }))
}

fn polled(document: &CapabilityDocument) -> Option<Reason> {
    (document.delivery.by == DeliveryWay::Poll).then(|| {
        let text = format!("{} has no webhooks; the host asks it instead.", document.connector.name);
        let reason = Reason::permanent(ReasonCode::OPERATION_UNSUPPORTED, text);
        reason.decided_by(Layer::Connector, "delivery", None)
    })
}
