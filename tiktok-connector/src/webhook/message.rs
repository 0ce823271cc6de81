//! What is written into a conversation: messages, and reactions to them (protocol reference, sections 6.3 to 6.6).

use connector_api::Event;

use super::Delivery;
use crate::reading::{NotUnderstood, content, field, message, reaction};

/// The events of one `im_receive_msg` or `im_send_msg`.
pub(super) fn events(delivery: &Delivery<'_>) -> Result<Vec<Event>, NotUnderstood> {
    let payload = &delivery.envelope.content;
    if !payload.is_object() {
        return Err("the content is not a JSON object");
    }
    // A reaction is no message and opens no reply window (protocol reference, section 8.1).
    if content::kind(payload) == "reaction" {
        return Ok(reactions(delivery));
    }
    message::event(&delivery.told()).map(|event| vec![event])
}

/// One event for each reaction, and a notice where one was not understood.
fn reactions(delivery: &Delivery<'_>) -> Vec<Event> {
    let payload = &delivery.envelope.content;
    let conversation = field::id(payload, "conversation_id");
    let items = field::items(payload, "reaction");
    let event = |item| {
        let message = field::id(item, "original_msg_id")?;
        reaction::event(&delivery.told(), conversation.as_deref()?, &message, item)
    };
    let mut events: Vec<Event> = items.iter().filter_map(event).collect();
    if events.len() < items.len() || items.is_empty() {
        events.push(delivery.notice("reaction"));
    }
    events
}
