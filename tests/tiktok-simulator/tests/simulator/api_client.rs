//! A small client of the simulated API that behaves well.

use serde_json::{Value, json};
use tiktok_simulator::{Simulator, SimulatorConfig, TokenPair};

/// A simulator, tokens for it, and a client.
pub(crate) struct World {
    pub(crate) sim: Simulator,
    pub(crate) tokens: TokenPair,
    pub(crate) http: reqwest::Client,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(SimulatorConfig::default()).await
    }

    pub(crate) async fn start_with(config: SimulatorConfig) -> Self {
        let sim = Simulator::start(config).await.unwrap();
        let tokens = sim.issue_tokens().unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { sim, tokens, http }
    }

    /// The body of a text that is right in every respect.
    pub(crate) fn text(&self, conversation_id: &str, text: &str) -> Value {
        json!({
            "business_id": self.tokens.open_id,
            "recipient_type": "CONVERSATION",
            "recipient": conversation_id,
            "message_type": "TEXT",
            "text": { "body": text },
        })
    }

    pub(crate) async fn send(&self, body: &Value) -> Value {
        envelope(self.send_request(body).send().await.unwrap()).await
    }

    pub(crate) fn send_request(&self, body: &Value) -> reqwest::RequestBuilder {
        self.post("/business/message/send/", body).header("Access-Token", &self.tokens.access_token)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.sim.api_base());
        self.http.post(url).json(body)
    }

    pub(crate) async fn call(&self, path: &str, body: &Value) -> Value {
        envelope(self.post(path, body).send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let url = format!("{}{path}", self.sim.api_base());
        let request = self.http.get(url).query(query).header("Access-Token", &self.tokens.access_token);
        envelope(request.send().await.unwrap()).await
    }

    pub(crate) async fn control(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/control/{path}", self.sim.url());
        let response = self.http.post(url).json(body).send().await.unwrap();
        response.json().await.unwrap()
    }
}

pub(crate) async fn envelope(response: reqwest::Response) -> Value {
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}
