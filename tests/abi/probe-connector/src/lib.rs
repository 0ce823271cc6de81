//! A connector that shows what crosses the boundary: it receives, sends, logs, and says when it was cancelled.

use connector_api::{
    AccountProfile, AccountRequest, CapabilityDocument, ChannelConnector, ChannelMessage, ConnectorError,
    Contact, ContactProfile, ContactProfileRequest, Content, Event, EventKind, Receipt, SendRequest,
    StartConnector, StartContext, WebhookOutcome, WebhookRequest, async_trait, export_connector,
};
use serde::Deserialize;

export_connector! { connector: Probe, capabilities: "../capabilities.json" }

/// One instance.
#[derive(Debug)]
pub struct Probe {
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

impl StartConnector for Probe {
    type Settings = Settings;

    fn start(context: StartContext, settings: Settings) -> Result<Self, ConnectorError> {
        Ok(Self { context, settings })
    }
}

#[async_trait]
impl ChannelConnector for Probe {
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
        tracing::info!(id = %request.message, "Echoed");
        Ok(Receipt::new(Some(format!("echo-{}", request.message))))
    }

    /// Never answers: waits until it is cancelled, and says so.
    async fn contact_profile(&self, _: ContactProfileRequest) -> Result<ContactProfile, ConnectorError> {
        let _said_when_dropped = Cancelled;
        tracing::info!("Waiting");
        std::future::pending().await
    }

    /// Answers in which order the compiler has put the fields of a struct that leaves it to the compiler.
    async fn account_profile(&self, _: AccountRequest) -> Result<AccountProfile, ConnectorError> {
        Ok(AccountProfile::new(None, Some(field_order())))
    }
}

struct Cancelled;

impl Drop for Cancelled {
    fn drop(&mut self) {
        tracing::info!("Cancelled");
    }
}

#[allow(dead_code, reason = "only its layout is looked at")]
struct LeftToTheCompiler {
    a: u64,
    b: u64,
    c: u64,
    d: u64,
    e: u64,
    f: u64,
    g: u64,
    h: u64,
}

fn field_order() -> String {
    use std::mem::offset_of;
    let offsets = [
        offset_of!(LeftToTheCompiler, a),
        offset_of!(LeftToTheCompiler, b),
        offset_of!(LeftToTheCompiler, c),
        offset_of!(LeftToTheCompiler, d),
        offset_of!(LeftToTheCompiler, e),
        offset_of!(LeftToTheCompiler, f),
        offset_of!(LeftToTheCompiler, g),
        offset_of!(LeftToTheCompiler, h),
    ];
    offsets.map(|offset| (offset / size_of::<u64>()).to_string()).join(" ")
}
