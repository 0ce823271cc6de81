//! The host's operations as TikTok requests: one operation, one request at most.

mod answer;
mod client;
mod codes;
pub(crate) mod consent;
pub(crate) mod grant;
pub(crate) mod probe;
pub(crate) mod profile;
pub(crate) mod send;
mod transport;

pub(crate) use client::Api;

use connector_api::{ConnectorError, ErrorClass, ReasonCode};

/// An access token that no request can be made with. Nothing was sent.
fn unusable_token() -> ConnectorError {
    ConnectorError::new(
        ErrorClass::Invalid,
        ReasonCode::AUTH_EXPIRED,
        "The stored access token cannot be a TikTok token.",
    )
}
