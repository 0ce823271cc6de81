//! Messages: the customer's, and those of the business as TikTok reports them back (protocol reference, sections
//! 6.3 and 6.6).

use connector_api::{ChannelMessage, EchoOrigin, Event, EventKind};
use serde_json::Value;

use super::{
    Delivery, NotUnderstood, content, field,
    parties::{self, Direction},
};

/// The event of one `im_receive_msg` or `im_send_msg`.
pub(super) fn event(delivery: &Delivery<'_>) -> Result<Event, NotUnderstood> {
    let payload = &delivery.envelope.content;
    if !payload.is_object() {
        return Err("the content is not a JSON object");
    }
    // A reaction is no message and opens no reply window (protocol reference, section 8.1).
    if content::kind(payload) == "reaction" {
        return Ok(delivery.notice("reaction"));
    }
    let id = field::id(payload, "message_id").ok_or("no message id")?;
    let conversation = field::id(payload, "conversation_id").ok_or("no conversation id")?;
    let direction = parties::direction(delivery);
    let contact = parties::contact(delivery, direction).ok_or("no customer named")?;
    let sent_at = field::moment(payload, "timestamp").unwrap_or(delivery.happened_at);
    let quotes = field::id_in(payload, "referenced_message_info", "referenced_message_id");
    let dedup_key = format!("message:{id}");
    let message = ChannelMessage::new(id, sent_at, content::read(payload)).quoting(quotes);
    let kind = match direction {
        Direction::Inbound => EventKind::MessageReceived { conversation, contact, message },
        Direction::Echo => {
            EventKind::MessageEchoed { conversation, contact, message, origin: origin(payload) }
        }
    };
    Ok(Event::new(&delivery.envelope.account, dedup_key, sent_at, kind))
}

/// The surface on which the business wrote (protocol reference, sections 6.3 and 6.6).
fn origin(payload: &Value) -> EchoOrigin {
    if field::id(payload, "auto_message_type").is_some() {
        return EchoOrigin::Automatic;
    }
    let source = field::id_in(payload, "message_tag", "source").unwrap_or_default();
    match source.to_ascii_uppercase().as_str() {
        "API" => EchoOrigin::Api,
        "APP" | "WEB" => EchoOrigin::App,
        _ => EchoOrigin::Unknown,
    }
}
