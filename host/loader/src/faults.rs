//! What a failure of a connector means for the operation.

use connector_abi::{AbiError, error_code};
use connector_api::{ConnectorError, ErrorClass, ReasonCode};

/// The connector failed; what it had done until then nobody knows.
pub(crate) fn fault(what: &str) -> ConnectorError {
    fault_of(ReasonCode::CONNECTOR_FAULT, what)
}

/// As [`fault`], in this way.
pub(crate) fn fault_of(reason: ReasonCode, what: &str) -> ConnectorError {
    ConnectorError::new(ErrorClass::Uncertain, reason, format!("The connector failed: {what}."))
}

/// The connector answered with what nobody can read.
pub(crate) fn unreadable(what: &str) -> ConnectorError {
    fault_of(ReasonCode::CONNECTOR_ANSWER_UNREADABLE, what)
}

/// The connector was not reached; certainly nothing happened.
pub(crate) fn not_reached(message: impl Into<String>) -> ConnectorError {
    ConnectorError::new(ErrorClass::Unavailable, ReasonCode::CONNECTOR_UNAVAILABLE, message)
}

/// What an error of the boundary means.
pub(crate) fn from_abi(error: &AbiError) -> ConnectorError {
    match error.code {
        error_code::CONNECTOR => serde_json::from_slice(&error.details_json)
            .unwrap_or_else(|_| unreadable("it answered with an error that cannot be read")),
        error_code::BAD_REQUEST => {
            let message = format!("The connector cannot read the request: {}.", error.message);
            ConnectorError::new(ErrorClass::Invalid, ReasonCode::CONNECTOR_FAULT, message)
        }
        error_code::UNKNOWN_OPERATION => {
            let message = format!("This connector is older than the operation: {}.", error.message);
            ConnectorError::new(ErrorClass::Unsupported, ReasonCode::OPERATION_UNSUPPORTED, message)
        }
        error_code::CANCELLED => ConnectorError::uncertain("The call was cancelled."),
        error_code::PANICKED => fault_of(ReasonCode::CONNECTOR_PANICKED, &error.message),
        _ => fault(&error.message),
    }
}
