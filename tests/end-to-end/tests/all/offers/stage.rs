//! A host whose channel is played by the test, and the steps that tests of it are made of.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use end_to_end::{Api, HostOptions, HostProcess, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use super::platform::Platform;
use crate::support::{Asked, ask};

pub(super) const ACCOUNT: &str = "biz";

pub(super) struct Stage {
    pub(super) host: HostProcess,
    pub(super) platform: Platform,
}

/// That many seconds from now, in milliseconds.
pub(super) fn at(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    i64::try_from(now).unwrap_or_default() + seconds * 1_000
}

/// An event of the account.
pub(super) fn event(key: &str, at: i64, kind: &Value) -> Value {
    json!({"account": ACCOUNT, "dedup_key": key, "occurred_at": at, "kind": kind})
}

/// A customer's text.
pub(super) fn said(customer: &str, id: &str, at: i64) -> Value {
    let message =
        json!({"id": id, "sent_at": at, "content": {"kind": "text", "text": format!("text of {id}")}});
    let kind = json!({"type": "message_received", "conversation": format!("with {customer}"),
        "contact": {"id": customer}, "message": message});
    event(id, at, &kind)
}

impl Stage {
    pub(super) async fn open() -> Result<Self> {
        Self::open_with(|_| {}, "").await
    }

    /// With answers from the beginning, and more configuration.
    pub(super) async fn open_with(script: impl FnOnce(&Platform), more: &str) -> Result<Self> {
        let platform = Platform::listen().await?;
        script(&platform);
        let channel = format!(
            "[media]\nallow_http = true\nallow_private = true\n{more}\n\
             [instances.desk]\nconnector = \"puppet\"\n[instances.desk.settings]\nplatform = \"{}\"\n",
            platform.address
        );
        let options = HostOptions::new()?.quiet().configure(&channel);
        Ok(Self { host: options.connector("libpuppet_connector.so")?.start().await?, platform })
    }

    pub(super) fn api(&self) -> &Api {
        self.host.api()
    }

    pub(super) async fn close(self) -> Result<()> {
        self.host.stop().await
    }

    /// These events arrive.
    pub(super) async fn arrive(&self, events: &[Value]) -> Result<()> {
        self.api().post("/webhooks/desk", &json!(events)).await?.success()?;
        Ok(())
    }

    /// A customer writes; the conversation.
    pub(super) async fn asked_by(&self, customer: &str) -> Result<String> {
        self.arrive(&[said(customer, &format!("hello of {customer}"), at(0))]).await?;
        let conversations = self.api().items("/v1/conversations?limit=200").await?;
        let ours = conversations.iter().find(|c| c["contact"]["platform_id"] == customer);
        Ok(ours.context("no conversation")?["id"].as_str().context("no id")?.to_owned())
    }

    pub(super) async fn account(&self) -> Result<Value> {
        Ok(self.api().items("/v1/accounts").await?.first().context("no account")?.clone())
    }

    pub(super) async fn account_id(&self) -> Result<String> {
        Ok(self.account().await?["id"].as_str().context("no id")?.to_owned())
    }

    pub(super) async fn messages(&self, conversation: &str) -> Result<Vec<Value>> {
        self.api().items(&format!("/v1/conversations/{conversation}/messages?limit=200")).await
    }

    pub(super) async fn send(&self, conversation: &str, body: &Value) -> Result<Asked> {
        let path = format!("/v1/conversations/{conversation}/messages");
        ask(self.api().request(Method::POST, &path).json(body)).await
    }

    /// The account may do what has to be turned on.
    pub(super) async fn opt_in(&self, names: &[&str]) -> Result<()> {
        let path = format!("/v1/accounts/{}/layer", self.account_id().await?);
        let answer = ask(self.api().request(Method::PUT, &path).json(&json!({ "opt_ins": names }))).await?;
        ensure!(answer.status == 200, "{}", answer.body);
        Ok(())
    }

    /// What the platform was asked, once it was asked so often.
    pub(super) async fn asked(&self, operation: &str, times: usize) -> Result<Vec<Value>> {
        let look = || async {
            let asked = self.platform.asked(operation);
            Ok((asked.len() >= times).then_some(asked))
        };
        eventually(&format!("{operation}, {times} times"), look).await
    }

    /// What stands at a path, once it is as it should be.
    pub(super) async fn sees(&self, path: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let look = || async {
            let body = self.api().get(path).await?.body;
            Ok(is(&body).then_some(body))
        };
        match eventually(path, look).await {
            Ok(body) => Ok(body),
            Err(error) => Err(error.context(self.api().get(path).await?.body)),
        }
    }

    /// The kinds of everything that listeners were told.
    pub(super) fn told(&self) -> Result<Vec<String>> {
        let database = self.host.folder().join("jackfield.db");
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = rusqlite::Connection::open_with_flags(database, flags)?;
        let mut query = database.prepare("SELECT kind FROM events ORDER BY sequence")?;
        Ok(query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}
