//! `GET /v1/events`: what happens, live, as server-sent events.
//!
//! Events come from the store in the order of their commits, so that a listener that comes back with
//! `Last-Event-ID` misses nothing.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use tokio::sync::watch;

use super::{body::QueryOf, problem::Problem, views::EventView};
use crate::{shared::Shared, store::StoreError};

const BATCH: u32 = 100;
const KEEP_ALIVE: Duration = Duration::from_secs(15);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    /// The sequence after which to begin; for clients that cannot set the header.
    after: Option<i64>,
}

/// Begins after `Last-Event-ID` or `?after=`; without either, now.
pub(super) async fn stream(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    QueryOf(start): QueryOf<Start>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let latest = shared.store.latest_event();
    let after = match headers.get("last-event-id") {
        Some(value) => {
            let sequence = value.to_str().ok().and_then(|text| text.parse().ok());
            sequence.ok_or_else(|| Problem::malformed("Last-Event-ID must be the id of an earlier event."))?
        }
        None => start.after.unwrap_or_else(|| *latest.borrow()),
    };
    let listener = Listener { shared: Arc::clone(&shared), latest, after };
    let batches = stream::unfold(listener, Listener::next);
    let events = batches.flat_map(stream::iter).take_until(shared.stopping.clone().cancelled_owned());
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Listener {
    shared: Arc<Shared>,
    latest: watch::Receiver<i64>,
    after: i64,
}

impl Listener {
    /// The next batch; the stream ends where the store fails, and the client comes back.
    async fn next(mut self) -> Option<(Vec<Result<Event, Infallible>>, Self)> {
        loop {
            self.latest.borrow_and_update();
            match self.read().await {
                Ok(batch) if batch.is_empty() => self.latest.changed().await.ok()?,
                Ok(batch) => return Some((batch, self)),
                Err(error) => {
                    tracing::error!(%error, "Events cannot be read");
                    return None;
                }
            }
        }
    }

    async fn read(&mut self) -> Result<Vec<Result<Event, Infallible>>, StoreError> {
        let events = self.shared.store.events_after(self.after, BATCH).await?;
        self.after = events.last().map_or(self.after, |event| event.sequence);
        Ok(events.into_iter().map(|event| Ok(sse(EventView::from(event)))).collect())
    }
}

fn sse(view: EventView) -> Event {
    let (id, name) = (view.id(), view.name());
    // A view has only plain fields, so that it always serialises.
    Event::default().id(id).event(name).json_data(view).unwrap_or_default()
}
