//! What happens, live, as server-sent events.
//!
//! Events come from the store in the order of their commits, so that a listener that comes back with
//! `Last-Event-ID` misses nothing.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{auth, body::QueryOf, caller::Caller, problem::Problem, views::EventView};
use crate::{feed::Listener, shared::Shared};

type Batch = Vec<Result<Event, Infallible>>;

const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Whoever has lost the key hears nothing any more after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Start {
    /// The sequence after which to begin; for clients that cannot set the header.
    after: Option<i64>,
}

/// What happens, live, as server-sent events; begins after `Last-Event-ID` or `?after=`, without either now.
#[utoipa::path(get, path = "/v1/events", tag = "events",
    params(Start, ("Last-Event-ID" = Option<i64>, Header, description = "The id of the last event heard.")),
    responses((status = 200, description = "Each event's data is an EventView.", body = EventView,
            content_type = "text/event-stream"),
        (status = 410, description = "`events.unknown_id` or `events.forgotten`: read the lists again.")))]
pub(super) async fn stream(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    headers: HeaderMap,
    QueryOf(start): QueryOf<Start>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let latest = *shared.store.latest_event().borrow();
    let after = match headers.get("last-event-id") {
        Some(value) => {
            let sequence = value.to_str().ok().and_then(|text| text.parse().ok());
            sequence.ok_or_else(|| Problem::malformed("Last-Event-ID must be the id of an earlier event."))?
        }
        None => start.after.unwrap_or(latest),
    };
    if after > latest {
        let detail = "No such event has happened here; read the lists again and begin without an id.";
        return Err(Problem::new(StatusCode::GONE, "events.unknown_id", detail));
    }
    let oldest = shared.store.oldest_event().await?.unwrap_or(latest.saturating_add(1));
    if after < oldest.saturating_sub(1) && after > 0 {
        let detail = "What happened after that event is forgotten by now; read the lists again and begin without an id.";
        return Err(Problem::new(StatusCode::GONE, "events.forgotten", detail));
    }
    let listener = shared.feed.listen(after).ok_or_else(|| {
        let detail = "Too many listen to events already; try again later.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "events.too_many_listeners", detail)
    })?;
    let batches = stream::unfold((listener, caller), next);
    let events = batches.flat_map(stream::iter).take_until(shared.stopping.clone().cancelled_owned());
    let events = events.take_until(shut_out(shared, headers));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// Returns soon after the key of the request was revoked or its session has ended, or where nobody can say.
async fn shut_out(shared: Arc<Shared>, headers: HeaderMap) {
    loop {
        tokio::time::sleep(LOOK_AGAIN).await;
        let holds = auth::holds(&shared, &headers).await;
        if !holds.inspect_err(|error| tracing::error!(%error, "Keys cannot be read")).unwrap_or_default() {
            return;
        }
    }
}

/// The next batch, without what is not the caller's to know; the stream ends where the store fails, and the client
/// comes back.
async fn next((mut listener, caller): (Listener, Caller)) -> Option<(Batch, (Listener, Caller))> {
    let batch = listener.next().await.inspect_err(|error| tracing::error!(%error, "Events cannot be read"));
    let events = batch.ok()??.into_iter().filter(|event| match event.account {
        Some(account) => caller.may(account),
        // What is of no account is of the host.
        None => caller.whole_host().is_ok(),
    });
    let events = events.map(|event| Ok(sse(EventView::from(event)))).collect();
    Some((events, (listener, caller)))
}

fn sse(view: EventView) -> Event {
    let (id, name) = (view.id(), view.name());
    // A view has only plain fields, so that it always serialises.
    Event::default().id(id).event(name).json_data(view).unwrap_or_default()
}
