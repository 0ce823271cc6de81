//! Talking to the host's API.

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;

/// An HTTP client for loopback: no proxy, TLS by ring.
#[must_use]
pub fn http_client() -> Client {
    // Fails only where an earlier call has done it already.
    let _already_set = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().unwrap_or_default()
}

/// The host's API with a key.
#[derive(Debug, Clone)]
pub struct Api {
    http: Client,
    base: String,
    key: String,
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Media type.
    pub media_type: String,
    /// The body; text that is no JSON as a JSON string.
    pub body: Value,
}

impl Answer {
    /// The body of a success.
    ///
    /// # Errors
    /// Where the status says otherwise; the error carries the problem.
    pub fn success(self) -> Result<Value> {
        if !self.status.is_success() {
            bail!("the host answered {}: {}", self.status, self.body);
        }
        Ok(self.body)
    }
}

impl Api {
    /// The API at `base`, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(base: impl Into<String>, key: impl Into<String>) -> Self {
        Self { http: http_client(), base: base.into(), key: key.into() }
    }

    /// Where the host is.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The same host, asked with another key.
    #[must_use]
    pub fn with_key(&self, key: impl Into<String>) -> Self {
        Self { key: key.into(), ..self.clone() }
    }

    /// A request with the key.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(&self.key)
    }

    /// GET.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        answer(self.request(Method::GET, path)).await
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// Puts a text message in line.
    ///
    /// # Errors
    /// Where there is no answer.
    pub async fn send_text(&self, conversation: &str, text: &str) -> Result<Answer> {
        let path = format!("/v1/conversations/{conversation}/messages");
        self.post(&path, &serde_json::json!({"content": {"kind": "text", "text": text}})).await
    }

    /// The items of a list.
    ///
    /// # Errors
    /// Where there is no list.
    pub async fn items(&self, path: &str) -> Result<Vec<Value>> {
        let body = self.get(path).await?.success()?;
        Ok(body["items"].as_array().with_context(|| format!("{path} is no list: {body}"))?.clone())
    }

    /// Connects an account: begins the consent, and follows the platform's page back to the host as a browser would.
    ///
    /// # Errors
    /// Where the account is not connected in the end.
    pub async fn connect_account(&self, instance: &str) -> Result<()> {
        let path = format!("/v1/instances/{instance}/authorizations");
        let begun = self.post(&path, &Value::Null).await?.success()?;
        let url = begun["url"].as_str().context("no consent page")?;
        let page = self.http.get(url).send().await?;
        let (status, text) = (page.status(), page.text().await?);
        anyhow::ensure!(status.is_success(), "the consent ended with {status}: {text}");
        Ok(())
    }
}

/// Sends a request and reads the answer.
async fn answer(request: RequestBuilder) -> Result<Answer> {
    let response = request.send().await?;
    let status = response.status();
    let media_type =
        response.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Answer { status, media_type, body })
}
