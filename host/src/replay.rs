//! Raw bodies decoded again, by the connector as it is now.
//!
//! A kept request goes through `receive` as it came, with the time at which it came, so that its signature is verified
//! once more; one that does not verify any more, because the channel's secret was changed, is counted and left alone.
//! What was understood before changes nothing. What is understood only now is told once.

use std::sync::Arc;

use connector_api::{Event, EventKind, Timestamp, WebhookRequest};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    clock::Clock,
    credentials::CredentialError,
    instances::{Instances, Slot},
    seal::{SealError, Sealer},
    store::{Arrival, KeptPayload, KeptRequest, Redecoded, Store},
};

/// Raw bodies that one call decodes again at most.
pub(crate) const AT_ONCE: u32 = 200;

/// What became of raw bodies that were decoded again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Report {
    /// Raw bodies that were looked at.
    pub(crate) payloads: u32,
    /// Events that changed something.
    pub(crate) applied: u32,
    /// Events that were known already.
    pub(crate) known: u32,
    /// Events of accounts that are not connected here.
    pub(crate) unrouted: u32,
    /// Raw bodies that do not verify any more, or of which too little is kept.
    pub(crate) unverified: u32,
    /// Raw bodies of instances that do not run, or whose connector failed.
    pub(crate) failed: u32,
}

impl Report {
    fn add(&mut self, replayed: Redecoded) {
        self.applied += replayed.applied;
        self.known += replayed.known;
        self.unrouted += replayed.unrouted;
    }
}

/// What is kept of a webhook request besides its body.
pub(crate) fn kept(
    sealer: &Sealer,
    instance: &str,
    request: &WebhookRequest,
) -> Result<KeptRequest, CredentialError> {
    let headers = serde_json::to_vec(&request.headers).map_err(|_| SealError::Malformed)?;
    Ok(KeptRequest {
        method: request.method.clone(),
        query: request.query.clone(),
        headers: sealer.seal(&context(instance), &headers)?,
    })
}

/// What sealed headers are bound to.
fn context(instance: &str) -> String {
    format!("webhook headers of {instance}")
}

/// What decodes raw bodies again.
pub(crate) struct Replayer<'a> {
    pub(crate) store: &'a Arc<dyn Store>,
    pub(crate) instances: &'a Instances,
    pub(crate) sealer: Sealer,
    pub(crate) clock: &'a Clock,
}

impl Replayer<'_> {
    /// Decodes these again, in order.
    pub(crate) async fn run(&self, payloads: Vec<KeptPayload>) -> Result<Report, CredentialError> {
        let mut report = Report::default();
        for payload in payloads {
            report.payloads += 1;
            let Some(slot) = self.instances.slot(&payload.instance) else {
                report.failed += 1;
                continue;
            };
            match self.decode(slot, &payload).await {
                Decoded::Events(events) => report.add(self.apply(payload, events).await?),
                Decoded::Unverified => report.unverified += 1,
                Decoded::Failed => report.failed += 1,
            }
        }
        Ok(report)
    }

    async fn decode(&self, slot: &Arc<Slot>, payload: &KeptPayload) -> Decoded {
        let Some(request) = &payload.request else {
            // A poll brought it, and what is kept are the events themselves; older requests are not whole.
            return serde_json::from_slice(&payload.body).map_or(Decoded::Unverified, Decoded::Events);
        };
        let Ok(headers) = self.sealer.open(&context(&payload.instance), &request.headers) else {
            return Decoded::Unverified;
        };
        let Ok(headers) = serde_json::from_slice(headers.expose_secret()) else {
            return Decoded::Unverified;
        };
        let request = WebhookRequest::post(headers, payload.body.clone(), payload.received_at)
            .with_target(&request.method, &request.query);
        match slot.receive(request).await {
            Ok(outcome) if outcome.authentic => Decoded::Events(outcome.events),
            Ok(_) => Decoded::Unverified,
            Err(error) => {
                tracing::warn!(instance = %payload.instance, code = %error.reason, "Raw body not decoded again");
                Decoded::Failed
            }
        }
    }

    async fn apply(
        &self,
        payload: KeptPayload,
        mut events: Vec<Event>,
    ) -> Result<Redecoded, CredentialError> {
        events.iter_mut().for_each(|event| no_later_than(event, payload.received_at));
        let arrival = Arrival {
            instance: payload.instance,
            received_at: self.clock.now(),
            body: Vec::new(),
            request: None,
            stale: false,
            events,
            accounts: Vec::new(),
            polled: None,
        };
        Ok(self.store.replay(arrival).await?)
    }
}

enum Decoded {
    Events(Vec<Event>),
    Unverified,
    Failed,
}

/// A time after the request came is as impossible now as it was then.
fn no_later_than(event: &mut Event, received_at: Timestamp) {
    event.occurred_at = event.occurred_at.min(received_at);
    match &mut event.kind {
        EventKind::MessageReceived { message, .. } | EventKind::MessageEchoed { message, .. } => {
            message.sent_at = message.sent_at.min(received_at);
        }
        EventKind::ConversationRead { up_to, .. } => *up_to = (*up_to).min(received_at),
        _ => {}
    }
}
