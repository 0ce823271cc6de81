//! Steps about the only account of a shop.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::Value;

use crate::support::{Asked, Shop, ask};

impl Shop {
    /// The host's id of the only account.
    pub(super) async fn account_id(&self) -> Result<String> {
        let accounts = self.api().items("/v1/accounts").await?;
        let account = accounts.first().context("no account")?;
        Ok(account["id"].as_str().context("no id")?.to_owned())
    }

    /// Asks what stands under the account's path.
    pub(super) async fn call(&self, method: Method, rest: &str, body: Option<&Value>) -> Result<Asked> {
        let path = format!("/v1/accounts/{}/{rest}", self.account_id().await?);
        let request = self.api().request(method, &path);
        ask(body.iter().fold(request, |request, body| request.json(body))).await
    }

    /// As [`call`](Self::call); the body of a success.
    pub(super) async fn does(&self, method: Method, rest: &str, body: Option<&Value>) -> Result<Value> {
        let answer = self.call(method, rest, body).await?;
        ensure!((200..300).contains(&answer.status), "{rest}: {} {}", answer.status, answer.body);
        Ok(answer.body)
    }
}
