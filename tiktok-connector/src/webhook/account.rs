//! The right to act for an account ends (protocol reference, section 3.7).

use connector_api::{Event, EventKind};

use super::Delivery;
use crate::reading::field;

/// The event of one `authorization.removed`. The token is already dead when it arrives.
pub(super) fn disconnected(delivery: &Delivery<'_>) -> Event {
    let code = field::id(&delivery.envelope.content, "reason").unwrap_or_default();
    let reason = match code.as_str() {
        "1" => "The owner disconnected the app in TikTok.",
        "2" => "The TikTok account was deleted.",
        "3" => "The age of the TikTok account's owner was changed.",
        "4" => "TikTok banned the account.",
        "5" => "The developer of the app gave the permission back.",
        _ => "TikTok does not say why.",
    };
    delivery.event_by_bytes(EventKind::AccountDisconnected { reason: reason.to_owned() })
}
