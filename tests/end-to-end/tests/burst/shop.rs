//! A host with one connected account and a channel that brings much at once, and what customers write there.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use end_to_end::{HostOptions, HostProcess, TiktokApp};
use serde_json::{Value, json};
use tiktok_simulator::{Simulator, SimulatorConfig};

use crate::{connection::request, neighbours::NEIGHBOURS};

const INSTANCE: &str = "shop";
/// The channel of whoever brings many messages with one request.
const LARGE: &str = "large";
const LARGE_TOML: &str =
    "[instances.large]\nconnector = \"hostile\"\n[instances.large.settings]\naccount = \"large\"\n";
/// Odd, so that it takes numbers to other numbers, and platforms' ids come in no order.
const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;

pub(crate) struct Shop {
    simulator: Simulator,
    host: HostProcess,
    account: String,
    opened: Duration,
}

impl Shop {
    pub(crate) async fn open() -> Result<Self> {
        drop(end_to_end::http_client());
        let simulator = Simulator::start(SimulatorConfig::default()).await?;
        let app = TiktokApp {
            id: simulator.app_id(),
            secret: simulator.app_secret(),
            api_base: &simulator.api_base(),
            authorize_url: &simulator.authorize_url(),
        };
        let options = HostOptions::new()?.quiet().tiktok_app(INSTANCE, &app)?;
        let options = options.configure(LARGE_TOML).connector("libhostile_connector.so")?;
        let host = options.start().await?;
        host.api().connect_account(INSTANCE).await?;
        let accounts = host.api().items("/v1/accounts").await?;
        let account = accounts.first().and_then(|account| account["platform_id"].as_str());
        let account = account.context("no account")?.to_owned();
        let opened = SystemTime::now().duration_since(UNIX_EPOCH)?;
        Ok(Self { simulator, host, account, opened })
    }

    pub(crate) fn address(&self) -> &str {
        self.host.api().base().trim_start_matches("http://")
    }

    /// The signed request with a customer's message of that number. Later numbers are later messages.
    pub(crate) fn says(&self, customer: &str, number: usize) -> Vec<u8> {
        let seconds = self.opened.as_secs();
        // All of it was written before now, each a millisecond after the one before.
        let written = (seconds - 60) * 1_000 + number as u64;
        let content = json!({
            "from": customer, "to": "simshop", "unique_identifier": customer,
            "from_user": {"id": customer, "role": "personal_account"},
            "to_user": {"id": self.account, "role": "business_account"},
            "conversation_id": format!("conversation of {customer}"),
            "message_id": format!("{:016x} {customer}", (number as u64).wrapping_mul(SCATTER)),
            "timestamp": written, "type": "text", "text": {"body": format!("message {number}")},
        });
        let envelope = json!({
            "client_key": self.simulator.app_id(), "event": "im_receive_msg", "create_time": seconds,
            "user_openid": self.account, "content": content.to_string(),
        });
        let body = envelope.to_string().into_bytes();
        let signature = self.simulator.sign(&body, i64::try_from(seconds).unwrap_or_default());
        let headers = format!("tiktok-signature: {signature}\r\n");
        request(&format!("/webhooks/{INSTANCE}"), &headers, &body)
    }

    /// A request with so many messages of a customer of the other channel.
    pub(crate) fn brings(&self, customer: &str, number: usize, messages: usize) -> Vec<u8> {
        let body = json!({"from": customer, "id": format!("{customer}, {number}"), "many": messages});
        request(&format!("/webhooks/{LARGE}"), "", body.to_string().as_bytes())
    }

    /// Everything is there, once and in order: the bursts of each channel, and what the neighbours said.
    pub(crate) async fn has_kept(&self, rounds: usize, events: usize, neighbours_said: usize) -> Result<()> {
        let conversations = self.host.api().items("/v1/conversations?limit=200").await?;
        ensure!(conversations.len() == NEIGHBOURS + 2 * rounds, "{} conversations", conversations.len());
        let mut said = 0;
        for conversation in conversations {
            let texts = self.texts(conversation["id"].as_str().context("no id")?).await?;
            let platform_id = conversation["platform_id"].as_str().context("no platform id")?;
            if platform_id.starts_with("conversation of busy") {
                let expected = (0..events).map(|number| format!("message {number}"));
                ensure!(texts.iter().eq(&expected.collect::<Vec<_>>()), "not in order: {texts:?}");
            } else if platform_id.starts_with("busy") {
                in_order_of_each_request(&texts, events)?;
            } else {
                said += texts.len();
            }
        }
        ensure!(said == neighbours_said, "the neighbours said {neighbours_said} and {said} are there");
        let status = self.host.api().get("/v1/status").await?.success()?;
        println!("{status}");
        Ok(())
    }

    /// The texts of a conversation, the oldest first.
    async fn texts(&self, conversation: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/conversations/{conversation}/messages?limit=200{cursor}");
            let page = self.host.api().get(&path).await?.success()?;
            let items = page["items"].as_array().context("no list")?;
            texts.extend(items.iter().filter_map(|one| one["content"]["text"].as_str().map(str::to_owned)));
            match &page["next_cursor"] {
                Value::String(next) => cursor = format!("&cursor={next}"),
                _ => break,
            }
        }
        texts.reverse();
        Ok(texts)
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.host.stop().await?;
        self.simulator.shutdown().await;
        Ok(())
    }
}

/// Requests are taken in beside each other, the messages of each in their order.
fn in_order_of_each_request(texts: &[String], events: usize) -> Result<()> {
    ensure!(texts.len() == events, "{} messages of {events}", texts.len());
    let mut next = std::collections::HashMap::<&str, usize>::new();
    for text in texts {
        let (request, number) = text.split_once('/').context("not a text of a large request")?;
        let expected = next.entry(request).or_default();
        ensure!(number.parse::<usize>()? == *expected, "{text} is there instead of {expected}");
        *expected += 1;
    }
    Ok(())
}
