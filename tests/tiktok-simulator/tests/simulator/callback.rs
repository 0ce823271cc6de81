//! A webhook receiver whose answers tests decide.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::sync::mpsc;

/// One received webhook request.
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Hook {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn content(&self) -> Value {
        serde_json::from_str(self.event()["content"].as_str().unwrap()).unwrap()
    }

    pub(crate) fn signature(&self) -> &str {
        self.headers["tiktok-signature"].to_str().unwrap()
    }

    pub(crate) fn signed_t(&self) -> i64 {
        let t = self.signature().split(',').next().unwrap();
        t.trim_start_matches("t=").parse().unwrap()
    }
}

/// Answers 200 unless told otherwise, and hands every request on.
pub(crate) struct Callback {
    pub(crate) url: String,
    hooks: mpsc::UnboundedReceiver<Hook>,
}

#[derive(Clone)]
struct Answers {
    queued: Arc<Mutex<VecDeque<u16>>>,
    hooks: mpsc::UnboundedSender<Hook>,
}

impl Callback {
    /// A receiver that answers with these statuses first.
    pub(crate) async fn answering(statuses: &[u16]) -> Self {
        let (sender, hooks) = mpsc::unbounded_channel();
        let answers =
            Answers { queued: Arc::new(Mutex::new(statuses.iter().copied().collect())), hooks: sender };
        let router = Router::new().route("/hook", post(receive)).with_state(answers);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, hooks }
    }

    pub(crate) async fn next(&mut self) -> Hook {
        let hook = tokio::time::timeout(super::PATIENCE, self.hooks.recv());
        hook.await.unwrap().unwrap()
    }

    /// What has arrived and was not looked at yet.
    pub(crate) fn arrived(&mut self) -> Option<Hook> {
        self.hooks.try_recv().ok()
    }
}

async fn receive(State(answers): State<Answers>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let queued = answers.queued.lock().unwrap().pop_front();
    answers.hooks.send(Hook { headers, body }).unwrap();
    StatusCode::from_u16(queued.unwrap_or(200)).unwrap()
}
