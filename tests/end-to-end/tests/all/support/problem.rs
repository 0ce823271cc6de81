//! Answers to requests that are wrong in some way.

use anyhow::{Result, ensure};
use end_to_end::HostProcess;
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;

/// What came back.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// Sends a request and reads the answer.
pub(crate) async fn ask(request: RequestBuilder) -> Result<Asked> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Ok(Asked { status, headers, body })
}

impl Asked {
    /// A header's value; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// It is that problem, told in the one shape that problems have.
    pub(crate) fn is_problem(&self, name: &str, status: u16, code: &str) -> Result<()> {
        let body = &self.body;
        ensure!(self.status == status, "{name}: {} instead of {status}: {body}", self.status);
        let media_type = self.header("content-type");
        ensure!(media_type == "application/problem+json", "{name}: {media_type:?}: {body}");
        ensure!(body["code"] == code, "{name}: not the code {code}: {body}");
        ensure!(body["status"] == status, "{name}: another status in the body: {body}");
        for told in ["title", "detail"] {
            ensure!(body[told].as_str().is_some_and(|text| text.len() > 2), "{name}: no {told}: {body}");
        }
        let asks_for_key = self.header("www-authenticate") == "Bearer";
        ensure!(asks_for_key == (status == 401), "{name}: WWW-Authenticate only and always with 401");
        Ok(())
    }

    /// The host runs.
    pub(crate) async fn is_alive(host: &HostProcess) -> Result<()> {
        let answer = ask(host.api().request(Method::GET, "/healthz")).await?;
        ensure!(answer.status == 200, "the host is not alive: {answer:?}");
        Ok(())
    }
}
