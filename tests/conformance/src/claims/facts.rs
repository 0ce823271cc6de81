//! What probes settle, and what is told about people.

use std::collections::BTreeSet;

use connector_api::{CapabilityDocument, ChannelConnector, Event, ProbeRequest};
use serde_json::Value;

use super::{Looked, not_applicable};
use crate::{
    Finding,
    platform::{FakePlatform, conversation_of, told},
    subject::Subject,
};

pub(super) const ID: &str = "facts.as-declared";

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Every claim that a probe settled.
    settled: BTreeSet<String>,
    /// Whether a customer had the same id twice, under another name the second time.
    is_stable: bool,
}

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    if document.probes.is_empty() && document.identity.stable_peer_id.is_none() {
        return not_applicable("the document declares no probes, and nothing of people's ids");
    }
    let person = |event: &Event| told(event)["contact"]["id"].clone();
    let first = platform.says("facts", "hello").await?;
    let renamed = serde_json::json!({"customer": "facts", "username": "renamed", "display_name": "Renamed"});
    platform.control("customer/profile", &renamed).await?;
    let second = platform.says("facts", "hello again").await?;
    let is_stable = person(&first) == person(&second) && person(&first) != Value::Null;
    let mut settled = BTreeSet::new();
    for probe in &document.probes {
        platform.paced().await;
        let request = ProbeRequest::new(platform.account().await, probe.answers.clone());
        let answer = platform.instance.probe(request.with_conversation(conversation_of(&first))).await;
        settled.extend(answer.map_err(|error| error.to_string())?.facts.into_keys());
    }
    Ok(Seen { settled, is_stable })
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, probe) in document.probes.iter().enumerate() {
        let unsettled = probe.answers.iter().enumerate().filter(|(_, claim)| !seen.settled.contains(*claim));
        found.extend(unsettled.map(|(place, claim)| {
            Finding::of_leaf(format!("/probes/{index}/answers/{place}"), format!("no probe settles {claim}"))
        }));
    }
    if document.identity.stable_peer_id.is_some_and(|declared| declared != seen.is_stable) {
        let text = match seen.is_stable {
            true => "a customer keeps the id, under another name, too",
            false => "a customer has another id under another name",
        };
        found.push(Finding::of_leaf("/identity/stable_peer_id", text));
    }
    found
}
