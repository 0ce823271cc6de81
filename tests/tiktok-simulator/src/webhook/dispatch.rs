//! Where events enter the delivery log and set off.

use std::sync::Arc;

use super::delivery::{Job, deliver};
use super::lanes::Turn;
use super::{NewEvent, body};
use crate::error::SimulatorError;
use crate::fault::FaultKind;
use crate::observed::{Delivery, Outcome};
use crate::shared::Shared;
use crate::state::World;

/// An event that is to be posted, and its place in line.
type Start = (Job, Turn);

/// Logs an event for every app that hears of it and posts it in the background. Returns the name
/// of the first delivery in the log.
pub(crate) fn dispatch(shared: &Arc<Shared>, event: &NewEvent) -> String {
    let now_ms = shared.clock.now_ms();
    let (event_id, starts) = shared.update(|world| {
        let mut logged = Vec::new();
        let mut starts = Vec::new();
        for app_id in recipients(world, event) {
            let twist = twist(world, &event.event);
            let Some(delivery) = log(world, event, &app_id, now_ms) else { continue };
            logged.push(delivery.event_id.clone());
            if delivery.outcome != Outcome::Pending {
                continue;
            }
            starts.push(start(shared, &delivery, twist == Some(FaultKind::SwapEvents), now_ms));
            if twist == Some(FaultKind::DuplicateEvent) {
                starts.push(again(shared, world, &delivery, now_ms));
            }
        }
        (logged.into_iter().next().unwrap_or_default(), starts)
    });
    for (job, turn) in starts {
        shared.spawn(deliver(Arc::clone(shared), job, turn));
    }
    event_id
}

/// Posts an event of the log once more, as at-least-once delivery may.
pub(crate) fn redeliver(shared: &Arc<Shared>, event_id: &str) -> Result<String, SimulatorError> {
    let now_ms = shared.clock.now_ms();
    let (job, turn) = shared.update(|world| {
        let known = world.deliveries.iter().find(|delivery| delivery.event_id == event_id).cloned();
        let known = known.ok_or_else(|| SimulatorError::UnknownEvent(event_id.to_owned()))?;
        Ok::<_, SimulatorError>(again(shared, world, &known, now_ms))
    })?;
    let event_id = job.event_id.clone();
    shared.spawn(deliver(Arc::clone(shared), job, turn));
    Ok(event_id)
}

/// Posts what was held back while a conversation was a request, or discards it.
pub(crate) fn release(shared: &Arc<Shared>, conversation_id: &str) {
    let now_ms = shared.clock.now_ms();
    let starts: Vec<Start> = shared.update(|world| {
        let posted = if world.settings.release_held_events { Outcome::Pending } else { Outcome::Discarded };
        let held = world
            .deliveries
            .iter_mut()
            .filter(|delivery| delivery.outcome == Outcome::Held && delivery.lane == conversation_id);
        let freed = held.map(|delivery| {
            delivery.outcome = posted;
            delivery.clone()
        });
        let freed: Vec<Delivery> = freed.filter(|delivery| delivery.outcome == Outcome::Pending).collect();
        freed.iter().map(|delivery| start(shared, delivery, false, now_ms)).collect()
    });
    for (job, turn) in starts {
        shared.spawn(deliver(Arc::clone(shared), job, turn));
    }
}

/// The apps that hear of an event. One that nobody hears of is still in the first app's log.
fn recipients(world: &World, event: &NewEvent) -> Vec<String> {
    let first = world.apps.first();
    let all = !world.settings.webhooks_need_consent;
    let hears = |app_id: &str| world.grants.may_hear(app_id, &event.business_id);
    let heard = world.apps.iter().filter(|app| (all && app.app_id == first.app_id) || hears(&app.app_id));
    heard.map(|app| app.app_id.clone()).collect()
}

/// What an injected fault or a setting does to the next event.
fn twist(world: &mut World, event: &str) -> Option<FaultKind> {
    let fault = world.faults.take_for_event(event);
    let number = u64::try_from(world.deliveries.len()).unwrap_or_default() + 1;
    let every = |step: u64| step > 0 && number.is_multiple_of(step);
    fault
        .or_else(|| every(world.settings.duplicate_every).then_some(FaultKind::DuplicateEvent))
        .or_else(|| every(world.settings.reorder_every).then_some(FaultKind::SwapEvents))
}

fn log(world: &mut World, event: &NewEvent, app_id: &str, now_ms: i64) -> Option<Delivery> {
    let event_id = world.ids.event();
    let waits = world.conversation(&event.lane).is_some_and(|conversation| !conversation.accepted);
    let app = world.apps.find(app_id)?;
    let content = body::payload(&world.settings, app, event);
    let at = (world.deliveries.len(), now_ms / 1_000);
    let outcome = match app.callbacks.contains_key(&event.category) {
        _ if waits => Outcome::Held,
        true => Outcome::Pending,
        false => Outcome::NotConfigured,
    };
    let delivery = Delivery {
        event_id,
        app_id: app_id.to_owned(),
        event: event.event.clone(),
        business_id: event.business_id.clone(),
        body: body::render(&world.settings, app, event, &content, at),
        content,
        attempts: Vec::new(),
        outcome,
        category: event.category.clone(),
        lane: event.lane.clone(),
    };
    world.deliveries.push(delivery.clone());
    Some(delivery)
}

/// A second delivery of the same bytes.
fn again(shared: &Shared, world: &mut World, known: &Delivery, now_ms: i64) -> Start {
    let delivery = Delivery {
        event_id: world.ids.event(),
        attempts: Vec::new(),
        outcome: Outcome::Pending,
        ..known.clone()
    };
    world.deliveries.push(delivery.clone());
    (job(&delivery, now_ms), shared.lanes.join("redelivery"))
}

fn start(shared: &Shared, delivery: &Delivery, swapped: bool, now_ms: i64) -> Start {
    let lane = format!("{}/{}", delivery.app_id, delivery.lane);
    let turn = if swapped { shared.lanes.join_swapped(&lane) } else { shared.lanes.join(&lane) };
    (job(delivery, now_ms), turn)
}

fn job(delivery: &Delivery, created_ms: i64) -> Job {
    Job {
        event_id: delivery.event_id.clone(),
        app_id: delivery.app_id.clone(),
        category: delivery.category.clone(),
        body: delivery.body.clone(),
        created_ms,
    }
}
