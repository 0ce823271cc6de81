//! The control API of a fake platform, which may be as broken as any program: it is given so much time and room.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;

/// How long one call may take.
const WITHIN: Duration = Duration::from_secs(10);
/// So much of an answer is read.
const MOST_BYTES: usize = 16 << 20;

/// So many characters of a refusal are repeated.
const MOST_TOLD: usize = 300;

/// Calls of the control API.
pub(super) struct Control {
    http: Client,
    listening: String,
    within: Duration,
    /// It ran out of time once; nobody waits for it again.
    silent: AtomicBool,
}

impl Control {
    pub(super) fn at(listening: &str) -> Result<Self, String> {
        Self::with(listening, WITHIN)
    }

    fn with(listening: &str, within: Duration) -> Result<Self, String> {
        // Fails only where an earlier call has done it already.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(within).build();
        Ok(Self {
            http: http.map_err(|error| error.to_string())?,
            listening: listening.to_owned(),
            within,
            silent: AtomicBool::new(false),
        })
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value, String> {
        let (is_good, bytes) = self.answer(self.http.post(self.url(path)).json(body)).await?;
        match is_good {
            true => Ok(serde_json::from_slice(&bytes).unwrap_or_default()),
            false => {
                let told: String = String::from_utf8_lossy(&bytes).chars().take(MOST_TOLD).collect();
                Err(format!("control/{path}: {told}"))
            }
        }
    }

    pub(super) async fn get(&self, path: &str) -> Result<Value, String> {
        let bytes = self.bytes(path, &[]).await?;
        serde_json::from_slice(&bytes).map_err(|_| format!("control/{path} answers no JSON"))
    }

    pub(super) async fn bytes(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<u8>, String> {
        Ok(self.answer(self.http.get(self.url(path)).query(query)).await?.1)
    }

    pub(super) async fn delete(&self, path: &str) -> Result<(), String> {
        self.answer(self.http.delete(self.url(path))).await.map(drop)
    }

    /// Where a page leads to.
    pub(super) async fn leads_to(&self, page: &str) -> Result<String, String> {
        let answer = self.sent(self.http.get(page)).await.map_err(|_| "the consent page does not answer")?;
        let place = answer.headers().get("location").and_then(|place| place.to_str().ok());
        Ok(place.ok_or("the consent page does not lead back")?.to_owned())
    }

    fn url(&self, path: &str) -> String {
        format!("{}/control/{path}", self.listening)
    }

    /// Whether it is a success, and its body.
    async fn answer(&self, request: RequestBuilder) -> Result<(bool, Vec<u8>), String> {
        let mut answer = self.sent(request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.why(&error))? {
            if body.len() + chunk.len() > MOST_BYTES {
                return Err(format!("the fake platform answers with more than {} MiB", MOST_BYTES >> 20));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((answer.status().is_success(), body))
    }

    async fn sent(&self, request: RequestBuilder) -> Result<Response, String> {
        if self.silent.load(Ordering::Relaxed) {
            return Err(self.is_silent());
        }
        request.send().await.map_err(|error| self.why(&error))
    }

    fn why(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            self.silent.store(true, Ordering::Relaxed);
            return self.is_silent();
        }
        error.to_string()
    }

    fn is_silent(&self) -> String {
        format!("the fake platform does not answer within {:?}", self.within)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicU32};

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// A platform that takes every connection, and answers without end or not at all; its address and how many it took.
    async fn platform(is_endless: bool) -> (String, Arc<AtomicU32>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let taken = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    let mut asked = [0; 1024];
                    let _asked = connection.read(&mut asked).await;
                    let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
                    while is_endless && connection.write_all(&answer).await.is_ok() {
                        answer.resize(1 << 16, b' ');
                    }
                    std::future::pending::<()>().await;
                });
            }
        });
        (address, taken)
    }

    #[tokio::test]
    async fn an_answer_without_end_is_given_up() {
        let (address, _) = platform(true).await;
        let answer = Control::at(&address).unwrap().get("state").await;
        assert_eq!(answer, Err("the fake platform answers with more than 16 MiB".to_owned()));
    }

    #[tokio::test]
    async fn one_that_is_silent_is_waited_for_once() {
        let (address, taken) = platform(false).await;
        let control = Control::with(&address, Duration::from_millis(50)).unwrap();
        for _ in 0..3 {
            let answer = control.get("state").await;
            assert_eq!(answer, Err("the fake platform does not answer within 50ms".to_owned()));
        }
        assert_eq!(taken.load(Ordering::Relaxed), 1);
    }
}
