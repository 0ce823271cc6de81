//! A TikTok on this machine: answers what a test tells it to, and remembers what it was asked.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tiktok_connector::TikTok;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::tiktok_with;

/// Where a medium is.
const BYTES: &str = "/media/1";

/// How a client begins that wants TLS.
const TLS_HANDSHAKE: &[u8] = &[22, 3];

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) raw: Bytes,
}

#[derive(Clone)]
struct Answering {
    status: StatusCode,
    body: String,
    /// What is at the address of a medium.
    bytes: Option<(StatusCode, String)>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A running platform and a connector that uses it.
pub(crate) struct Platform {
    pub(crate) tiktok: TikTok,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Platform {
    /// Answers everything with this status and body.
    pub(crate) async fn answering(status: u16, body: impl Into<String>) -> Self {
        let (listener, address) = listener().await;
        Self::serving(listener, address, (status, body.into()), None)
    }

    /// Names the address of a medium, and answers there with this status and these bytes.
    pub(crate) async fn handing_out(status: u16, bytes: impl Into<String>) -> Self {
        let (listener, address) = listener().await;
        let data = json!({ "download_url": format!("http://{address}{BYTES}?x-expires=1") });
        let envelope = json!({ "code": 0, "message": "OK", "request_id": "r-1", "data": data });
        Self::serving(listener, address, (200, envelope.to_string()), Some((status, bytes.into())))
    }

    fn serving(
        listener: TcpListener,
        address: SocketAddr,
        (status, body): (u16, String),
        bytes: Option<(u16, String)>,
    ) -> Self {
        let asked = Arc::default();
        let code = |status| StatusCode::from_u16(status).expect("a status");
        let bytes = bytes.map(|(status, bytes)| (code(status), bytes));
        let state = Answering { status: code(status), body, bytes, asked: Arc::clone(&asked) };
        let router = Router::new().fallback(answer).with_state(state);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { tiktok: connected_to(address, json!({})), asked }
    }

    /// Answers everything with an envelope of the API.
    pub(crate) async fn saying(code: i64, data: Value) -> Self {
        let envelope =
            json!({ "code": code, "message": "TikTok's words", "request_id": "r-1", "data": data });
        Self::answering(200, envelope.to_string()).await
    }

    /// The only request so far.
    pub(crate) fn asked(&self) -> Asked {
        let asked = self.asked.lock().expect("not poisoned");
        let [asked] = asked.as_slice() else {
            panic!("one request: {asked:?}");
        };
        asked.clone()
    }

    /// Every request so far.
    pub(crate) fn all_asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("not poisoned").clone()
    }

    /// Whether nobody asked anything.
    pub(crate) fn is_untouched(&self) -> bool {
        self.asked.lock().expect("not poisoned").is_empty()
    }
}

async fn answer(
    State(state): State<Answering>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (raw, body) = (body.clone(), serde_json::from_slice(&body).unwrap_or(Value::Null));
    let is_bytes = uri.path() == BYTES;
    state.asked.lock().expect("not poisoned").push(Asked { method, uri, headers, body, raw });
    if is_bytes && let Some((status, bytes)) = state.bytes {
        return (status, [(LOCATION, "/elsewhere/")], bytes).into_response();
    }
    (state.status, [(LOCATION, "/elsewhere/")], state.body).into_response()
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    (listener, address)
}

fn connected_to(address: SocketAddr, more: Value) -> TikTok {
    let mut settings = json!({ "api_base": format!("http://{address}/open_api/v1.3") });
    if let (Value::Object(settings), Value::Object(more)) = (&mut settings, more) {
        settings.extend(more);
    }
    tiktok_with(settings)
}

/// A connector whose platform nobody listens for.
pub(crate) async fn refusing_connections() -> TikTok {
    let (listener, address) = listener().await;
    drop(listener);
    connected_to(address, json!({}))
}

/// A connector whose platform reads each request, writes `answer`, and hangs up or, with `stay`, says no more.
pub(crate) async fn writing(answer: &'static str, stay: bool) -> TikTok {
    connected_to(written(answer, stay).await, json!({ "request_timeout_seconds": 1 }))
}

/// The same, but the connector expects it to speak TLS.
pub(crate) async fn writing_instead_of_tls(answer: &'static str, stay: bool) -> TikTok {
    let address = written(answer, stay).await;
    tiktok_with(json!({ "api_base": format!("https://{address}"), "request_timeout_seconds": 1 }))
}

async fn written(answer: &'static str, stay: bool) -> SocketAddr {
    let (listener, address) = listener().await;
    tokio::spawn(async move {
        let mut kept = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"}}") && !request.starts_with(TLS_HANDSHAKE) {
                stream.read_buf(&mut request).await.expect("more of the request");
            }
            stream.write_all(answer.as_bytes()).await.expect("still there");
            if stay {
                kept.push(stream);
            }
        }
    });
    address
}
