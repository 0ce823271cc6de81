//! A customer comes by an ad or a link (protocol reference, section 6.8).

use connector_api::{Event, EventKind, Referral};
use serde_json::Value;

use super::{
    Delivery, field,
    parties::{self, Direction},
};

/// The event of one `im_referral_msg`; `None` where it does not say who came.
pub(super) fn event(delivery: &Delivery<'_>) -> Option<Event> {
    let payload = &delivery.envelope.content;
    let conversation = field::id(payload, "conversation_id")?;
    let contact = parties::contact(delivery, Direction::Inbound)?;
    let at = field::moment(payload, "timestamp").unwrap_or(delivery.happened_at);
    let referral = referral(payload.get("referral").unwrap_or(&Value::Null));
    let named = referral.ad_id.as_deref().or(referral.reference.as_deref()).unwrap_or_default();
    let dedup_key = format!("referral:{conversation}:{}:{named}", at.as_millis());
    let kind = EventKind::CustomerReferred { conversation, contact, referral };
    Some(Event::new(&delivery.envelope.account, dedup_key, at, kind))
}

fn referral(told: &Value) -> Referral {
    let (ad, link) = (newest(told, "ad"), newest(told, "short_link"));
    let source = match (field::id(told, "source"), ad.is_null(), link.is_null()) {
        (Some(source), ..) => field::open_id(&source).to_ascii_lowercase(),
        (None, false, _) => "ad".to_owned(),
        (None, true, false) => "short_link".to_owned(),
        (None, true, true) => "unknown".to_owned(),
    };
    Referral::new(source)
        .with_ad(field::id(ad, "ad_id"), field::id(ad, "ad_name"), field::id(ad, "advertiser_id"))
        .with_url(field::url(ad, "embed_url"))
        .with_reference(field::id(link, "ref"))
}

/// An object, or the last one of an array: both occur.
fn newest<'a>(told: &'a Value, name: &str) -> &'a Value {
    let found = told.get(name).unwrap_or(&Value::Null);
    found.as_array().map_or(found, |all| all.last().unwrap_or(&Value::Null))
}
