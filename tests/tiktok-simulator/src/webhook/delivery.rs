//! The life of one event, from its first attempt to its last (protocol reference, section 5.1).

use std::sync::Arc;

use super::attempt::{Request, post};
use super::lanes::Turn;
use crate::observed::{Attempt, Outcome};
use crate::shared::Shared;

const RETRY_SPAN_MS: i64 = 72 * 60 * 60 * 1_000;

/// An event on its way.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) event_id: String,
    pub(crate) app_id: String,
    pub(crate) category: String,
    pub(crate) body: String,
    pub(crate) created_ms: i64,
}

/// Posts an event until it is accepted or 72 simulated hours have passed.
pub(crate) async fn deliver(shared: Arc<Shared>, job: Job, mut turn: Turn) {
    turn.come().await;
    let mut turn = Some(turn);
    let mut first_t = None;
    for retries in 0_u32.. {
        let Some((url, secret)) = callback(&shared, &job) else {
            finish(&shared, &job, Outcome::NotConfigured);
            return;
        };
        let attempt = attempt(&shared, &job, (&url, &secret), first_t).await;
        first_t = Some(first_t.unwrap_or(attempt.signed_t));
        let accepted = attempt.status == Some(200);
        record(&shared, &job, attempt);
        turn.take();
        if accepted {
            return;
        }
        let due_ms = shared.clock.now_ms().saturating_add(pause(&shared, retries));
        if due_ms - job.created_ms > RETRY_SPAN_MS {
            finish(&shared, &job, Outcome::Discarded);
            return;
        }
        shared.clock.sleep_until(due_ms).await;
    }
}

/// Where the app wants its events now, and what they are signed with.
fn callback(shared: &Shared, job: &Job) -> Option<(String, String)> {
    let world = shared.world();
    let app = world.apps.find(&job.app_id)?;
    Some((app.callbacks.get(&job.category)?.clone(), app.secret.clone()))
}

async fn attempt(shared: &Shared, job: &Job, to: (&str, &str), first_t: Option<i64>) -> Attempt {
    let _permit = shared.webhook_permits.acquire().await;
    let (log_id, resign, number) = {
        let mut world = shared.world();
        let now_ms = shared.clock.now_ms();
        let number = if world.settings.fuzz_headers { world.ids.count("attempt") } else { 0 };
        (world.ids.request(now_ms), world.settings.resign_on_retry, number)
    };
    let request = Request {
        url: to.0,
        secret: to.1,
        body: &job.body,
        log_id: &log_id,
        replayed_t: first_t.filter(|_| !resign),
        variation: number % 4,
    };
    post(shared, request).await
}

/// The pause before the next retry: the base, doubled by each retry so far.
fn pause(shared: &Shared, retries: u32) -> i64 {
    let base = shared.world().settings.retry_base_ms;
    let doubled = base.saturating_mul(2_u64.saturating_pow(retries));
    i64::try_from(doubled).unwrap_or(i64::MAX)
}

fn record(shared: &Shared, job: &Job, attempt: Attempt) {
    shared.update(|world| {
        let log = &mut world.deliveries;
        if let Some(entry) = log.iter_mut().find(|entry| entry.event_id == job.event_id) {
            if attempt.status == Some(200) {
                entry.outcome = Outcome::Delivered;
            }
            entry.attempts.push(attempt);
        }
    });
}

fn finish(shared: &Shared, job: &Job, outcome: Outcome) {
    shared.update(|world| {
        let log = &mut world.deliveries;
        if let Some(entry) = log.iter_mut().find(|entry| entry.event_id == job.event_id) {
            entry.outcome = outcome;
        }
    });
}
