//! Whether the connector takes every request without harm.

use connector_api::{ConnectorError, ReasonCode};
use serde_json::{Value, json};

use super::texts;
use crate::{
    Outcome,
    exercise::{Received, received},
    incident::{Incident, Trouble},
    subject::{Subject, WITHIN, end},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "start.survives-bad-settings", 2, "settings that make no sense are refused in words",
        "operators mistype, and an error that names the setting is all that they have",
        "read settings with serde, check them, and answer ConnectorError::settings", survives_bad_settings;
    "receive.never-panics", 2, "no request makes it panic",
        "everybody can post to a webhook URL, and a panic costs the instance",
        "parse without unwrap, indexing and unchecked arithmetic", never_panics;
    "receive.never-aborts", 2, "no request aborts its process",
        "an abort costs the process with all its calls, and in the host's process the host",
        "bound recursion and allocation by what the request brings", never_aborts;
    "receive.never-crashes", 2, "no request ends its process by a signal",
        "a segmentation fault in the host's process is the end of the host",
        "look at code without guards, and at libraries of other languages", never_crashes;
    "receive.never-exits", 2, "no request makes its process exit",
        "an exit in the host's process is the end of the host", "never call exit", never_exits;
    "receive.in-time", 2, "every request is read within two seconds",
        "a hang costs a thread of the host, and the platform delivers again",
        "do no I/O, wait for nothing, and look at every byte a bounded number of times", in_time;
    "receive.answers-readably", 2, "what comes back is an outcome",
        "an answer that cannot be read is a failure for the host",
        "export the connector with export_connector! and nothing else", answers_readably;
    "receive.answers-bounded", 2, "what comes back is of bearable size",
        "a host reads 16 MiB of an answer and no more", "do not copy bodies into outcomes", answers_bounded;
    "receive.answers-http", 2, "the status is one of HTTP",
        "the host answers the platform with it", "use 200, 400, 401, 403, 404 or 405", answers_http;
    "receive.is-deterministic", 2, "the same request is read the same way twice",
        "platforms deliver again, and raw bodies are decoded again",
        "use no clock but received_at, no random numbers, no state", is_deterministic;
    "receive.same-in-parallel", 2, "requests that are read at once are read as alone",
        "it is called from many threads", "share nothing that changes", same_in_parallel;
    "receive.refuses-the-unsigned", 2, "a request without a good signature is not authentic",
        "anybody could write into the inbox", "verify over the raw bytes before parsing", refuses_the_unsigned;
];

async fn survives_bad_settings(subject: &Subject) -> Outcome {
    let good = subject.samples.settings_with("http://127.0.0.1:1");
    let mut all = vec![json!([]), json!({}), json!({"\u{0}": {"a": [1]}})];
    for name in good.keys() {
        for odd in [Value::Null, json!(""), json!({"deep": [{}]}), json!("\u{0}://%")] {
            let mut settings = good.clone();
            settings.insert(name.clone(), odd);
            all.push(settings.into());
        }
    }
    let mut wrong = Vec::new();
    for settings in all {
        match subject.start_with(settings.clone(), WITHIN).await {
            Ok(instance) => end(&instance).await,
            Err(error) if !is_said(&error) => wrong.push(format!("with {}: {error}", odd_ones(&settings))),
            Err(_) => {}
        }
        if wrong.len() >= 3 {
            break;
        }
    }
    texts(&wrong)
}

/// Whether the connector itself answered.
fn is_said(error: &ConnectorError) -> bool {
    !error.reason.is_connector_fault() && error.reason != ReasonCode::CONNECTOR_UNAVAILABLE
}

/// Without those that may be secrets.
fn odd_ones(settings: &Value) -> String {
    let Value::Object(members) = settings else { return settings.to_string() };
    let odd = |value: &&Value| value.as_str().is_none_or(|text| text.is_empty() || text.contains('\u{0}'));
    let odd = members.iter().filter(|(_, value)| odd(value));
    odd.map(|(name, value)| format!("{name:?} = {value}")).collect::<Vec<_>>().join(", ")
}

/// The incidents of one kind, or why nothing is known.
fn of(seen: &Received, trouble: Trouble) -> Outcome {
    seen.unread().unwrap_or_else(|| texts(&told(&seen.incidents, trouble)))
}

/// What was found, or why it is no answer that nothing was.
fn found(seen: &Received, wrong: &[String]) -> Outcome {
    match seen.not_whole() {
        Some(outcome) if wrong.is_empty() => outcome,
        _ => texts(wrong),
    }
}

/// The incidents of one kind.
pub(super) fn told(incidents: &[Incident], trouble: Trouble) -> Vec<String> {
    let of_kind = incidents.iter().filter(|incident| incident.trouble == trouble);
    of_kind.map(|incident| format!("{}: {}", incident.case, incident.found)).collect()
}

async fn never_panics(subject: &Subject) -> Outcome {
    of(received(subject).await, Trouble::Panicked)
}

async fn never_aborts(subject: &Subject) -> Outcome {
    of(received(subject).await, Trouble::Aborted)
}

async fn never_crashes(subject: &Subject) -> Outcome {
    of(received(subject).await, Trouble::Crashed)
}

async fn never_exits(subject: &Subject) -> Outcome {
    of(received(subject).await, Trouble::Exited)
}

async fn in_time(subject: &Subject) -> Outcome {
    of(received(subject).await, Trouble::Late)
}

async fn answers_readably(subject: &Subject) -> Outcome {
    of(received(subject).await, Trouble::Unreadable)
}

async fn answers_bounded(subject: &Subject) -> Outcome {
    of(received(subject).await, Trouble::TooLarge)
}

async fn answers_http(subject: &Subject) -> Outcome {
    let seen = received(subject).await;
    found(seen, &seen.odd)
}

async fn is_deterministic(subject: &Subject) -> Outcome {
    let seen = received(subject).await;
    found(seen, &seen.differing)
}

async fn same_in_parallel(subject: &Subject) -> Outcome {
    let seen = received(subject).await;
    match subject.without_webhooks() {
        Some(outcome) => seen.unread().unwrap_or(outcome),
        None => found(seen, &seen.parallel),
    }
}

async fn refuses_the_unsigned(subject: &Subject) -> Outcome {
    if let Some(outcome) = subject.without_webhooks() {
        return outcome;
    }
    if subject.samples.signing.is_none() {
        return Outcome::NotApplicable("the samples are not signed".to_owned());
    }
    let seen = received(subject).await;
    found(seen, &seen.unsigned)
}
