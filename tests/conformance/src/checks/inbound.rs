//! Whether what is declared to come in does come in.

use connector_api::{
    CapabilityDocument, Content, EventKind, WebhookOutcome,
    capabilities::document::{Direction, Support},
};
use serde_json::Value;

use crate::{
    Finding, Outcome,
    exercise::{Answer, received},
    leaf::path_of,
    report::word,
    samples::{Samples, Webhook},
    subject::Subject,
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "inbound.declared-kinds-arrive", 3, "every kind that is declared to come in or to be echoed does, as declared",
        "people are told by the document what they will see",
        "where a sample brings no message, compare the answer that is named with receive, the sample and its signature; where \
         none shows the kind, add one to conformance.json, or take the rule out of the document", declared_kinds_arrive;
    "inbound.undeclared-kinds-are-declared", 3, "every sample's kind is declared",
        "what is not declared is not shown as possible",
        "add a rule to the document", undeclared_kinds_are_declared;
    "inbound.unknown-kinds-become-fallbacks", 3, "content that nobody declared becomes a fallback message and is not lost",
        "platforms add kinds, and a customer's message must not vanish",
        "answer Content::Fallback with the kind, a sentence and a URL", unknown_kinds_become_fallbacks;
    "inbound.events-are-whole", 3, "events have an account, a key, a conversation and survive being stored",
        "the host stores them, and recognises what is delivered again by the key",
        "use the platform's ids", events_are_whole;
];

/// The message in an outcome, and which way it went.
fn message(outcome: &WebhookOutcome) -> Option<(Direction, &Content)> {
    outcome.events.iter().find_map(|event| match &event.kind {
        EventKind::MessageReceived { message, .. } => Some((Direction::Inbound, &message.content)),
        EventKind::MessageEchoed { message, .. } => Some((Direction::Echo, &message.content)),
        _ => None,
    })
}

/// How well content is shown.
fn shown(content: &Content) -> Support {
    match content {
        Content::Fallback { .. } => Support::Placeholder,
        Content::Unknown => Support::Unsupported,
        _ => Support::Native,
    }
}

/// A sample and what became of it; `None` where it was not read.
type Read<'a> = (&'a Webhook, Option<&'a Answer>);

fn pairs<'a>(samples: &'a Samples, answers: &'a [Answer]) -> Vec<Read<'a>> {
    let answers = answers.iter().map(Some).chain(std::iter::repeat(None));
    samples.webhooks.iter().zip(answers).collect()
}

/// How a request was answered, where that was no message.
fn answered(answer: &Answer) -> String {
    match answer {
        Ok(outcome) => {
            let why = outcome.detail.as_deref().unwrap_or("no reason");
            format!("it is answered with {}: {why}", outcome.status)
        }
        Err(why) => why.clone(),
    }
}

/// Why nothing can be said of what the samples became.
async fn unread(subject: &Subject) -> Option<Outcome> {
    let nothing = subject.without_webhooks();
    let seen = received(subject).await;
    nothing.or_else(|| seen.unread())
}

async fn declared_kinds_arrive(subject: &Subject) -> Outcome {
    let Some(document) = subject.document() else { return Outcome::Skipped("no document".to_owned()) };
    let comes_in = |direction| matches!(direction, Direction::Inbound | Direction::Echo);
    if !document.content.iter().any(|rule| comes_in(rule.direction)) {
        return Outcome::NotApplicable("nothing is declared to come in".to_owned());
    }
    if subject.polls() {
        return super::calls::polled_kinds(subject, &document).await;
    }
    if let Some(outcome) = unread(subject).await {
        return outcome;
    }
    let seen = received(subject).await;
    let found = not_as_declared(&document, &subject.json, &subject.samples, &seen.samples);
    let unread = seen.samples.len() < subject.samples.webhooks.len();
    seen.not_whole().filter(|_| unread && found.is_empty()).unwrap_or_else(|| Outcome::of(found))
}

/// Rules without a sample, and samples that arrive otherwise than their rule says.
pub(crate) fn not_as_declared(
    document: &CapabilityDocument,
    json: &Value,
    samples: &Samples,
    answers: &[Answer],
) -> Vec<Finding> {
    let read = pairs(samples, answers);
    let mut found = Vec::new();
    for (index, rule) in document.content.iter().enumerate() {
        if !matches!(rule.direction, Direction::Inbound | Direction::Echo) {
            continue;
        }
        let leaf = |name: &str| format!("/content/{index}/{name}");
        let path = path_of(json, &format!("/content/{index}"));
        let mut samples = read.iter().filter(|(webhook, _)| {
            webhook.kind.as_deref() == Some(&rule.kind) && webhook.direction == Some(rule.direction)
        });
        let Some((webhook, answer)) = samples.next() else {
            if matches!(rule.support, Support::Native | Support::Placeholder | Support::Converted) {
                let text = format!("{path} is declared, and no sample shows it");
                found.push(Finding::of_leaf(leaf("kind"), text));
            }
            continue;
        };
        let Some(answer) = answer else { continue };
        match answer.as_ref().ok().and_then(message) {
            None => {
                let text = format!("{path}: {} brings no message: {}", webhook.name, answered(answer));
                found.push(Finding::of_leaf(leaf("kind"), text));
            }
            Some((direction, content)) => {
                if direction != rule.direction {
                    let text = format!("{path}: {} comes as {}", webhook.name, word(&direction));
                    found.push(Finding::of_leaf(leaf("direction"), text));
                }
                if content.kind() != rule.kind && rule.kind != "unknown" {
                    let text = format!("{path}: {} comes as {}", webhook.name, content.kind());
                    found.push(Finding::of_leaf(leaf("kind"), text));
                }
                if shown(content) != rule.support {
                    let text = format!("{path}.support: {} comes as {}", webhook.name, word(&shown(content)));
                    found.push(Finding::of_leaf(leaf("support"), text));
                }
            }
        }
    }
    found
}

async fn undeclared_kinds_are_declared(subject: &Subject) -> Outcome {
    let Some(document) = subject.document() else { return Outcome::Skipped("no document".to_owned()) };
    if let Some(outcome) = subject.without_webhooks() {
        return outcome;
    }
    Outcome::of(not_declared(&document, &subject.samples))
}

/// Samples of kinds that the document does not name.
pub(crate) fn not_declared(document: &CapabilityDocument, samples: &Samples) -> Vec<Finding> {
    let named = samples.webhooks.iter().filter(|webhook| !webhook.undeclared);
    let lacking = named.filter_map(|webhook| {
        let (direction, kind) = (webhook.direction?, webhook.kind.as_deref()?);
        let support = document.support(direction, kind);
        let is_declared = matches!(support, Support::Native | Support::Placeholder | Support::Converted);
        (!is_declared).then(|| {
            Finding::of_leaf(
                "/content",
                format!("{}: {} {kind} is not declared", webhook.name, word(&direction)),
            )
        })
    });
    lacking.collect()
}

async fn unknown_kinds_become_fallbacks(subject: &Subject) -> Outcome {
    if subject.polls() {
        return Outcome::NotApplicable("the channel is polled; nobody can post an unknown kind".to_owned());
    }
    if let Some(outcome) = unread(subject).await {
        return outcome;
    }
    let seen = received(subject).await;
    let undeclared: Vec<_> = pairs(&subject.samples, &seen.samples)
        .into_iter()
        .filter(|(webhook, _)| webhook.undeclared)
        .collect();
    if undeclared.is_empty() {
        return match subject.document().map(|document| {
            document.content.iter().filter(|rule| rule.direction == Direction::Inbound).count()
        }) {
            Some(0 | 1) => Outcome::NotApplicable("the channel has one kind of content".to_owned()),
            _ => {
                Outcome::Skipped("no sample is undeclared; add one of a kind that does not exist".to_owned())
            }
        };
    }
    let lost = undeclared.iter().filter_map(|(webhook, answer)| {
        let is_told = match answer.and_then(|answer| message(answer.as_ref().ok()?)) {
            Some((_, Content::Fallback { text, .. })) => !text.trim().is_empty(),
            _ => false,
        };
        (!is_told).then(|| Finding::new(format!("{}: no fallback that says something", webhook.name)))
    });
    Outcome::of(lost.collect())
}

async fn events_are_whole(subject: &Subject) -> Outcome {
    if let Some(outcome) = unread(subject).await {
        return outcome;
    }
    let seen = received(subject).await;
    let mut found = Vec::new();
    for (webhook, answer) in pairs(&subject.samples, &seen.samples) {
        let mut wrong = |text: &str| found.push(Finding::new(format!("{}: {text}", webhook.name)));
        let outcome = match answer {
            Some(Ok(outcome)) => outcome,
            Some(Err(why)) => {
                wrong(why);
                continue;
            }
            None => {
                wrong("it was not read");
                continue;
            }
        };
        if !outcome.authentic || outcome.status != 200 {
            wrong(&answered(&Ok(outcome.clone())));
        }
        if outcome.events.is_empty() {
            wrong("it brings no event");
        }
        for event in &outcome.events {
            let json = serde_json::to_value(event).unwrap_or_default();
            if event.account.is_empty() || event.dedup_key.is_empty() {
                wrong("an event without account or de-duplication key");
            }
            if json["kind"]["conversation"] == "" || json["kind"]["message"]["id"] == "" {
                wrong("an event with an empty id");
            }
            if let Some(wanted) = &webhook.event
                && json["kind"]["type"] != wanted.as_str()
            {
                wrong(&format!("it comes as {}", json["kind"]["type"]));
            }
            if serde_json::from_value(json).ok().as_ref() != Some(event) {
                wrong("an event that is not read back as it was written");
            }
        }
    }
    Outcome::of(found)
}
