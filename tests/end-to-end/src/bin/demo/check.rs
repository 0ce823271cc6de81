//! The demo without a person: every step is waited for, and the last line says how it went.

use std::time::Instant;

use anyhow::{Context, Result, ensure};
use end_to_end::{Api, HostOptions, HostProcess, SimulatorProcess, eventually};
use serde_json::{Value, json};

use super::{SIMULATED_MEDIA, tour::Tour};

const INSTANCE: &str = "shop";
const EXPECTED: [&str; 5] = ["queued", "sending", "sent", "delivered", "read"];

pub(super) async fn run(isolation: &'static str) -> Result<()> {
    let started = Instant::now();
    let simulator = SimulatorProcess::start().await?;
    let options = HostOptions::new()?.quiet().isolation(isolation).tiktok(INSTANCE, &simulator)?;
    let options = options.configure(SIMULATED_MEDIA);
    let host = options.start().await?;
    step("simulator and host run");
    simulator.control("webhook", &json!({"url": host.webhook_url(INSTANCE)})).await?;
    host.api().connect_account(INSTANCE).await?;
    step("a business account is connected");

    let statuses = reply_and_read(&host, &simulator, "after-response").await?;
    let echo_first = reply_and_read(&host, &simulator, "before-response").await?;
    let conversations = host.api().items("/v1/conversations").await?;
    ensure!(conversations.len() == 1, "there are {} conversations, not one", conversations.len());
    let messages = messages(host.api()).await?.len();
    ensure!(messages == 4, "there are {messages} messages, not two from each side");
    let violations = simulator.state().await?["violations"].clone();
    ensure!(violations.as_array().is_some_and(Vec::is_empty), "the simulator complains: {violations}");

    Tour::begin(&host, &simulator).await?.type_it()?;
    step("the lines that the demo prints do what it says");
    let picture = || async {
        let accounts = host.api().items("/v1/accounts").await?;
        Ok(accounts.iter().any(|account| account["avatar"].is_string()).then_some(()))
    };
    eventually("the account's picture", picture).await?;
    step("the account's picture is here");

    host.stop().await?;
    simulator.stop().await?;
    step("everything is stopped");
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{}",
        json!({"ok": true, "statuses": statuses, "statuses_echo_first": echo_first, "messages": messages,
               "seconds": (seconds * 10.0).round() / 10.0})
    );
    Ok(())
}

/// The customer writes, the business answers, the customer reads; the statuses of the answer in the order in which
/// a listener saw them.
async fn reply_and_read(host: &HostProcess, simulator: &SimulatorProcess, echo: &str) -> Result<Vec<String>> {
    let api = host.api();
    simulator.control("settings", &json!({"echo": echo})).await?;
    let question = format!("question with the echo {echo}");
    simulator.customer_says("ana", &question).await?;
    let asked = eventually("the customer's message over REST", || with_text(api, &question)).await?;
    step(&format!("customer's text is in the inbox (echo {echo})"));

    let conversation = asked["conversation"].as_str().context("no conversation")?;
    let answer = format!("answer with the echo {echo}");
    let sent = api.send_text(conversation, &answer).await?.success()?;
    let message = sent["id"].as_str().context("no id")?;
    eventually("the send at the simulator", || received(simulator, &answer)).await?;
    eventually("the echo", || reached(api, message, "delivered")).await?;
    step("the reply went through the library, and its echo is attached to it");

    simulator.control("customer/reads", &json!({"customer": "ana"})).await?;
    eventually("the read receipt", || reached(api, message, "read")).await?;
    let statuses = observed(api, message).await?;
    ensure!(statuses == EXPECTED, "the statuses were {statuses:?}, not {EXPECTED:?}");
    step("the customer has read it");
    Ok(statuses)
}

fn step(what: &str) {
    eprintln!("ok  {what}");
}

async fn messages(api: &Api) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for conversation in api.items("/v1/conversations").await? {
        let id = conversation["id"].as_str().context("no id")?;
        all.extend(api.items(&format!("/v1/conversations/{id}/messages")).await?);
    }
    Ok(all)
}

async fn with_text(api: &Api, text: &str) -> Result<Option<Value>> {
    Ok(messages(api).await?.into_iter().find(|message| message["content"]["text"] == text))
}

async fn received(simulator: &SimulatorProcess, text: &str) -> Result<Option<()>> {
    let state = simulator.state().await?;
    let sends = state["sends"].as_array().cloned().unwrap_or_default();
    Ok(sends.iter().any(|send| send["text"] == text).then_some(()))
}

async fn reached(api: &Api, message: &str, status: &str) -> Result<Option<()>> {
    let message = api.get(&format!("/v1/messages/{message}")).await?.success()?;
    ensure!(message["status"] != "failed", "the message failed: {}", message["reason"]);
    ensure!(message["status"] != "uncertain", "the message is uncertain: {}", message["reason"]);
    Ok((message["status"] == status).then_some(()))
}

/// The statuses of a message as the live events told them, from the beginning.
async fn observed(api: &Api, message: &str) -> Result<Vec<String>> {
    let mut response = api.request(reqwest::Method::GET, "/v1/events?after=0").send().await?;
    let mut text = String::new();
    let mut statuses = Vec::new();
    while statuses.last().is_none_or(|status| status != "read") {
        let chunk = tokio::time::timeout(end_to_end::PATIENCE, response.chunk()).await;
        let chunk = chunk.context("the live events do not tell of the read receipt")??;
        text.push_str(&String::from_utf8_lossy(&chunk.context("the live events ended")?));
        statuses = statuses_in(&text, message);
    }
    Ok(statuses)
}

fn statuses_in(events: &str, message: &str) -> Vec<String> {
    let data = events.lines().filter_map(|line| line.strip_prefix("data: "));
    let events = data.filter_map(|json| serde_json::from_str::<Value>(json).ok());
    let of_message = events.filter(|event| event["message"] == message);
    of_message.filter_map(|event| event["status"].as_str().map(str::to_owned)).collect()
}
