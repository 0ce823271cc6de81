//! What TikTok posts, in the host's terms (protocol reference, sections 5 and 6).
//!
//! Whatever is genuine is answered with 200, understood or not: TikTok would deliver the same again for 72 hours.

mod account;
mod automatic;
mod comment;
mod envelope;
mod handshake;
mod message;
mod read;
mod referral;
mod withheld;

use connector_api::{Event, EventKind, Timestamp, Verification, WebhookOutcome, WebhookRequest};
use sha2::{Digest, Sha256};

use crate::{
    reading::{NotUnderstood, Told, field, parties::Direction},
    settings::Settings,
    signature::{self, Age},
};
use envelope::Envelope;

/// Verifies and normalises one request.
pub(crate) fn receive(settings: &Settings, request: &WebhookRequest) -> WebhookOutcome {
    match request.method.as_str() {
        "POST" => {}
        "GET" => return handshake::answer(&request.query),
        _ => return WebhookOutcome::rejected(405, "method not allowed"),
    }
    let verified = match request.verification() {
        Verification::Skipped => Ok(Age::Fresh),
        _ => signature::verify(settings, request),
    };
    match verified {
        Ok(age) => understood(settings, request).stale(age == Age::Stale),
        Err(refusal) => {
            let trace = request.header("x-tt-logid").unwrap_or_default();
            let trace: String = trace.chars().take(100).collect();
            tracing::warn!(reason = refusal.detail(), x_tt_logid = ?trace, "Refused a webhook request");
            WebhookOutcome::rejected(refusal.status(), refusal.detail())
        }
    }
}

fn understood(settings: &Settings, request: &WebhookRequest) -> WebhookOutcome {
    match events(settings, request) {
        Ok(events) => WebhookOutcome::accepted(events),
        Err(why) => WebhookOutcome::accepted(Vec::new()).because(why),
    }
}

fn events(settings: &Settings, request: &WebhookRequest) -> Result<Vec<Event>, NotUnderstood> {
    let app_id = (request.verification() == Verification::Full).then_some(&*settings.app_id);
    let envelope = Envelope::read(&request.body, app_id)?;
    let delivery = Delivery { envelope, arrived_at: request.received_at, body: &request.body };
    let one = |event: Option<Event>| event.map(|event| vec![event]);
    let name = delivery.envelope.event.as_str();
    let events = match name {
        "im_receive_msg" | "im_send_msg" => Some(message::events(&delivery)?),
        "im_mark_read_msg" => Some(vec![read::event(&delivery)?]),
        "im_receive_msg_eu" => one(Some(withheld::event(&delivery))),
        "im_referral_msg" => referral::events(&delivery),
        "im_auto_message_config_update" => one(automatic::changed(&delivery)),
        "im_auto_message_audit_update" => one(automatic::reviewed(&delivery)),
        "im_receive_high_intent_comment" => one(comment::answerable(&delivery)),
        "comment.update" => one(comment::updated(&delivery)),
        "authorization.removed" => one(Some(account::disconnected(&delivery))),
        _ => None,
    };
    Ok(events.unwrap_or_else(|| vec![delivery.notice(name)]))
}

/// One genuine request of this app.
struct Delivery<'a> {
    envelope: Envelope,
    arrived_at: Timestamp,
    body: &'a [u8],
}

impl Delivery<'_> {
    /// Its payload, as everything reads it.
    fn told(&self) -> Told<'_> {
        let is_echo = self.envelope.event == "im_send_msg";
        Told {
            account: &self.envelope.account,
            payload: &self.envelope.content,
            otherwise: if is_echo { Direction::Echo } else { Direction::Inbound },
            around_at: self.envelope.created_at,
            arrived_at: self.arrived_at,
            otherwise_customer: None,
        }
    }

    /// An event without an id of its own: the same bytes are the same event.
    fn event_by_bytes(&self, kind: EventKind) -> Event {
        let key = format!("bytes:{}", hex::encode(Sha256::digest(self.body)));
        let at = self.envelope.created_at.unwrap_or(self.arrived_at);
        Event::new(&self.envelope.account, key, at, kind)
    }

    /// Something that the inbox does not show.
    fn notice(&self, name: &str) -> Event {
        let name = field::open_id(name).to_owned();
        self.event_by_bytes(EventKind::Notice { name })
    }
}
