//! Whether logs and errors hold nothing that nobody may see, and are bearable.

use connector_api::{Content, EventKind};

use super::texts;
use crate::{
    Outcome,
    exercise::{called, received},
    subject::Subject,
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "logs.hold-no-secret", 3, "no record holds a secret", "logs are read by many, and shipped elsewhere",
        "keep secrets in Secret, and never log settings, headers or credentials", hold_no_secret;
    "logs.hold-no-message", 3, "no record holds what people wrote",
        "it is theirs", "log ids and lengths", hold_no_message;
    "logs.are-bearable", 3, "one call writes no more than a hundred records",
        "a flood hides what others say", "log once where something changes, and in loops not at all", are_bearable;
    "errors.hold-no-secret", 3, "no error holds a secret or what people wrote",
        "errors are shown to agents and kept with messages",
        "write sentences of your own, and never quote what the platform sends back", errors_hold_no_secret;
];

/// Shorter texts stand everywhere.
const TELLING: usize = 8;

/// Has everything read and called; why nothing can be said of it, where it is so.
async fn unseen(subject: &Subject) -> Option<Outcome> {
    let (read, called) = (received(subject).await, called(subject).await);
    read.unread().or_else(|| called.uncalled())
}

/// What people wrote in the samples, and what is sent.
async fn messages(subject: &Subject) -> Vec<String> {
    let seen = received(subject).await;
    let events = seen.samples.iter().flatten().flat_map(|outcome| &outcome.events);
    let texts = events.filter_map(|event| match &event.kind {
        EventKind::MessageReceived { message, .. } | EventKind::MessageEchoed { message, .. } => {
            match &message.content {
                Content::Text { text } => Some(text.clone()),
                _ => None,
            }
        }
        _ => None,
    });
    texts.chain([subject.samples.outbound.text.clone()]).filter(|text| text.len() >= TELLING).collect()
}

/// Records that hold one of these texts.
async fn holding(subject: &Subject, wanted: &[String], what: &str) -> Outcome {
    if let Some(outcome) = unseen(subject).await {
        return outcome;
    }
    let records = subject.records.since(0);
    let mut holding: Vec<_> =
        records.iter().filter(|record| wanted.iter().any(|text| record.contains(text))).collect();
    holding.dedup();
    let told = holding.iter().take(3).map(|record| {
        let hidden =
            wanted.iter().fold((*record).clone(), |record, text| record.replace(text.as_str(), "[…]"));
        let short: String = hidden.chars().take(200).collect();
        format!("a record holds {what}: {short}")
    });
    texts(&told.collect::<Vec<_>>())
}

async fn hold_no_secret(subject: &Subject) -> Outcome {
    holding(subject, &subject.samples.secret_texts(), "a secret").await
}

async fn hold_no_message(subject: &Subject) -> Outcome {
    let messages = messages(subject).await;
    holding(subject, &messages, "a message").await
}

async fn are_bearable(subject: &Subject) -> Outcome {
    if let Some(outcome) = unseen(subject).await {
        return outcome;
    }
    let floods = [&received(subject).await.floods[..], &called(subject).await.floods[..]].concat();
    texts(
        &floods.iter().take(3).map(|case| format!("{case}: more than a hundred records")).collect::<Vec<_>>(),
    )
}

async fn errors_hold_no_secret(subject: &Subject) -> Outcome {
    if let Some(outcome) = unseen(subject).await {
        return outcome;
    }
    let wanted = [subject.samples.secret_texts(), messages(subject).await].concat();
    let holds = |text: &str| wanted.iter().any(|secret| text.contains(secret.as_str()));
    let mut wrong = Vec::new();
    for (name, answer) in &called(subject).await.answers {
        if let Err(error) = answer
            && holds(&serde_json::to_string(error).unwrap_or_default())
        {
            wrong.push(format!("the error of {name}"));
        }
    }
    for (webhook, outcome) in subject.samples.webhooks.iter().zip(&received(subject).await.samples) {
        if outcome.as_ref().ok().and_then(|outcome| outcome.detail.as_deref()).is_some_and(holds) {
            wrong.push(format!("the detail of {}", webhook.name));
        }
    }
    texts(&wrong)
}
