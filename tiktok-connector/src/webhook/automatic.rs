//! Messages that TikTok sends by itself are changed or reviewed (protocol reference, section 6.10).

use connector_api::{Event, EventKind};

use super::Delivery;
use crate::reading::{field, key};

/// The event of one `im_auto_message_config_update`.
pub(super) fn changed(delivery: &Delivery<'_>) -> Option<Event> {
    let change = match field::word(&delivery.envelope.content, "auto_message_action")?.as_str() {
        "create" => "created",
        "update" => "updated",
        "delete" => "deleted",
        "enable" => "enabled",
        "disable" => "disabled",
        _ => return None,
    };
    event(delivery, change)
}

/// The event of one `im_auto_message_audit_update`.
pub(super) fn reviewed(delivery: &Delivery<'_>) -> Option<Event> {
    let change = match field::word(&delivery.envelope.content, "audit_status")?.as_str() {
        "approved" => "approved",
        "rejected" => "rejected",
        _ => return None,
    };
    event(delivery, change)
}

fn event(delivery: &Delivery<'_>, change: &str) -> Option<Event> {
    let content = &delivery.envelope.content;
    let id = field::id(content, "auto_message_id")?;
    let kind = field::word(content, "auto_message_type")?;
    let told = delivery.told();
    let dedup_key = key("automatic", &[&id, change, &told.mark()]);
    let change = change.to_owned();
    let kind = EventKind::AutomaticMessageChanged { kind, id, change };
    Some(Event::new(told.account, dedup_key, told.at(), kind))
}
