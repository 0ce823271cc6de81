//! A connector of a made-up future: it reports a new kind of event and of content, and has a new operation.

use connector_api::{
    CapabilityDocument, ChannelConnector, ChannelMessage, ConnectorError, Contact, ContactProfile,
    ContactProfileRequest, Content, Done, Event, EventKind, PinRequest, Receipt, SendRequest,
    StartConnector, StartContext, WebhookOutcome, WebhookRequest, async_trait, export_connector,
};
use serde::Deserialize;

export_connector! { connector: Future, capabilities: "../capabilities.json" }

/// One instance.
#[derive(Debug)]
pub struct Future {
    context: StartContext,
    settings: Settings,
}

/// What an operator sets.
#[derive(Debug, Deserialize)]
pub struct Settings {
    /// Names the one business account.
    account: String,
}

#[derive(Deserialize)]
struct Posted {
    from: String,
    id: String,
    text: String,
}

impl StartConnector for Future {
    type Settings = Settings;

    fn start(context: StartContext, settings: Settings) -> Result<Self, ConnectorError> {
        Ok(Self { context, settings })
    }
}

#[async_trait]
impl ChannelConnector for Future {
    fn capabilities(&self) -> &CapabilityDocument {
        &self.context.document
    }

    /// Reports three events: the text, a pin, which 1.0 knows no event for, and a place, which it cannot show.
    fn receive(&self, request: &WebhookRequest) -> WebhookOutcome {
        let Posted { from, id, text } = match serde_json::from_slice(&request.body) {
            Ok(posted) => posted,
            Err(error) => return WebhookOutcome::rejected(400, error.to_string()),
        };
        let message = |content| EventKind::MessageReceived {
            conversation: from.clone(),
            contact: Contact::new(&from),
            message: ChannelMessage::new(&id, request.received_at, content),
        };
        let kinds = [
            message(Content::text(text)),
            EventKind::MessagePinned { label: "👍".to_owned() },
            message(Content::Location { latitude: "38.7".to_owned() }),
        ];
        let numbered = kinds.into_iter().enumerate();
        let events = numbered.map(|(number, kind)| {
            Event::new(&self.settings.account, format!("{id}/{number}"), request.received_at, kind)
        });
        WebhookOutcome::accepted(events.collect())
    }

    async fn send(&self, request: SendRequest) -> Result<Receipt, ConnectorError> {
        tracing::info!(id = %request.message, "Echoed");
        Ok(Receipt::new(Some(format!("echo-{}", request.message))))
    }

    async fn pin(&self, _: PinRequest) -> Result<Done, ConnectorError> {
        Ok(Done::default())
    }

    /// Never answers: waits until it is cancelled, and says so.
    async fn contact_profile(&self, _: ContactProfileRequest) -> Result<ContactProfile, ConnectorError> {
        let _said_when_dropped = Cancelled;
        tracing::info!("Waiting");
        std::future::pending().await
    }
}

struct Cancelled;

impl Drop for Cancelled {
    fn drop(&mut self) {
        tracing::info!("Cancelled");
    }
}
