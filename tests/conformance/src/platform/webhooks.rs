//! Where the fake platform delivers to.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use connector_api::{Event, WebhookRequest};
use connector_loader::Instance;
use tokio::{net::TcpListener, sync::Notify};

use super::clock::Clock;
use crate::subject::receive;

/// What has arrived.
#[derive(Default)]
struct Arrived {
    events: Mutex<Vec<Event>>,
    more: Notify,
}

/// An address for webhooks, and what has arrived there.
pub(super) struct Inbox {
    url: String,
    arrived: Arc<Arrived>,
}

struct Door {
    instance: Arc<Instance>,
    clock: Arc<Clock>,
    arrived: Arc<Arrived>,
}

impl Inbox {
    /// Has whatever is posted read by `instance`.
    pub(super) async fn open(instance: Arc<Instance>, clock: Arc<Clock>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/webhook", listener.local_addr()?);
        let arrived = Arc::<Arrived>::default();
        let door = Arc::new(Door { instance, clock, arrived: Arc::clone(&arrived) });
        let app = Router::new().fallback(taken).with_state(door);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { url, arrived })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn count(&self) -> usize {
        self.arrived.events().len()
    }

    /// The first event from the number `from` on that is so.
    pub(super) async fn first(&self, from: usize, is: &impl Fn(&Event) -> bool) -> Event {
        loop {
            let more = self.arrived.more.notified();
            if let Some(event) = self.arrived.events().iter().skip(from).find(|event| is(event)) {
                return event.clone();
            }
            more.await;
        }
    }
}

impl Arrived {
    fn events(&self) -> std::sync::MutexGuard<'_, Vec<Event>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn taken(
    State(door): State<Arc<Door>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
    let request = WebhookRequest::post(headers, body.to_vec(), door.clock.now())
        .with_target(method.as_str(), uri.query().unwrap_or_default());
    match receive(&door.instance, request).await {
        Ok(outcome) => {
            door.arrived.events().extend(outcome.events);
            door.arrived.more.notify_waiters();
            let status = StatusCode::from_u16(outcome.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, outcome.body).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}
