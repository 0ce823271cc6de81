//! What can go wrong when driving the simulator.

use std::net::SocketAddr;
use std::time::Duration;

/// A failure of the simulator itself or of a request to steer it, never an answer of the
/// simulated API.
#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    /// The control API has no password, so only loopback addresses are served.
    #[error("{0} is not a loopback address; the simulator only serves the local machine")]
    NotLoopback(SocketAddr),
    /// A simulator without an account has nobody to consent.
    #[error("the configuration names no business account")]
    NoAccount,
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The client that posts webhooks could not be built.
    #[error("cannot build the webhook client")]
    WebhookClient(#[from] reqwest::Error),
    /// A callback URL is neither https nor plain http on loopback.
    #[error("{0:?} is not a usable callback URL: https, or http on loopback, is needed")]
    CallbackUrl(String),
    /// No account has this `business_id`.
    #[error("there is no business account {0:?}")]
    UnknownBusiness(String),
    /// No app has this id.
    #[error("there is no app {0:?}")]
    UnknownApp(String),
    /// No message of the conversation has this id.
    #[error("there is no message {0:?} in this conversation")]
    UnknownMessage(String),
    /// The message has no such button.
    #[error("the message has no button {0:?}")]
    UnknownButton(String),
    /// No suggested question that is approved and switched on has this text.
    #[error("{0:?} is no suggested question that is approved and switched on")]
    UnknownQuestion(String),
    /// No auto message has this id.
    #[error("there is no auto message {0:?}")]
    UnknownAutoMessage(String),
    /// Bytes are neither JPG nor PNG, or cannot be decoded.
    #[error("the file is no JPG, PNG or MP4 in Base64")]
    UnusableFile,
    /// No conversation has this id, or it belongs to another customer.
    #[error("there is no conversation {0:?} with this customer")]
    UnknownConversation(String),
    /// A customer cannot read a conversation without messages.
    #[error("{0:?} has no message to read")]
    NothingToRead(String),
    /// No webhook event has this id.
    #[error("there is no event {0:?}")]
    UnknownEvent(String),
    /// A webhook event ended without being accepted.
    #[error("event {event_id:?} was not delivered: {outcome}")]
    NotDelivered {
        /// The event.
        event_id: String,
        /// How it ended.
        outcome: &'static str,
    },
    /// What was waited for did not happen in time.
    #[error("no {what} within {timeout:?}")]
    Timeout {
        /// What was waited for.
        what: &'static str,
        /// How long.
        timeout: Duration,
    },
}
