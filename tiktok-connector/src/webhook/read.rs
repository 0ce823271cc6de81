//! The customer has read (protocol reference, section 6.9).

use connector_api::{Event, EventKind};
use serde_json::Value;

use super::Delivery;
use crate::reading::{
    NotUnderstood, field,
    parties::{self, Direction},
};

/// The event of one `im_mark_read_msg`: everything sent up to a moment is read, to the millisecond.
pub(super) fn event(delivery: &Delivery<'_>) -> Result<Event, NotUnderstood> {
    let payload = &delivery.envelope.content;
    if parties::direction(&delivery.told()) == Direction::Echo {
        return Err("read by the business");
    }
    let conversation = field::id(payload, "conversation_id").ok_or("no conversation id")?;
    let read = payload.get("read").unwrap_or(&Value::Null);
    let occurred_at = field::moment(payload, "timestamp");
    let up_to =
        field::moment(read, "last_read_timestamp").or(occurred_at).ok_or("no time up to which was read")?;
    // The time stands first: an id may hold any character.
    let dedup_key = format!("read:{}:{conversation}", up_to.as_millis());
    let kind = EventKind::ConversationRead { conversation, up_to };
    Ok(Event::new(&delivery.envelope.account, dedup_key, delivery.told().at(), kind))
}
