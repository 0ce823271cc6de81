//! Whether one request is read with the library alone, as `jackfield connectors decode` does.

use connector_api::{CapabilityDocument, EventKind, Verification, WebhookOutcome};
use serde_json::{Map, Value};

use crate::{
    Finding, Outcome, Samples,
    checks::texts,
    exercise::received,
    subject::{Subject, WITHIN, end, receive},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "decoding.as-declared", 3, "the header and the setting that the document names are those that requests are signed with",
        "a tool asks a person for exactly these", "mend the leaf, or \"signing\" of the samples", as_declared;
    "decoding.reads-alone", 3, "with stand-ins for settings a request says what it says to an instance",
        "people look at a request that went wrong, without a host", "let receive need no setting but the secret", reads_alone;
];

async fn as_declared(subject: &Subject) -> Outcome {
    match subject.document() {
        Some(document) if document.delivery.decoding.is_none() => undeclared(),
        Some(_) if subject.without_webhooks().is_some() => {
            subject.without_webhooks().unwrap_or_else(undeclared)
        }
        Some(document) => Outcome::of(against(&document, &subject.samples)),
        None => Outcome::Skipped("no document".to_owned()),
    }
}

fn undeclared() -> Outcome {
    Outcome::NotApplicable("the document does not say how one request is read".to_owned())
}

/// What the document and the samples say differently of the signature.
pub(crate) fn against(document: &CapabilityDocument, samples: &Samples) -> Vec<Finding> {
    let Some(decoding) = &document.delivery.decoding else { return Vec::new() };
    let signing = samples.signing.as_ref();
    let header = signing.map(|signing| signing.header.as_str());
    let mut found = Vec::new();
    let named = decoding.signature_header.as_deref();
    if !named.unwrap_or_default().eq_ignore_ascii_case(header.unwrap_or_default()) {
        let words =
            |header: Option<&str>| header.map_or("no header".to_owned(), |name| format!("the header {name}"));
        let text =
            format!("the samples are signed in {}, and the document names {}", words(header), words(named));
        found.push(Finding::of_leaf("/delivery/decoding/signature_header", text));
    }
    let named = decoding.secret.as_deref();
    if !signing.map_or(named.is_none(), |signing| named.is_some_and(|named| signing.uses(named))) {
        let text = match named {
            Some(name) => {
                format!("the samples are not signed with the setting {name}, which the document names")
            }
            None => "the samples are signed, and the document names no setting with the secret".to_owned(),
        };
        found.push(Finding::of_leaf("/delivery/decoding/secret", text));
    }
    found
}

async fn reads_alone(subject: &Subject) -> Outcome {
    let Some(document) = subject.document() else { return Outcome::Skipped("no document".to_owned()) };
    let Some(decoding) = &document.delivery.decoding else { return undeclared() };
    let seen = received(subject).await;
    if let Some(outcome) = subject.without_webhooks().or_else(|| seen.not_whole()) {
        return outcome;
    }
    let mut settings: Map<String, Value> =
        decoding.settings.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    if let Some((name, secret)) =
        decoding.secret.as_ref().and_then(|name| subject.samples.settings.get_key_value(name))
    {
        settings.insert(name.clone(), secret.clone());
    }
    let instance = match subject.start_with(settings.into(), WITHIN).await {
        Ok(instance) => instance,
        Err(error) => return texts(&[format!("with the stand-ins no instance starts: {error}")]),
    };
    let mut wrong = Vec::new();
    for (webhook, outcome) in subject.samples.webhooks.iter().zip(&seen.samples) {
        let request = subject.samples.request(webhook, subject.samples.body(webhook));
        let alone = receive(&instance, request.verified(Verification::Signature)).await;
        if alone.ok().as_ref().map(kinds) != outcome.as_ref().ok().map(kinds) {
            wrong.push(format!("{} says something else", webhook.name));
        }
    }
    end(&instance).await;
    texts(&wrong)
}

/// What an outcome tells, whoever the account is: that may be a setting.
fn kinds(outcome: &WebhookOutcome) -> Vec<EventKind> {
    outcome.events.iter().map(|event| event.kind.clone()).collect()
}
