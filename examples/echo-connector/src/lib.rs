//! The smallest useful connector: a channel on which a customer writes by posting JSON, and replies are accepted
//! by an imaginary platform that only writes them to the log.
//!
//! Try it with `{"from": "ana", "id": "1", "text": "hello"}` posted to the instance's webhook URL.

use connector_api::{
    CapabilityDocument, ChannelConnector, ChannelMessage, ConnectorError, Contact, Content, Event, EventKind,
    Receipt, SendRequest, StartConnector, StartContext, WebhookOutcome, WebhookRequest, async_trait,
    export_connector,
};
use serde::Deserialize;

export_connector! { connector: Echo, capabilities: "../capabilities.json" }

/// One instance of the channel.
#[derive(Debug)]
pub struct Echo {
    context: StartContext,
    settings: Settings,
}

/// What an operator sets; `settings` in the document says the same to the host.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Names the one business account of this channel.
    account: String,
}

#[derive(Deserialize)]
struct Posted {
    from: String,
    id: String,
    text: String,
}

impl StartConnector for Echo {
    type Settings = Settings;

    fn start(context: StartContext, settings: Settings) -> Result<Self, ConnectorError> {
        if settings.account.is_empty() {
            return Err(ConnectorError::settings("account is empty"));
        }
        Ok(Self { context, settings })
    }
}

#[async_trait]
impl ChannelConnector for Echo {
    fn capabilities(&self) -> &CapabilityDocument {
        &self.context.document
    }

    fn receive(&self, request: &WebhookRequest) -> WebhookOutcome {
        let posted: Posted = match serde_json::from_slice(&request.body) {
            Ok(posted) => posted,
            Err(error) => return WebhookOutcome::rejected(400, error.to_string()),
        };
        let message = ChannelMessage::new(&posted.id, request.received_at, Content::text(posted.text));
        let contact = Contact::new(&posted.from);
        let kind = EventKind::MessageReceived { conversation: posted.from, contact, message };
        WebhookOutcome::accepted(vec![Event::new(
            &self.settings.account,
            posted.id,
            request.received_at,
            kind,
        )])
    }

    async fn send(&self, request: SendRequest) -> Result<Receipt, ConnectorError> {
        let Content::Text { .. } = request.content else {
            return Err(ConnectorError::unsupported_content(request.content.kind()));
        };
        tracing::info!(id = %request.message, "Echoed");
        Ok(Receipt::new(Some(format!("echo-{}", request.message))))
    }
}
