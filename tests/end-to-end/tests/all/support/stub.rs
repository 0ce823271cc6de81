//! A platform of our own, for looking at the requests of a library in this process.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};
use end_to_end::PATIENCE;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

/// Listens, and answers when the test says so.
#[derive(Debug)]
pub(crate) struct Stub(TcpListener);

/// A request that waits for its answer.
#[derive(Debug)]
pub(crate) struct Waiting {
    stream: TcpStream,
    /// The body.
    pub(crate) body: Value,
}

impl Stub {
    pub(crate) async fn listen() -> Result<Self> {
        Ok(Self(TcpListener::bind("127.0.0.1:0").await?))
    }

    pub(crate) fn address(&self) -> Result<SocketAddr> {
        Ok(self.0.local_addr()?)
    }

    /// The next request, whole.
    pub(crate) async fn request(&self) -> Result<Waiting> {
        let (mut stream, _) = timeout(PATIENCE, self.0.accept()).await.context("nobody asks")??;
        let mut bytes = Vec::new();
        loop {
            if let Some(body) = whole_body(&bytes)? {
                return Ok(Waiting { body, stream });
            }
            let read = timeout(PATIENCE, stream.read_buf(&mut bytes)).await.context("half a request")??;
            ensure!(read > 0, "the request ended early");
        }
    }
}

fn whole_body(bytes: &[u8]) -> Result<Option<Value>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(None);
    };
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return Ok(None);
    };
    let head = head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.context("no length")?.trim().parse()?;
    Ok(if body.len() < length { None } else { Some(serde_json::from_str(body)?) })
}

impl Waiting {
    pub(crate) async fn answer(mut self, body: &Value) -> Result<()> {
        let body = body.to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        let answer = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        self.stream.write_all(answer.as_bytes()).await?;
        Ok(self.stream.shutdown().await?)
    }

    /// Returns once the other side has gone away without its answer.
    pub(crate) async fn given_up(mut self) -> Result<()> {
        let read = timeout(PATIENCE, self.stream.read(&mut [0; 16])).await.context("it still waits")?;
        ensure!(matches!(read, Ok(0) | Err(_)), "it says something instead of going away");
        Ok(())
    }
}
