use connector_api::{
    CapabilityDocument, ChannelConnector, ConnectorError, Receipt, SendRequest, StartConnector, StartContext,
    WebhookOutcome, WebhookRequest, async_trait, export_connector,
};

export_connector! { capabilities: "../compile_fail/parrot.json", connector: Parrot }

struct Parrot {
    context: StartContext,
}

impl StartConnector for Parrot {
    type Settings = ();

    fn start(context: StartContext, _: ()) -> Result<Self, ConnectorError> {
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
