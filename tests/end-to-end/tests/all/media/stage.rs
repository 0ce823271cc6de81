//! A host whose channel brings media and takes them, and the steps that tests of it are made of.

use std::path::PathBuf;

use anyhow::{Context, Result};
use end_to_end::{Api, HostOptions, HostProcess, eventually};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Asked, ask};

/// A picture of 3 by 2 pixels, as far as its header.
pub(super) const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0";
const CHANNEL: &str = "
[instances.desk]
connector = \"hostile\"
[instances.desk.settings]
account = \"desk\"
";

pub(super) struct Stage {
    pub(super) host: HostProcess,
}

impl Stage {
    pub(super) async fn open(more: &str) -> Result<Self> {
        let options = HostOptions::new()?.quiet().configure(CHANNEL).configure(more);
        Ok(Self { host: options.connector("libhostile_connector.so")?.start().await? })
    }

    pub(super) fn api(&self) -> &Api {
        self.host.api()
    }

    /// The path of a file that is not there yet.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.host.folder().join(name)
    }

    pub(super) async fn close(self) -> Result<()> {
        self.host.stop().await
    }

    /// A customer's message arrives with a medium; the message.
    pub(super) async fn brought(&self, id: &str, medium: Value) -> Result<Value> {
        let body = json!({"from": "ana", "id": id, "medium": medium});
        let request = self.api().request(Method::POST, "/webhooks/desk").json(&body);
        request.send().await?.error_for_status()?;
        let messages = self.messages().await?;
        let ours = messages.into_iter().find(|message| message["platform_id"] == id);
        ours.context("the message is not there")
    }

    pub(super) async fn conversation(&self) -> Result<String> {
        let conversations = self.api().items("/v1/conversations").await?;
        Ok(conversations[0]["id"].as_str().context("no conversation")?.to_owned())
    }

    pub(super) async fn account(&self) -> Result<String> {
        Ok(self.api().items("/v1/accounts").await?[0]["id"].as_str().context("no account")?.to_owned())
    }

    pub(super) async fn messages(&self) -> Result<Vec<Value>> {
        let path = format!("/v1/conversations/{}/messages?limit=200", self.conversation().await?);
        self.api().items(&path).await
    }

    pub(super) async fn message(&self, message: &Value) -> Result<Value> {
        let id = message["id"].as_str().context("no id")?;
        self.api().get(&format!("/v1/messages/{id}")).await?.success()
    }

    /// The medium of the message, once it is in that state.
    pub(super) async fn medium(&self, message: &Value, state: &str) -> Result<Value> {
        let look = || async {
            let medium = self.message(message).await?["media"].clone();
            Ok((medium["state"] == state).then_some(medium))
        };
        let found = eventually(&format!("a medium that is {state}"), look).await;
        Ok(found.with_context(|| format!("{message}"))?)
    }

    /// The message, once it has that status.
    pub(super) async fn reaches(&self, message: &Value, status: &str) -> Result<Value> {
        let look = || async {
            let message = self.message(message).await?;
            Ok((message["status"] == status).then_some(message))
        };
        eventually(&format!("the status {status}"), look).await
    }

    pub(super) async fn fetch_again(&self, message: &Value) -> Result<u16> {
        let id = message["id"].as_str().context("no id")?;
        let path = format!("/v1/messages/{id}/media/fetch");
        Ok(self.api().request(Method::POST, &path).send().await?.status().as_u16())
    }

    /// Gives the host a file.
    pub(super) async fn upload(&self, bytes: &[u8]) -> Result<Asked> {
        let path = format!("/v1/accounts/{}/media", self.account().await?);
        ask(self.api().request(Method::POST, &path).body(bytes.to_vec())).await
    }

    pub(super) async fn uploaded(&self, bytes: &[u8]) -> Result<String> {
        let answer = self.upload(bytes).await?;
        Ok(answer.body["id"].as_str().with_context(|| format!("no id: {}", answer.body))?.to_owned())
    }

    /// Sends content.
    pub(super) async fn send(&self, content: Value) -> Result<Asked> {
        let path = format!("/v1/conversations/{}/messages", self.conversation().await?);
        let request = self.api().request(Method::POST, &path);
        ask(request.json(&json!({ "content": content }))).await
    }

    /// A medium as it is given out.
    pub(super) async fn get(
        &self,
        method: Method,
        medium: &Value,
        headers: &[(&'static str, &str)],
    ) -> Result<Response> {
        let id = medium["id"].as_str().context("no id")?;
        let request = self.api().request(method, &format!("/v1/media/{id}"));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Ok(request.send().await?)
    }
}
