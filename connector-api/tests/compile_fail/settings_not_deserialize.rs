use connector_api::{
    CapabilityDocument, ChannelConnector, ConnectorError, Receipt, SendRequest, StartConnector, StartContext,
    WebhookOutcome, WebhookRequest, async_trait, export_connector,
};

export_connector! { connector: Parrot, capabilities: "parrot.json" }

struct Parrot {
    context: StartContext,
}

struct Settings {
    account: String,
}

impl StartConnector for Parrot {
    type Settings = Settings;

    fn start(context: StartContext, _: Settings) -> Result<Self, ConnectorError> {
        Ok(Self { context })
    }
}

#[async_trait]
impl ChannelConnector for Parrot {
    fn capabilities(&self) -> &CapabilityDocument {
        &self.context.document
    }

    fn receive(&self, _: &WebhookRequest) -> WebhookOutcome {
        WebhookOutcome::rejected(401, "nobody")
    }

    async fn send(&self, _: SendRequest) -> Result<Receipt, ConnectorError> {
        Ok(Receipt::new(None))
    }
}

fn main() {}
