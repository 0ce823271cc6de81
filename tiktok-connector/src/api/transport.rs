//! What it means when no answer of the API came back (protocol reference, sections 2.2 and 12.3).
//!
//! A request that cannot have reached TikTok is [`ErrorClass::Unavailable`]; everything else may have happened. Reads
//! and OAuth calls get the same careful class: the caller knows which of them it may repeat.

use std::error::Error;

use connector_api::{ConnectorError, ErrorClass, PlatformError, ReasonCode};
use reqwest::StatusCode;

/// The request failed on its way there or back.
pub(super) fn error(error: &reqwest::Error) -> ConnectorError {
    if error.is_connect() {
        let message = format!("TikTok could not be reached: {}.", root_cause(error));
        return ConnectorError::new(ErrorClass::Unavailable, ReasonCode::PLATFORM_UNAVAILABLE, message);
    }
    if error.is_builder() {
        return ConnectorError::new(
            ErrorClass::Invalid,
            ReasonCode::CONNECTOR_FAULT,
            "The request to TikTok could not be made.",
        );
    }
    if error.is_timeout() {
        return ConnectorError::uncertain("TikTok did not answer in time.");
    }
    ConnectorError::uncertain("The connection to TikTok broke before the answer was complete.")
}

/// Another status than 200 comes from a gateway and not from the API.
pub(super) fn not_the_api(status: StatusCode) -> ConnectorError {
    let error = if status == StatusCode::TOO_MANY_REQUESTS {
        ConnectorError::new(
            ErrorClass::Throttled,
            ReasonCode::RATE_LIMITED,
            "TikTok takes no more requests for now.",
        )
    } else {
        ConnectorError::uncertain("A gateway answered in place of TikTok's API.")
    };
    error.with_platform(PlatformError {
        code: None,
        message: format!("HTTP {}", status.as_u16()),
        request_id: None,
    })
}

/// The innermost cause; unlike the outer ones it names no URL.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: Option<&dyn Error> = error.source();
    while let Some(deeper) = cause.and_then(Error::source) {
        cause = Some(deeper);
    }
    cause.map_or_else(|| "no cause given".to_owned(), ToString::to_string)
}
