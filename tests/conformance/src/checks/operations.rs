//! Whether the connector offers what its document declares, and nothing else.

use connector_api::{
    CapabilityDocument, ChannelConnector, ConnectorError, ErrorClass, ReasonCode, SendRequest, Signal,
    SignalRequest, capabilities::document::Direction, operation as op, operation::Operation,
};
use serde_json::Value;

use crate::{
    Finding, Outcome,
    declared::{Declared, declared, goes_out},
    exercise::{Called, called},
    leaf::path_of,
    requests::content,
    subject::{Subject, end},
    suite::{Check, table},
};

pub(crate) static CHECKS: &[Check] = table![
    "operations.declared-are-offered", 3, "no operation that the document declares answers unsupported",
        "a button is shown for it", "implement the operation, or take it out of the document", declared_are_offered;
    "operations.undeclared-are-unsupported", 3, "every operation that the document does not declare answers unsupported",
        "nobody is told that it is there, and \"not supported\" must never be a success",
        "declare it, or leave the method out", undeclared_are_unsupported;
    "kinds.declared-are-offered", 3, "no kind that is declared to go out answers unsupported",
        "a verdict has allowed it", "send it, or take the rule out of the document", kinds_declared_are_offered;
    "kinds.undeclared-are-unsupported", 3, "every kind that is not declared to go out answers unsupported",
        "\"not supported\" must never be a success", "answer ConnectorError::unsupported_content", kinds_undeclared;
];

/// A kind that no platform has.
const MADE_UP: &str = "conformance_kind";

/// What the connector answered, to hold documents against.
pub(crate) struct Answered {
    pub(crate) operations: Vec<(String, bool)>,
    pub(crate) kinds: Vec<(String, bool)>,
    /// Typing and read marks.
    pub(crate) signals: Vec<(&'static str, bool)>,
}

pub(crate) async fn answered(
    subject: &Subject,
    document: &CapabilityDocument,
) -> Result<Answered, ConnectorError> {
    let seen = called(subject).await;
    let instance = subject.start().await?;
    let is_offered = |answer: &Result<Value, ConnectorError>| !Called::is_unsupported(answer);
    let operations =
        seen.answers.iter().map(|(name, answer)| ((*name).to_owned(), is_offered(answer))).collect();
    let mut kinds = Vec::new();
    let outbound = document.content.iter().filter(|rule| rule.direction == Direction::Outbound);
    for kind in outbound.map(|rule| rule.kind.as_str()).chain([MADE_UP]) {
        let (samples, content) = (&subject.samples, content(kind, &subject.samples.outbound.text));
        let request =
            SendRequest::new(samples.account(), &samples.outbound.conversation, content, "message-1");
        let refused = instance.send(request).await.err().is_some_and(|error| {
            error.class == ErrorClass::Unsupported || error.reason == ReasonCode::CONTENT_KIND_UNSUPPORTED
        });
        kinds.push((kind.to_owned(), !refused));
    }
    let mut signals = Vec::new();
    for (name, signal) in [("typing", Signal::Typing), ("mark_read", Signal::MarkRead)] {
        let request =
            SignalRequest::new(subject.samples.account(), &subject.samples.outbound.conversation, signal);
        let error = instance.signal(request).await.err();
        signals.push((name, error.is_none_or(|error| error.class != ErrorClass::Unsupported)));
    }
    end(&instance).await;
    Ok(Answered { operations, kinds, signals })
}

/// Operations whose answer contradicts the document; `offered` says which of the two contradictions.
pub(crate) fn operations_against(
    document: &CapabilityDocument,
    json: &Value,
    answered: &Answered,
    offered: bool,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, is_offered) in answered.operations.iter().filter(|(_, is_offered)| *is_offered == offered) {
        let leaf = match (declared(document, name), is_offered) {
            (Declared::Yes(leaf), false) | (Declared::No(leaf), true) if *name != op::Signal::NAME => leaf,
            _ => continue,
        };
        let path = path_of(json, &leaf);
        let text = match offered {
            true => format!("{name} is offered, and {path} does not declare it"),
            false => format!("{name} answers unsupported, and {path} declares it"),
        };
        found.push(Finding::of_leaf(leaf, text));
    }
    for (name, is_offered) in answered.signals.iter().filter(|(_, is_offered)| *is_offered == offered) {
        let rule = document.operation(name);
        let native =
            rule.is_some_and(|rule| rule.support == connector_api::capabilities::document::Support::Native);
        if native != *is_offered {
            let leaf = format!("/operations/{name}/support");
            let text = format!(
                "{name} {}, against operations.{name}.support",
                if offered { "is offered" } else { "answers unsupported" }
            );
            found.push(Finding::of_leaf(leaf, text));
        }
    }
    found
}

/// Kinds whose answer contradicts the document.
pub(crate) fn kinds_against(
    document: &CapabilityDocument,
    json: &Value,
    answered: &Answered,
    offered: bool,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (kind, is_offered) in answered.kinds.iter().filter(|(_, is_offered)| *is_offered == offered) {
        let mut rules =
            document.content.iter().enumerate().filter(|(_, rule)| rule.direction == Direction::Outbound);
        let rule = rules.find(|(_, rule)| rule.kind == *kind);
        if rule.is_some_and(|(_, rule)| goes_out(rule)) == *is_offered {
            continue;
        }
        let leaf =
            rule.map_or_else(|| "/content".to_owned(), |(index, _)| format!("/content/{index}/support"));
        let path = path_of(json, &leaf);
        let text = match offered {
            true => format!("{kind} is sent, and {path} does not declare it"),
            false => format!("{kind} answers unsupported, and {path} declares it"),
        };
        found.push(Finding::of_leaf(leaf, text));
    }
    // What is declared and was never tried is no kind of the connector.
    let untried = document
        .content
        .iter()
        .enumerate()
        .filter(|(_, rule)| goes_out(rule) && answered.kinds.iter().all(|(kind, _)| *kind != rule.kind));
    if !offered {
        found.extend(untried.map(|(index, rule)| {
            let leaf = format!("/content/{index}/kind");
            Finding::of_leaf(leaf.clone(), format!("{}: nobody sends {}", path_of(json, &leaf), rule.kind))
        }));
    }
    found
}

type Against = fn(&CapabilityDocument, &Value, &Answered, bool) -> Vec<Finding>;

async fn held(subject: &Subject, against: Against, offered: bool) -> Outcome {
    let Some(document) = subject.document() else { return Outcome::Skipped("no document".to_owned()) };
    if !called(subject).await.incidents.is_empty() {
        return Outcome::Skipped("operations do harm; see calls.*".to_owned());
    }
    match answered(subject, &document).await {
        Ok(answered) => Outcome::of(against(&document, &subject.json, &answered, offered)),
        Err(error) => Outcome::Skipped(subject.why_not_started(&error)),
    }
}

async fn declared_are_offered(subject: &Subject) -> Outcome {
    held(subject, operations_against, false).await
}

async fn undeclared_are_unsupported(subject: &Subject) -> Outcome {
    held(subject, operations_against, true).await
}

async fn kinds_declared_are_offered(subject: &Subject) -> Outcome {
    held(subject, kinds_against, false).await
}

async fn kinds_undeclared(subject: &Subject) -> Outcome {
    held(subject, kinds_against, true).await
}
