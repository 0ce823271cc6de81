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

    /// A POST with the token.
    pub(crate) async fn post_signed(&self, path: &str, body: &Value) -> Value {
        let request = self.post(path, body).header("Access-Token", &self.tokens.access_token);
        envelope(request.send().await.unwrap()).await
    }

    /// Uploads bytes as a picture, in the right form.
    pub(crate) async fn upload(&self, bytes: &[u8]) -> Value {
        let parts =
            [("business_id", self.tokens.open_id.as_bytes()), ("media_type", b"IMAGE"), ("file", bytes)];
        self.upload_parts(&parts.map(|(name, bytes)| (name, name == "file", bytes))).await
    }

    /// Uploads these parts: name, whether it is described as a picture file, bytes.
    pub(crate) async fn upload_parts(&self, parts: &[(&str, bool, &[u8])]) -> Value {
        let mut body = Vec::new();
        for (name, file, bytes) in parts {
            let described = if *file { "; filename=\"a.png\"\r\nContent-Type: image/png" } else { "" };
            let head = format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{described}\r\n\r\n");
            body.extend(head.bytes().chain(bytes.iter().copied()).chain(*b"\r\n"));
        }
        body.extend(b"--B--\r\n");
        let url = format!("{}/business/message/media/upload/", self.sim.api_base());
        let request = self.http.post(url).header("Access-Token", &self.tokens.access_token);
        let request = request.header("Content-Type", "multipart/form-data; boundary=B").body(body);
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
