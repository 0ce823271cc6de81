//! A customer comes by an ad or a link (protocol reference, section 6.8).

use connector_api::{Event, EventKind, Referral, Timestamp};

use super::Delivery;
use crate::reading::{
    field, key,
    parties::{self, Direction},
    referral,
};

/// The events of one `im_referral_msg`, one for each way that it tells of; none where it does not say who came.
pub(super) fn events(delivery: &Delivery<'_>) -> Option<Vec<Event>> {
    let told = delivery.told();
    let conversation = field::id(told.payload, "conversation_id")?;
    let contact = parties::contact(&told, Direction::Inbound)?;
    let mut ways = referral::all(told.payload);
    // Of a single way the event's own time counts; of several each has its own.
    if let [(_, at)] = ways.as_mut_slice() {
        *at = None;
    }
    if ways.is_empty() {
        ways.push((Referral::new("unknown"), None));
    }
    let event = |(referral, at): (Referral, Option<Timestamp>)| {
        let mark = at.map_or_else(|| told.mark(), |at| at.as_millis().to_string());
        let at = at.unwrap_or_else(|| told.at());
        let named = referral.ad_id.as_deref().or(referral.reference.as_deref()).unwrap_or_default();
        let dedup_key = key("referral", &[&conversation, &mark, named]);
        let (conversation, contact) = (conversation.clone(), contact.clone());
        let kind = EventKind::CustomerReferred { conversation, contact, referral };
        Event::new(told.account, dedup_key, at, kind)
    };
    Some(ways.into_iter().map(event).collect())
}
