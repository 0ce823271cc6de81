//! Somebody who is told of events, and answers as a test wants it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use end_to_end::eventually;
use ring::hmac;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What it was told.
#[derive(Debug, Clone)]
pub(super) struct Told {
    headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Told {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub(super) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    pub(super) fn json(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.body)?)
    }

    /// The signature that this secret gives, computed by another library than the host's.
    pub(super) fn signature(&self, secret: &str) -> Result<String> {
        let secret = STANDARD.decode(secret.strip_prefix("whsec_").context("no whsec_ secret")?)?;
        let signed = format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(tag)))
    }
}

#[derive(Debug, Default)]
struct State {
    told: Vec<Told>,
    answers: VecDeque<String>,
}

/// Listens until it is dropped.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) url: String,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

/// An answer that never comes.
pub(super) const SILENCE: &str = "";

impl Receiver {
    /// Gives these answers, each a status line with headers, and 204 to everybody after them.
    pub(super) async fn listen(answers: &[&str]) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let answers = answers.iter().map(|&answer| answer.to_owned()).collect();
        let state = Arc::new(Mutex::new(State { told: Vec::new(), answers }));
        let task = tokio::spawn(serve(listener, Arc::clone(&state)));
        Ok(Self { url, state, task })
    }

    pub(super) fn told(&self) -> Vec<Told> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).told.clone()
    }

    /// What it was told once it was told so often.
    pub(super) async fn told_times(&self, times: usize) -> Result<Vec<Told>> {
        let look = async || Ok(Some(self.told()).filter(|told| told.len() >= times));
        let told = eventually(&format!("{times} deliveries"), look).await?;
        ensure!(told.len() == times, "told {} times instead of {times}", told.len());
        Ok(told)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, Arc::clone(&state)));
    }
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) -> Result<()> {
    let mut bytes = Vec::new();
    let told = loop {
        if let Some(told) = parse(&String::from_utf8_lossy(&bytes)) {
            break told;
        }
        ensure!(stream.read_buf(&mut bytes).await? > 0, "the request ended early");
    };
    let answer = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.told.push(told);
        state.answers.pop_front().unwrap_or_else(|| "204 No Content".to_owned())
    };
    if answer == SILENCE {
        // Until the other side gives up.
        stream.read_to_end(&mut bytes).await?;
        return Ok(());
    }
    let answer = format!("HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await?;
    Ok(stream.shutdown().await?)
}

fn parse(text: &str) -> Option<Told> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let headers: BTreeMap<_, _> =
        headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    (body.len() >= length).then(|| Told { headers, body: body.to_owned() })
}
