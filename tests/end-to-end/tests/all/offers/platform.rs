//! A platform that answers what a test says, and remembers what it was asked.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::task::AbortOnDropHandle;

/// A picture of 3 by 2 pixels, as far as its header.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0";

#[derive(Default)]
struct Script {
    answers: BTreeMap<String, VecDeque<Value>>,
    asked: Vec<(String, Value)>,
}

pub(super) struct Platform {
    pub(super) address: SocketAddr,
    script: Arc<Mutex<Script>>,
    held: watch::Sender<BTreeSet<String>>,
    _serving: AbortOnDropHandle<()>,
}

impl Platform {
    pub(super) async fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let script = Arc::new(Mutex::new(Script::default()));
        let shared = Arc::clone(&script);
        let held = watch::Sender::new(BTreeSet::new());
        let holding = held.subscribe();
        let serving = async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(tokio::spawn(serve(stream, Arc::clone(&shared), holding.clone())));
            }
        };
        Ok(Self { address, script, held, _serving: AbortOnDropHandle::new(tokio::spawn(serving)) })
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next time, `operation` answers this; after the last answer that one stays.
    pub(super) fn answers(&self, operation: &str, reply: &Value) {
        self.script().answers.entry(operation.to_owned()).or_default().push_back(json!({ "ok": reply }));
    }

    /// The next time, `operation` fails so.
    pub(super) fn fails(&self, operation: &str, class: &str, reason: &str) {
        let error = json!({"error": {"class": class, "reason": reason, "message": "On purpose."}});
        self.script().answers.entry(operation.to_owned()).or_default().push_back(error);
    }

    /// `operation` is answered once it is released.
    pub(super) fn holds(&self, operation: &str) {
        self.held.send_if_modified(|held| held.insert(operation.to_owned()));
    }

    pub(super) fn releases(&self, operation: &str) {
        self.held.send_if_modified(|held| held.remove(operation));
    }

    /// What it was asked, in order.
    pub(super) fn asked(&self, operation: &str) -> Vec<Value> {
        let script = self.script();
        let asked = script.asked.iter().filter(|(name, _)| name == operation);
        asked.map(|(_, request)| request.clone()).collect()
    }

    /// Where everybody can get a picture.
    pub(super) fn picture(&self) -> String {
        format!("http://{}/picture", self.address)
    }
}

impl Script {
    fn answer(&mut self, operation: &str, request: Value) -> Value {
        self.asked.push((operation.to_owned(), request));
        match self.answers.get_mut(operation) {
            None => Value::Null,
            Some(answers) if answers.len() > 1 => answers.pop_front().unwrap_or_default(),
            Some(answers) => answers.front().cloned().unwrap_or_default(),
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<Mutex<Script>>,
    mut held: watch::Receiver<BTreeSet<String>>,
) -> Result<()> {
    let mut bytes = Vec::new();
    let (head, mut body) = loop {
        stream.read_buf(&mut bytes).await?;
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break (String::from_utf8(bytes[..at].to_vec())?.to_ascii_lowercase(), bytes[at + 4..].to_vec());
        }
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(Ok(0), |length| length.trim().parse())?;
    while body.len() < length {
        stream.read_buf(&mut body).await?;
    }
    let path = head.split(' ').nth(1).context("no path")?.trim_start_matches('/').to_owned();
    let answer = match path.as_str() {
        "picture" => PICTURE.to_vec(),
        operation => {
            let request = serde_json::from_slice(&body)?;
            let answer = script.lock().unwrap_or_else(PoisonError::into_inner).answer(operation, request);
            held.wait_for(|held| !held.contains(operation)).await?;
            answer.to_string().into_bytes()
        }
    };
    stream.write_all(b"HTTP/1.0 200 OK\r\nconnection: close\r\n\r\n").await?;
    stream.write_all(&answer).await?;
    Ok(stream.shutdown().await?)
}
