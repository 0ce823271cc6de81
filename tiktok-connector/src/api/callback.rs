//! Where TikTok delivers webhooks: one URL of an app for all direct messages (protocol reference, section 4.9).

use connector_api::{ConfigureWebhooksRequest, ConnectorError, WebhookConfiguration};
use serde_json::json;

use super::Api;
use crate::settings::Settings;

/// Not an event but a category: it covers every event about direct messages.
const CATEGORY: &str = "DIRECT_MESSAGE";

/// Sets the URL, which overwrites any other, or only says which is set. The secret travels in the query of the
/// question, so nothing of that URL is ever written down (section 14, T38).
pub(crate) async fn configure(
    api: &Api,
    settings: &Settings,
    request: &ConfigureWebhooksRequest,
) -> Result<WebhookConfiguration, ConnectorError> {
    let (id, secret) = (settings.app_id.as_str(), settings.app_secret.expose());
    let answer = match &request.callback_url {
        None => {
            let query = [("app_id", id), ("secret", secret), ("event_type", CATEGORY)];
            api.get("business/webhook/list", &query).await?
        }
        Some(url) => {
            let body = json!({ "app_id": id, "secret": secret, "event_type": CATEGORY, "callback_url": url });
            api.post("business/webhook/update", &body).await?
        }
    };
    let set = answer.text("/callback_url").or_else(|| request.callback_url.clone());
    Ok(WebhookConfiguration::new(set))
}
