//! What TikTok posts, in the host's terms (protocol reference, sections 5 and 6).
//!
//! Whatever is genuine is answered with 200, understood or not: TikTok would deliver the same again for 72 hours.

mod account;
mod content;
mod envelope;
mod field;
mod handshake;
mod message;
mod parties;
mod read;
mod referral;

use connector_api::{Event, EventKind, Timestamp, Verification, WebhookOutcome, WebhookRequest};
use sha2::{Digest, Sha256};

use crate::{
    settings::Settings,
    signature::{self, Age},
};
use envelope::Envelope;

/// Why a genuine request yields no event. Fixed words, so that nothing of a message gets into a log.
type NotUnderstood = &'static str;

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
    let delivery = Delivery {
        happened_at: envelope.created_at.unwrap_or(request.received_at),
        envelope,
        body: &request.body,
    };
    let event = match delivery.envelope.event.as_str() {
        "im_receive_msg" | "im_send_msg" => message::event(&delivery)?,
        "im_mark_read_msg" => read::event(&delivery)?,
        "im_referral_msg" => referral::event(&delivery).unwrap_or_else(|| delivery.notice("im_referral_msg")),
        "authorization.removed" => account::disconnected(&delivery),
        name => delivery.notice(name),
    };
    Ok(vec![event])
}

/// One genuine request of this app.
struct Delivery<'a> {
    envelope: Envelope,
    /// The envelope's time, or the time of arrival.
    happened_at: Timestamp,
    body: &'a [u8],
}

impl Delivery<'_> {
    /// An event without an id of its own: the same bytes are the same event.
    fn event_by_bytes(&self, kind: EventKind) -> Event {
        let key = format!("bytes:{}", hex::encode(Sha256::digest(self.body)));
        Event::new(&self.envelope.account, key, self.happened_at, kind)
    }

    /// Something that the inbox does not show.
    fn notice(&self, name: &str) -> Event {
        let name = field::open_id(name).to_owned();
        self.event_by_bytes(EventKind::Notice { name })
    }
}
