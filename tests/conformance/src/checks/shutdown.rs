//! Whether an instance ends when it is told to.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connector_api::{ChannelConnector, SendRequest};
use tokio::time::{sleep, timeout};

use super::texts;
use crate::{
    Outcome,
    requests::content,
    subject::{Subject, receive},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "shutdown.in-time", 3, "an instance shuts down within three seconds, also while calls run",
        "hosts stop, and files are replaced while they run",
        "let every future of yours be dropped at any await", in_time;
    "shutdown.ends-calls", 3, "a call that runs while the instance shuts down does not succeed afterwards",
        "nobody waits for it any more, and the message is sent again by somebody who knows less",
        "let the call be dropped", ends_calls;
    "shutdown.answers-nothing", 3, "an instance that has shut down answers nothing",
        "another one has taken its place", "keep no state outside the instance", answers_nothing;
    "shutdown.leaves-nothing-running", 3, "an instance that has shut down does nothing",
        "threads of a replaced file would run for ever: a library is never unloaded",
        "start no threads, and no tasks that outlive a call", leaves_nothing_running;
];

const WITHIN: Duration = Duration::from_secs(3);
const UNDER_WAY: Duration = Duration::from_millis(150);
/// How long is watched, and how much of it something may be finished.
const WATCHED: Duration = Duration::from_millis(400);
const MOST_BUSY: Duration = Duration::from_millis(100);
/// Of the clock that the system counts the time of processes with.
const TICKS_PER_SECOND: u64 = 100;

async fn in_time(subject: &Subject) -> Outcome {
    let instance = match subject.start_in_a_tarpit().await {
        Ok(instance) => instance,
        Err(error) => return Outcome::Skipped(subject.why_not_started(&error)),
    };
    let running = send(subject, &instance);
    sleep(UNDER_WAY).await;
    let began = Instant::now();
    let stopped = timeout(WITHIN, instance.shutdown()).await;
    running.abort();
    match stopped {
        Ok(()) => Outcome::Passed,
        Err(_) => texts(&[format!("it has not shut down after {:?}", began.elapsed())]),
    }
}

async fn ends_calls(subject: &Subject) -> Outcome {
    let instance = match subject.start_in_a_tarpit().await {
        Ok(instance) => instance,
        Err(error) => return Outcome::Skipped(subject.why_not_started(&error)),
    };
    let mut running = send(subject, &instance);
    let before = timeout(UNDER_WAY, &mut running).await;
    if before.is_ok() {
        return Outcome::NotApplicable("a send is over before it could be stopped".to_owned());
    }
    // Where it does not end, another check says so.
    let _stopped = timeout(WITHIN, instance.shutdown()).await;
    match timeout(WITHIN, running).await {
        Ok(Ok(Ok(_))) => texts(&["a send succeeds after the shutdown".to_owned()]),
        Ok(_) => Outcome::Passed,
        Err(_) => texts(&["a send has no end after the shutdown".to_owned()]),
    }
}

async fn answers_nothing(subject: &Subject) -> Outcome {
    let instance = match subject.start().await {
        Ok(instance) => instance,
        Err(error) => return Outcome::Skipped(subject.why_not_started(&error)),
    };
    if timeout(WITHIN, instance.shutdown()).await.is_err() {
        return Outcome::Skipped("it does not shut down".to_owned());
    }
    let mut wrong = Vec::new();
    if let Some(webhook) = subject.samples.webhooks.first() {
        let request = subject.samples.request(webhook, subject.samples.body(webhook));
        if receive(&instance, request).await.is_ok() {
            wrong.push("it reads a request".to_owned());
        }
    }
    if timeout(WITHIN, send(subject, &instance)).await.is_ok_and(|sent| sent.is_ok_and(|sent| sent.is_ok())) {
        wrong.push("it sends".to_owned());
    }
    texts(&wrong)
}

async fn leaves_nothing_running(subject: &Subject) -> Outcome {
    let instance = match subject.start().await {
        Ok(instance) => instance,
        Err(error) => return Outcome::Skipped(subject.why_not_started(&error)),
    };
    // What becomes of it others look at.
    let _sent = timeout(WITHIN, send(subject, &instance)).await;
    if timeout(WITHIN, instance.shutdown()).await.is_err() {
        return Outcome::Skipped("it does not shut down".to_owned());
    }
    let Some(process) = instance.worker().and_then(|worker| worker.process) else {
        return texts(&["its process is gone".to_owned()]);
    };
    let records = subject.records.count();
    let Some(before) = busy(process) else {
        return Outcome::Skipped("this system does not show how much a process works".to_owned());
    };
    sleep(WATCHED).await;
    let mut wrong = Vec::new();
    let worked = busy(process).map_or(Duration::ZERO, |after| after.saturating_sub(before));
    if worked > MOST_BUSY {
        wrong.push(format!("it worked for {worked:?} of {WATCHED:?}"));
    }
    let more = subject.records.count() - records;
    if more > 0 {
        wrong.push(format!("it logged {more} times"));
    }
    texts(&wrong)
}

type Sent = Result<connector_api::Receipt, connector_api::ConnectorError>;

fn send(subject: &Subject, instance: &Arc<connector_loader::Instance>) -> tokio::task::JoinHandle<Sent> {
    let samples = &subject.samples;
    let text = content("text", &samples.outbound.text);
    let request = SendRequest::new(samples.account(), &samples.outbound.conversation, text, "message-1");
    let instance = Arc::clone(instance);
    tokio::spawn(async move { instance.send(request).await })
}

/// The processor's time that a process has used.
fn busy(process: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name in parentheses can hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut numbers = fields.split_whitespace().skip(11).take(2).map(|number| number.parse::<u64>().ok());
    let ticks = numbers.next()?? + numbers.next()??;
    Some(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}
