//! Every operation, called once, many times, and given up.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connector_api::{
    ChannelConnector, ConnectorError, ErrorClass, SendRequest,
    operation::{FetchMedia, NAMES, Operation},
};
use connector_loader::Instance;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    Outcome,
    exercise::received,
    incident::{Incident, Trouble},
    requests::{content, is_reply, request},
    subject::{Subject, WITHIN, end, receive},
};

const ENOUGH: usize = 3;
const AT_ONCE: u32 = 16;
/// Records of one call that a log bears.
const RECORDS_OF_ONE: usize = 100;
/// How soon a call is given up that is to be given up.
const PATIENCE: Duration = Duration::from_millis(100);
/// Rounds before and between two looks at the memory.
const ROUNDS: usize = 100;
/// More is not explained by caches.
const MOST_GROWTH_KIB: u64 = 8 << 10;

/// What was seen while operations were called.
#[derive(Default)]
pub(crate) struct Called {
    pub(crate) incidents: Vec<Incident>,
    /// Operations by their names, and what they answered.
    pub(crate) answers: Vec<(&'static str, Result<Value, ConnectorError>)>,
    /// Calls that wrote more records than a log bears.
    pub(crate) floods: Vec<String>,
    /// What was wrong with many sends at once; `None` where that was not looked at.
    pub(crate) crowded: Option<Vec<String>>,
    /// What was wrong after calls were given up; the same.
    pub(crate) after_giving_up: Option<Vec<String>>,
    /// What was wrong about the memory; the same.
    pub(crate) memory: Option<Vec<String>>,
    /// Why nothing could be called.
    pub(crate) not_started: Option<String>,
}

/// Calls every operation once for all checks.
pub(crate) async fn called(subject: &Subject) -> &Called {
    subject.called.get_or_init(|| call_all(subject)).await
}

async fn call_all(subject: &Subject) -> Called {
    let mut seen = Called::default();
    let Some(document) = subject.document() else { return seen };
    let mut instance = match subject.start().await {
        Ok(instance) => instance,
        Err(error) => return Called { not_started: Some(subject.why_not_started(&error)), ..seen },
    };
    for name in NAMES {
        let Some((request, bytes)) = request(&subject.samples, &document, name) else { continue };
        let before = subject.records.count();
        let answer = instance.call_by_name(name, request, bytes).await;
        let wrong = answer.as_ref().ok().and_then(|(reply, bytes)| wrong_reply(name, reply, bytes));
        let case = || (*name).to_owned();
        seen.incidents.extend(wrong.map(|found| Incident {
            trouble: Trouble::Unreadable,
            case: case(),
            found: found.to_owned(),
        }));
        let answer = answer.map(|(reply, _)| reply);
        if subject.records.count() - before > RECORDS_OF_ONE {
            seen.floods.push((*name).to_owned());
        }
        if let Err(error) = &answer
            && let Some(incident) = Incident::of(error, &instance, name)
        {
            // An answer that comes too late may be the platform's fault; here there is none that could be slow.
            seen.incidents.push(incident);
            match subject.start().await {
                Ok(fresh) => instance = fresh,
                Err(_) => break,
            }
        }
        seen.answers.push((*name, answer));
        if seen.incidents.len() >= ENOUGH {
            break;
        }
    }
    if seen.incidents.is_empty() && seen.floods.is_empty() {
        seen.crowded = Some(crowd(subject, &instance).await);
        seen.after_giving_up = give_up(subject).await;
        seen.memory = memory(subject, &instance).await;
    }
    end(&instance).await;
    seen
}

/// What is wrong with an answer.
fn wrong_reply(name: &str, reply: &Value, bytes: &[u8]) -> Option<&'static str> {
    if !is_reply(name, reply) {
        return Some("the answer is not the operation's reply");
    }
    (name != FetchMedia::NAME && !bytes.is_empty())
        .then_some("there are bytes beside an answer that has none")
}

fn text(subject: &Subject, number: u32) -> SendRequest {
    let (samples, text) = (&subject.samples, &subject.samples.outbound.text);
    let conversation = samples.outbound.conversation.clone();
    SendRequest::new(samples.account(), conversation, content("text", text), format!("message-{number}"))
}

/// Many sends at once are as good as one after the other.
async fn crowd(subject: &Subject, instance: &Arc<Instance>) -> Vec<String> {
    let mut wrong = Vec::new();
    let alone = instance.send(text(subject, 0)).await.map_err(|error| error.class);
    let sends = (1..=AT_ONCE).map(|number| {
        let (instance, request) = (Arc::clone(instance), text(subject, number));
        tokio::spawn(async move { instance.send(request).await })
    });
    let mut ids = Vec::new();
    for send in sends.collect::<Vec<_>>() {
        match send.await {
            Ok(Ok(receipt)) => ids.extend(receipt.message_id),
            Ok(Err(error)) if alone.as_ref().err() == Some(&error.class) => {}
            Ok(Err(error)) => wrong.push(format!("a send beside others: {error}")),
            Err(_) => wrong.push("a send beside others was lost".to_owned()),
        }
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    if ids.len() < all {
        wrong.push(format!("{all} messages were accepted under {} ids", ids.len()));
    }
    wrong.dedup();
    wrong
}

/// A call that is given up leaves an instance that works; `None` where none starts.
async fn give_up(subject: &Subject) -> Option<Vec<String>> {
    let instance = subject.start_in_a_tarpit().await.ok()?;
    for number in 0..AT_ONCE {
        // It has answered, or is dropped.
        let _given_up = timeout(PATIENCE / 4, instance.send(text(subject, number))).await;
    }
    let began = Instant::now();
    // Whatever the answer is, it is one.
    let ping = instance.call_by_name(connector_api::operation::PING, Value::Null, Vec::new());
    let wrong = match timeout(WITHIN, ping).await {
        Ok(Err(error)) if Incident::of(&error, &instance, "").is_none() => None,
        Ok(Err(error)) => Some(format!("a call after given up ones: {error}")),
        Ok(Ok(_)) => Some("an operation that does not exist was answered".to_owned()),
        Err(_) => Some(format!("after given up calls nothing was answered in {:?}", began.elapsed())),
    };
    end(&instance).await;
    Some(wrong.into_iter().collect())
}

/// What is wrong about the memory; `None` where the system does not show it.
async fn memory(subject: &Subject, instance: &Arc<Instance>) -> Option<Vec<String>> {
    let before = rounds_then_memory(subject, instance).await?;
    let between = rounds_then_memory(subject, instance).await?;
    let after = rounds_then_memory(subject, instance).await?;
    let growth = after.saturating_sub(before);
    // What a cache takes it takes once; what leaks grows in both.
    let grows = growth > MOST_GROWTH_KIB && between > before && after > between;
    let told = || format!("{} rounds took {growth} KiB, and each took its part", 2 * ROUNDS);
    Some(grows.then(told).into_iter().collect())
}

async fn rounds_then_memory(subject: &Subject, instance: &Arc<Instance>) -> Option<u64> {
    let samples = &subject.samples;
    // What cannot be read without harm is no cache that fills.
    let read = received(subject).await;
    let readable = usize::from(read.incidents.is_empty() && read.floods.is_empty());
    for number in 0..u32::try_from(ROUNDS).unwrap_or_default() {
        for webhook in samples.webhooks.iter().take(readable) {
            // What becomes of it others look at.
            let _read = receive(instance, samples.request(webhook, samples.body(webhook))).await;
        }
        let _sent = instance.send(text(subject, number)).await;
    }
    resident_kib(instance.worker()?.process?)
}

fn resident_kib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

impl Called {
    /// Why nothing can be said of what was called.
    pub(crate) fn uncalled(&self) -> Option<Outcome> {
        self.not_started.clone().map(Outcome::Skipped)
    }

    /// Whether an operation is not offered.
    pub(crate) fn is_unsupported(answer: &Result<Value, ConnectorError>) -> bool {
        answer.as_ref().is_err_and(|error| error.class == ErrorClass::Unsupported)
    }
}
