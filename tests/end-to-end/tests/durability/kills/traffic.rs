//! Customers who write and agents who answer, until the host is gone.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use end_to_end::Api;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tiktok_simulator::CustomerHandle;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Between two messages of one customer.
const WRITES_EVERY: Duration = Duration::from_millis(50);

/// A reply that somebody asked for.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) conversation: String,
    /// Unlike any other; the idempotency key, too.
    pub(crate) text: String,
}

/// What became of the request for a reply.
#[derive(Debug)]
pub(crate) enum Answered {
    /// 202, with the message's id.
    Accepted(String),
    /// The quota is used up.
    Denied,
    /// Nobody knows.
    CutOff,
}

/// Everybody who writes.
pub(crate) struct Traffic {
    ending: CancellationToken,
    customers: Vec<JoinHandle<Result<()>>>,
    agents: Vec<JoinHandle<Result<Work>>>,
}

/// What an agent has done.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// The ids of messages that were accepted.
    pub(crate) accepted: Vec<(String, Reply)>,
    /// Nobody knows what became of them.
    pub(crate) cut_off: Vec<Reply>,
}

impl Traffic {
    /// One agent for each customer, with the conversation.
    pub(crate) fn begin(api: &Api, talks: &[(CustomerHandle, String)], round: u64) -> Self {
        let ending = CancellationToken::new();
        let number = Arc::new(AtomicU64::new(0));
        let customers = talks.iter().map(|(customer, _)| {
            let (customer, ending, number) = (customer.clone(), ending.clone(), Arc::clone(&number));
            tokio::spawn(async move {
                while !ending.is_cancelled() {
                    let number = number.fetch_add(1, Ordering::Relaxed);
                    customer.says(&format!("question {round}-{number}")).await?;
                    tokio::time::sleep(WRITES_EVERY).await;
                }
                Ok(())
            })
        });
        let agents = talks.iter().enumerate().map(|(agent, (_, conversation))| {
            let (api, ending, conversation) = (api.clone(), ending.clone(), conversation.clone());
            tokio::spawn(async move {
                let mut work = Work::default();
                for number in 0.. {
                    if ending.is_cancelled() {
                        break;
                    }
                    let text = format!("reply {round}-{agent}-{number}");
                    let reply = Reply { conversation: conversation.clone(), text };
                    match send(&api, &reply).await? {
                        Answered::Accepted(id) => work.accepted.push((id, reply)),
                        Answered::Denied => tokio::time::sleep(WRITES_EVERY).await,
                        // The host is gone.
                        Answered::CutOff => {
                            work.cut_off.push(reply);
                            break;
                        }
                    }
                }
                Ok(work)
            })
        });
        Self { customers: customers.collect(), agents: agents.collect(), ending }
    }

    /// Ends it once everybody has noticed that the host is gone.
    pub(crate) async fn end(self) -> Result<Work> {
        self.ending.cancel();
        let mut all = Work::default();
        for agent in self.agents {
            let work = agent.await??;
            all.accepted.extend(work.accepted);
            all.cut_off.extend(work.cut_off);
        }
        for customer in self.customers {
            customer.await??;
        }
        Ok(all)
    }
}

/// Asks for a reply; the same one however often.
pub(crate) async fn send(api: &Api, reply: &Reply) -> Result<Answered> {
    let path = format!("/v1/conversations/{}/messages", reply.conversation);
    let body = json!({"content": {"kind": "text", "text": reply.text}});
    let request = api.request(Method::POST, &path).header("idempotency-key", &reply.text).json(&body);
    let Ok(response) = request.send().await else { return Ok(Answered::CutOff) };
    match response.status() {
        StatusCode::ACCEPTED => {
            let Ok(message) = response.json::<Value>().await else { return Ok(Answered::CutOff) };
            Ok(Answered::Accepted(message["id"].as_str().context("no id")?.to_owned()))
        }
        StatusCode::UNPROCESSABLE_ENTITY => Ok(Answered::Denied),
        // Its instance has not started, or it is stopping.
        status if status.is_server_error() => Ok(Answered::CutOff),
        status => anyhow::bail!("the answer to a reply is {status}"),
    }
}
