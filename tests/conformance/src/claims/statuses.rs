//! Which signals there are about a message that was sent.

use connector_api::{
    CapabilityDocument, ChannelConnector, Content, ErrorClass, Event, EventKind, SendRequest,
    capabilities::document::{Direction, Signal},
};
use serde_json::json;

use super::{Looked, not_applicable};
use crate::{Finding, platform::FakePlatform, subject::Subject};

pub(super) const ID: &str = "statuses.as-declared";

/// The signals that were waited for, and whether they came.
#[derive(Debug, Default)]
pub(crate) struct Seen(Vec<(Signal, bool)>);

pub(super) async fn look(
    _: &Subject,
    platform: &FakePlatform,
    document: &CapabilityDocument,
) -> Looked<Seen> {
    if document.statuses.is_empty() {
        return not_applicable("the document declares no statuses");
    }
    let is_named = |signal| document.statuses.iter().any(|rule| rule.signal == signal);
    let mut seen = Seen::default();
    let conversation = platform.conversation("statuses").await?;
    platform.paced().await;
    let send = |text: String| {
        let conversation = conversation.clone();
        async move {
            let request =
                SendRequest::new(platform.account().await, conversation, Content::text(text), "message-1");
            platform.instance.send(request).await
        }
    };
    let receipt = send("conformance".to_owned()).await.map_err(|error| error.to_string())?;
    seen.0.push((Signal::AcceptedResponse, receipt.message_id.is_some()));
    if is_named(Signal::Echo) {
        let is_echo = |event: &Event| match &event.kind {
            EventKind::MessageEchoed { message, .. } => Some(&message.id) == receipt.message_id.as_ref(),
            _ => false,
        };
        seen.0.push((Signal::Echo, platform.arrives("an echo", is_echo).await.is_ok()));
    }
    if is_named(Signal::ReadReceipt) {
        platform.control("customer/reads", &json!({"customer": "statuses"})).await?;
        let is_mark = |event: &Event| match &event.kind {
            EventKind::ConversationRead { conversation: place, .. } => *place == conversation,
            _ => false,
        };
        seen.0.push((Signal::ReadReceipt, platform.arrives("a read receipt", is_mark).await.is_ok()));
    }
    let limit = document.content_rule(Direction::Outbound, "text").and_then(|rule| rule.limits.text);
    if let Some(most) = limit.and_then(|limit| limit.max.number()).filter(|_| is_named(Signal::Refusal)) {
        let text = "a".repeat(usize::try_from(most.min(1 << 20)).unwrap_or_default() + 1);
        platform.paced().await;
        let refused = platform.provoking(send(text)).await?;
        let is_refused = refused.is_err_and(|error| error.class == ErrorClass::Refused);
        seen.0.push((Signal::Refusal, is_refused));
    }
    Ok(seen)
}

pub(super) fn against(document: &CapabilityDocument, seen: &Seen) -> Vec<Finding> {
    let rules = document.statuses.iter().enumerate();
    let wrong = rules.filter_map(|(index, rule)| {
        let (_, came) = seen.0.iter().find(|(signal, _)| *signal == rule.signal)?;
        (*came != rule.available).then(|| {
            let text =
                format!("{}: its signal {}", rule.state, if *came { "comes" } else { "does not come" });
            Finding::of_leaf(format!("/statuses/{index}/available"), text)
        })
    });
    wrong.collect()
}
