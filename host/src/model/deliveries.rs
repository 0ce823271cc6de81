//! Webhook endpoints, and deliveries to them.

use connector_api::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountId, DeliveryId, EndpointId, InboxEvent, InboxEventKind};

/// Where events are delivered, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The host's id.
    pub id: EndpointId,
    /// Where.
    pub url: String,
    /// For people.
    pub description: String,
    /// Only events of these kinds; empty: of every kind.
    pub kinds: Vec<InboxEventKind>,
    /// Only events of these accounts; empty: of every account, and of none.
    pub accounts: Vec<AccountId>,
    /// Whether anything is delivered.
    pub enabled: bool,
    /// Why the host disabled it; `None` where a person did.
    pub disabled_because: Option<DisabledBecause>,
    /// Until then the secret before the present one signs as well.
    pub previous_secret_until: Option<Timestamp>,
    /// Since when every attempt has failed; `None` where the newest succeeded.
    pub failing_since: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Endpoint {
    /// Whether it is told of the event.
    #[must_use]
    pub fn wants(&self, event: &InboxEvent) -> bool {
        let kind = self.kinds.is_empty() || self.kinds.contains(&event.kind);
        let account =
            self.accounts.is_empty() || event.account.is_some_and(|account| self.accounts.contains(&account));
        kind && account
    }
}

/// Why the host disabled an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisabledBecause {
    /// It answered 410: it wants nothing any more.
    Gone,
    /// Every attempt failed for days.
    Failing,
}

/// One event on its way to one endpoint, or there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The host's id.
    pub id: DeliveryId,
    /// Where to.
    pub endpoint: EndpointId,
    /// The event; `None` for a test.
    pub sequence: Option<i64>,
    /// The event's kind, as in its payload.
    pub kind: String,
    /// How far it is.
    pub state: DeliveryState,
    /// Attempts since it began.
    pub attempts: u32,
    /// When the event's turn came first.
    pub created_at: Timestamp,
    /// When it began, or was begun again by a replay: its time limit counts from then.
    pub began_at: Timestamp,
    /// When it is tried next, while it is pending.
    pub next_at: Option<Timestamp>,
    /// Every attempt, also those before a replay.
    pub history: Vec<Attempt>,
}

impl Delivery {
    /// What the receiver tells repetitions by: the same for every attempt and every replay.
    #[must_use]
    pub fn webhook_id(&self) -> String {
        match self.sequence {
            Some(sequence) => format!("msg_{}_{sequence}", self.endpoint.0.simple()),
            None => format!("msg_{}", self.id.0.simple()),
        }
    }
}

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried, or tried again.
    Pending,
    /// The endpoint answered 2xx.
    Delivered,
    /// It was given up: a dead letter, which a person may replay.
    Dead,
}

/// One try at a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub duration_ms: u32,
    /// What the endpoint answered, where it did.
    pub status_code: Option<u16>,
    /// What went wrong; `None` after a success.
    pub error: Option<AttemptError>,
}

/// What went wrong in an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttemptError {
    /// The answer was no success.
    Status,
    /// The answer was a redirection; none is followed.
    Redirect,
    /// No answer in time.
    Timeout,
    /// No connection, or no TLS.
    Connect,
    /// The connection broke.
    Broken,
    /// The host's name was not found.
    NameUnknown,
    /// The URL, or an address of its host, is none that this host delivers to.
    AddressForbidden,
    /// The endpoint's secret cannot be opened with the configured keys.
    SecretUnreadable,
    /// The event was forgotten before it could be delivered.
    EventForgotten,
}
