//! The host's operations as TikTok requests: one operation, one request at most.

mod answer;
pub(crate) mod automatic;
pub(crate) mod callback;
mod client;
mod codes;
pub(crate) mod comment;
pub(crate) mod consent;
mod download;
pub(crate) mod entry;
pub(crate) mod grant;
pub(crate) mod history;
pub(crate) mod inspection;
pub(crate) mod media;
pub(crate) mod people;
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
