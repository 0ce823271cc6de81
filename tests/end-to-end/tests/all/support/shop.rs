//! A host with one TikTok account, the simulator behind it, and the steps that conversations are made of.

use anyhow::{Context, Result, ensure};
use end_to_end::{Api, HostOptions, HostProcess, PATIENCE, SimulatorProcess, eventually};
use reqwest::Method;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use tokio::time::timeout;

/// The instance's name.
pub(crate) const INSTANCE: &str = "shop";
/// The path of sends, as the simulator's faults name it.
const SEND: &str = "/business/message/send/";

/// A running host whose account is connected.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) simulator: SimulatorProcess,
    pub(crate) host: HostProcess,
}

impl Shop {
    pub(crate) async fn open() -> Result<Self> {
        Self::open_with(SimulatorProcess::start().await?, Ok).await
    }

    /// With a simulator and a host of one's own.
    pub(crate) async fn open_with(
        simulator: SimulatorProcess,
        prepare: impl FnOnce(HostOptions) -> Result<HostOptions>,
    ) -> Result<Self> {
        let options = HostOptions::new()?.quiet().tiktok(INSTANCE, &simulator)?;
        let host = prepare(options)?.start().await?;
        simulator.control("webhook", &json!({"url": host.webhook_url(INSTANCE)})).await?;
        host.api().connect_account(INSTANCE).await?;
        Ok(Self { simulator, host })
    }

    /// Ends everything in order; the simulator has nothing to complain about.
    pub(crate) async fn close(self) -> Result<()> {
        let violations = self.simulator.state().await?["violations"].clone();
        ensure!(violations == json!([]), "the simulator complains: {violations}");
        self.host.stop().await?;
        self.simulator.stop().await
    }

    pub(crate) fn api(&self) -> &Api {
        self.host.api()
    }

    /// A customer writes; the conversation, once the message is in it.
    pub(crate) async fn asked_by(&self, customer: &str) -> Result<String> {
        let said = self.simulator.customer_says(customer, &format!("{customer} asks for help")).await?;
        let find = || async {
            let conversations = self.api().items("/v1/conversations?limit=200").await?;
            let of_customer = conversations.iter().find(|c| c["platform_id"] == said["conversation_id"]);
            let Some(id) = of_customer.and_then(|c| c["id"].as_str()) else {
                return Ok(None);
            };
            let messages = self.messages(id).await?;
            let arrived = messages.iter().any(|message| message["platform_id"] == said["message_id"]);
            Ok(arrived.then(|| id.to_owned()))
        };
        eventually("the customer's message in the inbox", find).await
    }

    /// Puts a text in line; the message's id.
    pub(crate) async fn send(&self, conversation: &str, text: &str) -> Result<String> {
        let sent = self.api().send_text(conversation, text).await?.success()?;
        Ok(sent["id"].as_str().context("no id")?.to_owned())
    }

    pub(crate) async fn message(&self, id: &str) -> Result<Value> {
        self.api().get(&format!("/v1/messages/{id}")).await?.success()
    }

    pub(crate) async fn messages(&self, conversation: &str) -> Result<Vec<Value>> {
        self.api().items(&format!("/v1/conversations/{conversation}/messages?limit=200")).await
    }

    pub(crate) async fn conversation(&self, id: &str) -> Result<Value> {
        self.api().get(&format!("/v1/conversations/{id}")).await?.success()
    }

    /// The message once it has that status.
    pub(crate) async fn reaches(&self, message: &str, status: &str) -> Result<Value> {
        let look = || async {
            let message = self.message(message).await?;
            Ok((message["status"] == status).then_some(message))
        };
        match eventually(&format!("the status {status}"), look).await {
            Ok(message) => Ok(message),
            Err(error) => Err(error.context(self.message(message).await?)),
        }
    }

    /// Returns once the message was given to the platform and something came back.
    pub(crate) async fn tried(&self, message: &str) -> Result<()> {
        let look = || async {
            let message = self.message(message).await?;
            let steps = message["history"].as_array().map_or(0, Vec::len);
            Ok((steps > 2).then_some(()))
        };
        eventually("the first answer", look).await
    }

    /// Returns once listeners are told of something of this kind; its event.
    pub(crate) async fn tells(&self, kind: &str) -> Result<Value> {
        let mut stream = self.api().request(Method::GET, "/v1/events?after=0").send().await?;
        let mut heard = String::new();
        let find = async {
            loop {
                let told = heard.split("\n\n").find(|event| event.contains(&format!("event: {kind}\n")));
                let data = told.and_then(|event| event.lines().find_map(|line| line.strip_prefix("data: ")));
                if let Some(event) = data.and_then(|data| serde_json::from_str(data).ok()) {
                    return Ok(event);
                }
                let chunk = stream.chunk().await?.context("the events ended")?;
                heard.push_str(&String::from_utf8_lossy(&chunk));
            }
        };
        timeout(PATIENCE, find).await.with_context(|| format!("{kind} is not told: {heard}"))?
    }

    /// The next send runs into this fault.
    pub(crate) async fn next_send(&self, mut fault: Value) -> Result<()> {
        fault["path"] = SEND.into();
        self.simulator.control("faults", &fault).await?;
        Ok(())
    }

    /// How often the platform has accepted a message of that text.
    pub(crate) async fn accepted(&self, text: &str) -> Result<usize> {
        let state = self.simulator.state().await?;
        let sends = state["sends"].as_array().context("no sends")?;
        Ok(sends.iter().filter(|send| send["text"] == text).count())
    }

    /// Sends in a conversation of its own, to the end: whoever could have been sent before was sent before.
    pub(crate) async fn others_go_on(&self, customer: &str) -> Result<()> {
        let conversation = self.asked_by(customer).await?;
        let message = self.send(&conversation, "meanwhile").await?;
        self.reaches(&message, "delivered").await?;
        Ok(())
    }

    /// The host's database, to look at.
    pub(crate) fn database(&self) -> Result<Connection> {
        let path = self.host.folder().join("jackfield.db");
        Ok(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
    }

    /// How many webhook bodies are kept.
    pub(crate) fn payloads(&self) -> Result<i64> {
        Ok(self.database()?.query_row("SELECT count(*) FROM payloads", [], |row| row.get(0))?)
    }

    /// How often the only account's credentials were renewed.
    pub(crate) fn renewals(&self) -> Result<i64> {
        let version: i64 =
            self.database()?.query_row("SELECT credentials_version FROM accounts", [], |row| row.get(0))?;
        Ok(version - 1)
    }
}

/// The statuses that a message went through.
pub(crate) fn statuses(message: &Value) -> Vec<&str> {
    let history = message["history"].as_array().map(Vec::as_slice).unwrap_or_default();
    history.iter().filter_map(|step| step["status"].as_str()).collect()
}
