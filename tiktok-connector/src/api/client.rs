//! The one way to TikTok's API (protocol reference, section 2).

use std::time::Duration;

use connector_api::{ConnectorError, ErrorClass, ReasonCode, Secret};
use reqwest::{
    Client, RequestBuilder, Response, StatusCode, header::HeaderValue, multipart::Form, redirect, retry,
};
use serde_json::Value;
use url::Url;

use super::{
    answer::{self, Answer},
    transport, unusable_token,
};
use crate::settings::{Settings, is_loopback};

/// A longer answer is not one of the API's.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Shorter than servers keep an idle connection: a send on a connection that is just being closed is uncertain.
const IDLE: Duration = Duration::from_secs(15);

/// The API as one instance sees it.
#[derive(Debug)]
pub(crate) struct Api {
    pub(super) http: Client,
    base: String,
    /// Whether the API is on this machine, as in tests.
    pub(super) is_local: bool,
}

impl Api {
    /// Makes the client; connects to nothing.
    pub(crate) fn new(settings: &Settings) -> Result<Self, ConnectorError> {
        install_cryptography();
        let timeout = Duration::from_secs(u64::from(settings.request_timeout_seconds));
        let http = Client::builder()
            .user_agent(concat!("jackfield-tiktok-connector/", env!("CARGO_PKG_VERSION")))
            // Whatever else the library was built with.
            .http1_only()
            .timeout(timeout)
            // Half of the time, so that "never connected" is told from "connected and no answer".
            .connect_timeout(timeout / 2)
            .pool_idle_timeout(IDLE)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            .build()
            .map_err(|error| {
                let cause = transport::root_cause(&error);
                ConnectorError::new(
                    ErrorClass::Unavailable,
                    ReasonCode::CONNECTOR_FAULT,
                    format!("The HTTPS client cannot be made (are CA certificates installed?): {cause}"),
                )
            })?;
        let is_local = Url::parse(&settings.api_base).is_ok_and(|base| is_loopback(&base));
        Ok(Self { http, base: settings.api_base.clone(), is_local })
    }

    /// A POST that authenticates by what its body holds, as OAuth does.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, ConnectorError> {
        ask(path, self.http.post(self.url(path)).json(body)).await
    }

    /// A POST for an account.
    pub(super) async fn post_as(
        &self,
        token: &Secret,
        path: &str,
        body: &Value,
    ) -> Result<Answer, ConnectorError> {
        let request = self.http.post(self.url(path)).json(body);
        ask(path, with_token(request, token)?).await
    }

    /// An upload for an account. The form makes its own `Content-Type`, because a boundary belongs to it.
    pub(super) async fn upload_as(
        &self,
        token: &Secret,
        path: &str,
        form: Form,
    ) -> Result<Answer, ConnectorError> {
        let request = self.http.post(self.url(path)).multipart(form);
        ask(path, with_token(request, token)?).await
    }

    /// A GET that authenticates by what its query holds. The query has a secret in it, and is never shown.
    pub(super) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Answer, ConnectorError> {
        ask(path, self.http.get(self.url(path)).query(query)).await
    }

    /// A GET for an account. Values are percent-encoded: a `+` in an id would else arrive as a space.
    pub(super) async fn get_as(
        &self,
        token: &Secret,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Answer, ConnectorError> {
        let request = self.http.get(self.url(path)).query(query);
        ask(path, with_token(request, token)?).await
    }

    /// Every path ends with `/`; without it a gateway answers that there is no such page.
    fn url(&self, path: &str) -> String {
        format!("{}/{path}/", self.base)
    }
}

/// The bare token in a header of TikTok's own; `Authorization` counts as no token (protocol reference, section 2.3).
fn with_token(request: RequestBuilder, token: &Secret) -> Result<RequestBuilder, ConnectorError> {
    Ok(request.header("Access-Token", secret_header(token)?))
}

/// A secret as the value of a header.
pub(super) fn secret_header(secret: &Secret) -> Result<HeaderValue, ConnectorError> {
    let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| unusable_token())?;
    if value.is_empty() {
        return Err(unusable_token());
    }
    value.set_sensitive(true);
    Ok(value)
}

async fn ask(path: &str, request: RequestBuilder) -> Result<Answer, ConnectorError> {
    let response = request.send().await.map_err(|e| transport::error(&e))?;
    let status = response.status();
    let outcome = match status {
        StatusCode::OK => answer::read(&body(response).await?),
        _ => Err(transport::not_the_api(status)),
    };
    match &outcome {
        Ok(answer) => tracing::debug!(path, request_id = answer.request_id, "TikTok accepted"),
        Err(error) => {
            let platform = error.platform.as_deref();
            let code = platform.and_then(|p| p.code.as_deref());
            let request_id = platform.and_then(|p| p.request_id.as_deref());
            tracing::debug!(path, status = status.as_u16(), code, request_id, "TikTok did not accept");
        }
    }
    outcome
}

async fn body(mut response: Response) -> Result<Vec<u8>, ConnectorError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| transport::error(&e))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(ConnectorError::uncertain("TikTok's answer is too long to be one."));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Gives rustls its cryptography. A second instance of this library finds it there already.
fn install_cryptography() {
    drop(rustls::crypto::ring::default_provider().install_default());
}
