//! A host with an echo channel and hostile ones, and the steps that conversations on them are made of.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context, Result, ensure};
use end_to_end::{Api, HostOptions, HostProcess, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use super::files::{ECHO, HOSTILE};

/// Deadlines of the host, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) receive: u32,
    pub(crate) call: u32,
}

impl Limits {
    /// Soon over: for tests that run into them.
    pub(crate) const SHORT: Self = Self { receive: 1_000, call: 1_500 };
    /// Longer than any test: for tests that do not.
    pub(crate) const LONG: Self = Self { receive: 30_000, call: 30_000 };
}

/// A running host with the channel `echo` and hostile channels.
#[derive(Debug)]
pub(crate) struct Channels {
    pub(crate) host: HostProcess,
}

impl Channels {
    /// With a hostile channel of each of these names.
    pub(crate) async fn open(isolation: &'static str, limits: Limits, hostile: &[&str]) -> Result<Self> {
        let options = Self::options(isolation, limits, hostile)?.connector(HOSTILE)?;
        Ok(Self { host: options.start().await? })
    }

    /// The same before it starts, with the echo connector alone in its folder.
    pub(crate) fn options(isolation: &'static str, limits: Limits, hostile: &[&str]) -> Result<HostOptions> {
        let Limits { receive, call } = limits;
        let mut toml = format!("[limits]\nreceive_deadline_ms = {receive}\ncall_deadline_ms = {call}\n");
        for (name, connector) in hostile.iter().map(|name| (*name, "hostile")).chain([("echo", "echo")]) {
            write!(toml, "[instances.{name}]\nconnector = {connector:?}\n")?;
            write!(toml, "[instances.{name}.settings]\naccount = \"of-{name}\"\n")?;
        }
        HostOptions::new()?.quiet().configure(&toml).isolation(isolation).connector(ECHO)
    }

    pub(crate) fn api(&self) -> &Api {
        self.host.api()
    }

    /// A customer writes on a channel; the HTTP status of the answer.
    pub(crate) async fn say(&self, instance: &str, from: &str, text: &str) -> Result<u16> {
        say(self.api(), instance, from, text).await
    }

    /// The host is the process that it was, and the echo channel answers.
    pub(crate) async fn others_answer(&self, pid: Option<u32>) -> Result<()> {
        ensure!(pid.is_some() && self.host.id() == pid, "the host died");
        let status = self.say("echo", "bob", "hello out there").await?;
        ensure!(status == 200, "echo answers {status}");
        Ok(())
    }

    /// The channel takes webhooks, soon if not now.
    pub(crate) async fn receives_again(&self, instance: &str, customer: &str) -> Result<()> {
        let look =
            || async { Ok((self.say(instance, customer, "hello out there").await? == 200).then_some(())) };
        eventually(&format!("a good webhook on {instance}"), look).await
    }

    /// The conversation with that customer, begun if need be.
    pub(crate) async fn conversation(&self, instance: &str, customer: &str) -> Result<String> {
        self.receives_again(instance, customer).await?;
        let conversations = self.api().items("/v1/conversations?limit=200").await?;
        let ours = |c: &&Value| c["instance"] == instance && c["platform_id"] == customer;
        let found = conversations.iter().find(ours).and_then(|c| c["id"].as_str());
        Ok(found.context("no conversation")?.to_owned())
    }

    /// Puts a text in line; the message's id.
    pub(crate) async fn send(&self, conversation: &str, text: &str) -> Result<String> {
        let sent = self.api().send_text(conversation, text).await?.success()?;
        Ok(sent["id"].as_str().context("no id")?.to_owned())
    }

    pub(crate) async fn message(&self, id: &str) -> Result<Value> {
        self.api().get(&format!("/v1/messages/{id}")).await?.success()
    }

    pub(crate) async fn status(&self, message: &str) -> Result<Value> {
        Ok(self.message(message).await?["status"].clone())
    }

    /// Returns once the message has that status.
    pub(crate) async fn reaches(&self, message: &str, status: &str) -> Result<()> {
        let look = || async { Ok((self.status(message).await? == status).then_some(())) };
        let reached = eventually(&format!("the status {status}"), look).await;
        match reached {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(format!("it is {}", self.status(message).await?))),
        }
    }

    /// The value of an instance's metric, such as `jackfield_instance_starts_total`; 0 where there is none yet.
    pub(crate) async fn metric(&self, name: &str, instance: &str) -> Result<u32> {
        let text = self.api().get("/metrics").await?.success()?;
        let begin = format!("{name}{{instance=\"{instance}\"}} ");
        let line = text.as_str().and_then(|text| text.lines().find_map(|line| line.strip_prefix(&begin)));
        Ok(line.map(str::parse).transpose()?.unwrap_or_default())
    }

    /// The state of an instance, as the host lists it.
    pub(crate) async fn state(&self, instance: &str) -> Result<String> {
        let instances = self.api().items("/v1/instances").await?;
        let found = instances.iter().find(|i| i["name"] == instance).and_then(|i| i["state"].as_str());
        Ok(found.with_context(|| format!("no instance {instance}"))?.to_owned())
    }
}

/// A customer writes on a channel; the HTTP status of the answer.
pub(crate) async fn say(api: &Api, instance: &str, from: &str, text: &str) -> Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    let body = json!({"from": from, "id": id, "text": text});
    let answer = api.request(Method::POST, &format!("/webhooks/{instance}")).json(&body).send().await?;
    Ok(answer.status().as_u16())
}
