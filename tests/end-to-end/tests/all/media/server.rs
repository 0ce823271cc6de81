//! A server whose files everybody can get.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use tokio_util::task::AbortOnDropHandle;

use super::stage::PICTURE;

pub(super) struct Server {
    pub(super) port: u16,
    asked: Arc<AtomicU32>,
    _serving: AbortOnDropHandle<()>,
}

impl Server {
    pub(super) async fn listen() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (port, asked) = (listener.local_addr()?.port(), Arc::new(AtomicU32::new(0)));
        let counter = Arc::clone(&asked);
        let serving = async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                drop(tokio::spawn(answer(stream)));
            }
        };
        Ok(Self { port, asked, _serving: AbortOnDropHandle::new(tokio::spawn(serving)) })
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// How often anybody has connected.
    pub(super) fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }
}

async fn answer(mut stream: TcpStream) -> Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head);
    let (status, body): (&str, Vec<u8>) = match text.split(' ').nth(1).unwrap_or_default() {
        "/picture" => ("200 OK", PICTURE.to_vec()),
        "/page" => ("200 OK", b"<!DOCTYPE html><script>alert(1)</script>".to_vec()),
        "/large" => ("200 OK", vec![0; 5_000]),
        "/moved" => ("302 Found\r\nlocation: /picture", Vec::new()),
        _ => ("404 Not Found", Vec::new()),
    };
    // Without a length, so that only what is read says how much it is.
    stream.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
    stream.write_all(&body).await?;
    Ok(stream.shutdown().await?)
}
