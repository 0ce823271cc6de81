//! Steady traffic: 200 webhooks a second, and a reply to every tenth.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use end_to_end::{Api, eventually, http_client};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval},
};

const EVERY: Duration = Duration::from_millis(5);
const CUSTOMERS: usize = 20;
const REPLY_TO_EVERY: usize = 10;

/// Traffic that runs until it is ended.
pub(crate) struct Load {
    ending: Arc<AtomicBool>,
    traffic: JoinHandle<Result<Vec<StatusCode>>>,
    api: Api,
}

/// What came of the traffic.
pub(crate) struct Report {
    answers: Vec<StatusCode>,
    messages: Vec<Value>,
}

impl Load {
    pub(crate) fn begin(api: Api, webhook_url: String) -> Self {
        let ending = Arc::new(AtomicBool::new(false));
        let traffic = tokio::spawn(run(api.clone(), webhook_url, Arc::clone(&ending)));
        Self { ending, traffic, api }
    }

    /// Ends it, and waits until every reply is settled.
    pub(crate) async fn end(self) -> Result<Report> {
        self.ending.store(true, Ordering::Relaxed);
        let answers = self.traffic.await??;
        let api = &self.api;
        let settled = || async {
            let messages = messages(api).await?;
            let waiting = messages.iter().any(|m| m["status"] == "queued" || m["status"] == "sending");
            Ok((!waiting).then_some(messages))
        };
        let messages = eventually("the end of every send", settled).await?;
        Ok(Report { answers, messages })
    }
}

async fn run(api: Api, webhook_url: String, ending: Arc<AtomicBool>) -> Result<Vec<StatusCode>> {
    let http = http_client();
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut requests = JoinSet::new();
    let mut number = 0;
    while !ending.load(Ordering::Relaxed) {
        ticks.tick().await;
        let body = json!({"from": format!("customer-{}", number % CUSTOMERS), "id": format!("m{number}"),
                          "text": format!("text {number}")});
        let request = http.post(&webhook_url).json(&body);
        requests.spawn(async move { anyhow::Ok(request.send().await?.status()) });
        if number % REPLY_TO_EVERY == 0 && number >= CUSTOMERS {
            let api = api.clone();
            requests.spawn(async move { reply(&api, number).await });
        }
        number += 1;
    }
    let mut answers = Vec::new();
    while let Some(answer) = requests.join_next().await {
        answers.push(answer??);
    }
    Ok(answers)
}

/// Replies in the conversation that was written in last; a 202 counts as the 200 of a webhook does.
async fn reply(api: &Api, number: usize) -> Result<StatusCode> {
    let conversations = api.items("/v1/conversations?limit=1").await?;
    let id =
        conversations.first().context("no conversation yet")?["id"].as_str().context("no id")?.to_owned();
    let answer = api.send_text(&id, &format!("reply {number}")).await?;
    Ok(if answer.status == StatusCode::ACCEPTED { StatusCode::OK } else { answer.status })
}

async fn messages(api: &Api) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for conversation in api.items("/v1/conversations?limit=200").await? {
        let id = conversation["id"].as_str().context("no id")?;
        let mut cursor = String::new();
        loop {
            let path = format!("/v1/conversations/{id}/messages?limit=200{cursor}");
            let page = api.get(&path).await?.success()?;
            all.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    Ok(all)
}

impl Report {
    pub(crate) fn expect_nothing_lost_or_repeated(&self) -> Result<()> {
        let refused: Vec<_> = self.answers.iter().filter(|status| **status != StatusCode::OK).collect();
        ensure!(
            refused.is_empty(),
            "{} of {} requests were refused: {refused:?}",
            refused.len(),
            self.answers.len()
        );
        ensure!(
            self.messages.len() == self.answers.len(),
            "{} requests became {} messages",
            self.answers.len(),
            self.messages.len()
        );
        let mut texts: HashMap<&str, usize> = HashMap::new();
        for message in &self.messages {
            *texts.entry(message["content"]["text"].as_str().context("no text")?).or_default() += 1;
        }
        let repeated: Vec<_> = texts.iter().filter(|(_, times)| **times > 1).collect();
        ensure!(repeated.is_empty(), "repeated: {repeated:?}");
        let outbound = self.messages.iter().filter(|message| message["direction"] == "outbound");
        for message in outbound {
            let steps = message["history"].as_array().context("no history")?;
            let steps: Vec<_> = steps.iter().filter_map(|step| step["status"].as_str()).collect();
            ensure!(steps == ["queued", "sending", "sent"], "a reply went {steps:?}: {message}");
        }
        Ok(())
    }
}
