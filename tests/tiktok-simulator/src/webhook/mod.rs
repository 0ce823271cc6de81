//! Webhook events: their payloads, their signatures and their delivery
//! (protocol reference, sections 5 and 6).

mod attempt;
mod body;
pub(crate) mod content;
mod delivery;
mod dispatch;
mod lanes;

pub(crate) use attempt::{Clients, clients};
pub(crate) use dispatch::{dispatch, redeliver, release};
pub(crate) use lanes::Lanes;

use serde_json::Value;
use url::Url;

use crate::error::SimulatorError;

/// An event to be posted.
#[derive(Debug)]
pub(crate) struct NewEvent {
    /// The webhook category, which decides the callback URL.
    pub(crate) category: String,
    /// The event's name.
    pub(crate) event: String,
    /// The business account it concerns.
    pub(crate) business_id: String,
    /// Events of one lane are first posted in order.
    pub(crate) lane: String,
    /// The payload before it becomes a string.
    pub(crate) content: Value,
}

/// Accepts https, and plain http on loopback, which real registration would refuse
/// (protocol reference, section 13, item 16).
pub(crate) fn check_callback_url(text: &str) -> Result<(), SimulatorError> {
    let usable = Url::parse(text).is_ok_and(|url| url.scheme() == "https" || is_local_http(&url));
    if usable { Ok(()) } else { Err(SimulatorError::CallbackUrl(text.to_owned())) }
}

/// Whether this is plain http on the local machine.
pub(crate) fn is_local_http(url: &Url) -> bool {
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    local && url.scheme() == "http"
}
