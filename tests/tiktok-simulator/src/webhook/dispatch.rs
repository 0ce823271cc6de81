//! Where events enter the delivery log and set off.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::NewEvent;
use super::delivery::{Job, deliver};
use super::lanes::Turn;
use crate::error::SimulatorError;
use crate::observed::{Delivery, Outcome};
use crate::shared::Shared;

/// The envelope of every event (protocol reference, section 6.1).
#[derive(Serialize)]
struct Envelope<'a> {
    client_key: &'a str,
    event: &'a str,
    create_time: i64,
    user_openid: &'a str,
    content: String,
}

/// Logs an event and posts it in the background. Returns its name in the log.
pub(crate) fn dispatch(shared: &Arc<Shared>, event: NewEvent) -> String {
    let created_ms = shared.clock.now_ms();
    let body = body(shared, &event, created_ms / 1_000);
    let (event_id, turn) = shared.update(|world| {
        let event_id = world.ids.event();
        let registered = world.callbacks.contains_key(&event.category);
        world.deliveries.push(Delivery {
            event_id: event_id.clone(),
            event: event.event,
            business_id: event.business_id,
            body: body.clone(),
            content: event.content,
            attempts: Vec::new(),
            outcome: if registered { Outcome::Pending } else { Outcome::NotConfigured },
        });
        let turn = registered.then(|| shared.lanes.join(&event.lane));
        (event_id, turn)
    });
    let job = Job { event_id: event_id.clone(), category: event.category, body, created_ms };
    if let Some(turn) = turn {
        start(shared, job, turn);
    }
    event_id
}

/// Posts an event of the log once more, as at-least-once delivery may.
pub(crate) fn redeliver(shared: &Arc<Shared>, event_id: &str) -> Result<String, SimulatorError> {
    let created_ms = shared.clock.now_ms();
    let (job, turn) = shared.update(|world| {
        let known = world
            .deliveries
            .iter()
            .find(|delivery| delivery.event_id == event_id)
            .cloned()
            .ok_or_else(|| SimulatorError::UnknownEvent(event_id.to_owned()))?;
        let event_id = world.ids.event();
        let job = Job {
            event_id: event_id.clone(),
            category: crate::state::DIRECT_MESSAGE.to_owned(),
            body: known.body.clone(),
            created_ms,
        };
        world.deliveries.push(Delivery {
            event_id,
            attempts: Vec::new(),
            outcome: Outcome::Pending,
            ..known
        });
        Ok::<_, SimulatorError>((job, shared.lanes.join("redelivery")))
    })?;
    let event_id = job.event_id.clone();
    start(shared, job, turn);
    Ok(event_id)
}

fn start(shared: &Arc<Shared>, job: Job, turn: Turn) {
    let task = deliver(Arc::clone(shared), job, turn);
    shared.spawn(task);
}

fn body(shared: &Shared, event: &NewEvent, create_time: i64) -> String {
    let content = match &event.content {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let envelope = Envelope {
        client_key: &shared.app_id,
        event: &event.event,
        create_time,
        user_openid: &event.business_id,
        content,
    };
    serde_json::to_string(&envelope).unwrap_or_default()
}
