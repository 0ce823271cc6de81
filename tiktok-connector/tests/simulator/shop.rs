//! A simulated TikTok with one business, and a connector that uses it.

use connector_api::{
    Account, CapabilityDocument, ChannelConnector, Content, Credentials, Event, Secret, SendRequest,
    StartConnector, StartContext, Timestamp, WebhookRequest,
};
use serde_json::json;
use tiktok_connector::{Settings, TikTok};
use tiktok_simulator::{Simulator, SimulatorConfig};

pub(crate) struct Shop {
    pub(crate) sim: Simulator,
    pub(crate) tiktok: TikTok,
    pub(crate) account: Account,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::open_as(SimulatorConfig::default()).await
    }

    pub(crate) async fn open_as(config: SimulatorConfig) -> Self {
        let sim = Simulator::start(config).await.expect("the simulator starts");
        let settings = json!({
            "app_id": sim.app_id(), "app_secret": sim.app_secret(), "api_base": sim.api_base(),
            "authorize_url": sim.authorize_url(),
        });
        let settings: Settings = serde_json::from_value(settings).expect("settings");
        let document: CapabilityDocument =
            serde_json::from_str(include_str!("../../capabilities.json")).expect("the document");
        let tiktok = TikTok::start(StartContext::new("test", document), settings).expect("a connector");
        let tokens = sim.issue_tokens().expect("tokens");
        let credentials = Credentials::permanent(Secret::new(tokens.access_token)).renewable(
            Timestamp::from_millis(sim.now_ms() + 86_400_000),
            Secret::new(tokens.refresh_token),
            None,
        );
        let account = Account::new(tokens.open_id, credentials);
        Self { sim, tiktok, account }
    }

    /// A conversation that this customer began.
    pub(crate) async fn asked_by(&self, customer: &str) -> String {
        self.sim.customer(customer).says("oi").await.expect("said").conversation_id
    }

    pub(crate) fn message(&self, conversation: &str, content: Content) -> SendRequest {
        SendRequest::new(self.account.clone(), conversation, content, "m-1")
    }

    /// What the connector makes of everything that TikTok would have posted so far, in order.
    pub(crate) fn arrived(&self) -> Vec<Event> {
        self.sim.deliveries().iter().flat_map(|delivery| self.receives(delivery.body.as_bytes())).collect()
    }

    fn receives(&self, body: &[u8]) -> Vec<Event> {
        let t = self.sim.now_ms() / 1000;
        let headers = vec![("TikTok-Signature".to_owned(), self.sim.sign(body, t))];
        let request = WebhookRequest::post(headers, body.to_vec(), Timestamp::from_seconds(t));
        let outcome = self.tiktok.receive(&request);
        assert_eq!((outcome.status, outcome.authentic), (200, true), "{outcome:?}");
        outcome.events
    }

    /// Ends the test: nothing that was asked broke a rule of TikTok's.
    pub(crate) fn close(&self) {
        assert_eq!(self.sim.violations(), []);
    }
}
