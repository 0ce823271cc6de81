//! What every connector of these tests can do, whoever built it and whenever: receive, send, cancel, log.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use connector_api::{
    Account, AccountRequest, ChannelConnector, ContactProfileRequest, Content, Credentials, ErrorClass,
    Event, EventKind, HistoryRequest, Secret, SendRequest, Timestamp, WebhookRequest,
};
use connector_loader::{ConnectorLibrary, Instance, Isolation, LoadPolicy, StartOptions};
use serde_json::json;

use crate::records::{self, record};

const ACCOUNT: &str = "my-shop";
const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A started instance of a library.
#[derive(Debug)]
pub struct Exercised {
    /// The library.
    pub library: ConnectorLibrary,
    /// The instance.
    pub instance: Instance,
    /// Its name, which is in its records.
    pub name: String,
}

/// Takes the library through the whole policy, and starts an instance of it.
///
/// # Errors
/// Where it does not load or start.
pub async fn start(library: &Path, worker: &Path, isolation: Isolation, name: &str) -> Result<Exercised> {
    records::collect()?;
    let mut policy = LoadPolicy::new(worker);
    policy.isolation = Some(isolation);
    policy.trial_deadline = Duration::from_secs(60);
    let library = ConnectorLibrary::load(library, &policy).await?;
    ensure!(library.isolation() == isolation, "it runs elsewhere");
    let instance = library.start(StartOptions::new(name, json!({"account": ACCOUNT}))).await?;
    Ok(Exercised { library, instance, name: name.to_owned() })
}

impl Exercised {
    /// Receives a message, sends one, reads what the library logs, and cancels a call that would never end.
    ///
    /// # Errors
    /// Where any of it does not happen.
    pub async fn receives_sends_logs_and_cancels(&self) -> Result<()> {
        self.receives_sends_and_logs().await?;
        self.cancels().await.context("it does not cancel")
    }

    /// Receives a message, sends one, and reads what the library logs.
    ///
    /// # Errors
    /// Where any of it does not happen.
    pub async fn receives_sends_and_logs(&self) -> Result<()> {
        let received = self.receives().await.context("it does not receive")?;
        ensure!(received.account == ACCOUNT, "received for {}", received.account);
        self.sends_and_logs().await.context("it does not send and log")
    }

    /// What the library makes of one webhook request.
    ///
    /// # Errors
    /// Where the library fails.
    pub async fn events(&self, body: &serde_json::Value) -> Result<Vec<Event>> {
        let request = WebhookRequest::post(Vec::new(), body.to_string().into_bytes(), NOW);
        // Blocks; a worker answers meanwhile.
        let outcome = tokio::task::block_in_place(|| self.instance.try_receive(&request))?;
        ensure!(outcome.status == 200 && outcome.authentic, "{outcome:?}");
        Ok(outcome.events)
    }

    async fn receives(&self) -> Result<Event> {
        let body = json!({"from": "ana", "id": "m-1", "text": "olá"});
        let first = self.events(&body).await?.into_iter().next().context("no event")?;
        match &first.kind {
            EventKind::MessageReceived { contact, message, .. } => {
                ensure!(contact.id == "ana" && message.content == Content::text("olá"), "{first:?}");
            }
            other => bail!("not a message: {other:?}"),
        }
        Ok(first)
    }

    async fn sends_and_logs(&self) -> Result<()> {
        let request = SendRequest::new(account(), "ana", Content::text("private"), "m-2");
        let receipt = self.instance.send(request).await?;
        ensure!(receipt.message_id.as_deref() == Some("echo-m-2"), "{receipt:?}");
        let record = self.record("Echoed").await?;
        ensure!(record.fields.contains("m-2") && record.span.contains("send"), "{record:?}");
        ensure!(record.target.ends_with("_connector"), "{record:?}");
        Ok(())
    }

    async fn cancels(&self) -> Result<()> {
        let request = json!({"account": account(), "conversation": "ana"});
        let request: ContactProfileRequest = serde_json::from_value(request)?;
        tokio::select! {
            answer = self.instance.contact_profile(request) => bail!("it answered: {answer:?}"),
            waiting = self.record("Waiting") => waiting?,
        };
        // The call was dropped above.
        self.record("Cancelled").await.map(drop)
    }

    /// An operation that the library leaves out.
    ///
    /// # Errors
    /// Where that is not what it says.
    pub async fn refuses_what_it_does_not_offer(&self) -> Result<()> {
        let request: HistoryRequest = serde_json::from_value(json!({"account": account()}))?;
        let refused = self.instance.history(request).await.err().context("it has a history")?;
        ensure!(refused.class == ErrorClass::Unsupported, "{refused}");
        Ok(())
    }

    /// In which order the library's compiler has put the fields of a struct, where it tells.
    ///
    /// # Errors
    /// Where it does not tell.
    pub async fn field_order(&self) -> Result<String> {
        let profile = self.instance.account_profile(AccountRequest::new(account())).await?;
        profile.display_name.context("no answer")
    }

    /// The record of this instance with this text, past or future.
    ///
    /// # Errors
    /// Where none comes.
    pub async fn record(&self, message: &str) -> Result<records::Record> {
        let instance = format!("id={}", self.name);
        let matches = |r: &records::Record| r.message == message && r.span.contains(&instance);
        record(message, matches).await
    }
}

/// The account of the exercises.
#[must_use]
pub fn account() -> Account {
    Account::new(ACCOUNT, Credentials::permanent(Secret::new("none")))
}
