//! Somebody in the EEA, Switzerland or the United Kingdom wrote (protocol reference, section 6.7).

use connector_api::{Event, EventKind, ReasonCode, capabilities::Reason};

use super::Delivery;
use crate::reading::field;

/// The event of one `im_receive_msg_eu`, which names neither person nor conversation nor message: its time is all that
/// tells it from another one.
pub(super) fn event(delivery: &Delivery<'_>) -> Event {
    let text = "Somebody in the EEA, Switzerland or the United Kingdom wrote. TikTok passes on neither the message nor \
                who wrote it; both can be seen in the TikTok app.";
    let kind =
        EventKind::MessageWithheld { reason: Reason::permanent(ReasonCode::REGION_PEER_BLOCKED, text) };
    let at = field::moment(&delivery.envelope.content, "timestamp").or(delivery.envelope.created_at);
    match at {
        Some(at) => Event::new(&delivery.envelope.account, format!("withheld:{}", at.as_millis()), at, kind),
        None => delivery.event_by_bytes(kind),
    }
}
