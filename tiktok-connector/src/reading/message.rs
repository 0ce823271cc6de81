//! Messages: the customer's, and those of the business as TikTok reports them back (protocol reference, sections
//! 4.3, 6.3 and 6.6).

use connector_api::{CardAnswer, ChannelMessage, EchoOrigin, Event, EventKind};
use serde_json::Value;

use super::{
    NotUnderstood, Told, content, field,
    parties::{self, Direction},
    referral,
};

/// The event of one message, the same however it came here.
pub(crate) fn event(told: &Told<'_>) -> Result<Event, NotUnderstood> {
    let payload = told.payload;
    let id = field::id(payload, "message_id").ok_or("no message id")?;
    let conversation = field::id(payload, "conversation_id").ok_or("no conversation id")?;
    let direction = parties::direction(told);
    let contact = parties::contact(told, direction).ok_or("no customer named")?;
    let sent_at = told.at();
    let quotes = field::id_in(payload, "referenced_message_info", "referenced_message_id");
    let dedup_key = format!("message:{id}");
    let message = ChannelMessage::new(id, sent_at, content::read(payload))
        .quoting(quotes)
        .answering(tapped(payload))
        .referred(referral::newest(payload));
    let kind = match direction {
        Direction::Inbound => EventKind::MessageReceived { conversation, contact, message },
        Direction::Echo => {
            let automatic = field::word(payload, "auto_message_type");
            let origin = origin(payload, automatic.is_some());
            let message = message.automatic(automatic);
            EventKind::MessageEchoed { conversation, contact, message, origin }
        }
    };
    Ok(Event::new(told.account, dedup_key, sent_at, kind))
}

/// The card's button that wrote this text.
fn tapped(payload: &Value) -> Option<CardAnswer> {
    let source = payload.get("reply_source_payload")?;
    let message = field::id(source, "reply_source_msg_id");
    let button = field::id(source, "reply_source_unique_id");
    (message.is_some() || button.is_some()).then(|| CardAnswer::new(message, button))
}

/// The surface on which the business wrote (protocol reference, sections 6.3 and 6.6).
fn origin(payload: &Value, is_automatic: bool) -> EchoOrigin {
    if is_automatic {
        return EchoOrigin::Automatic;
    }
    match source(payload).as_str() {
        "API" => EchoOrigin::Api,
        "APP" | "WEB" => EchoOrigin::App,
        _ => EchoOrigin::Unknown,
    }
}

/// TikTok's word for the surface, in upper case.
pub(crate) fn source(payload: &Value) -> String {
    field::id_in(payload, "message_tag", "source").unwrap_or_default().to_ascii_uppercase()
}
