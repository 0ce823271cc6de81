//! What the control API answers when it cannot do as told.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::error::SimulatorError;

/// The answer of a control call.
pub(crate) type Answer = Result<Json<Value>, Problem>;

/// An HTTP status and a sentence.
#[derive(Debug)]
pub(crate) struct Problem(StatusCode, String);

impl Problem {
    pub(crate) fn bad_request(sentence: &impl ToString) -> Self {
        Self(StatusCode::BAD_REQUEST, sentence.to_string())
    }
}

impl From<SimulatorError> for Problem {
    fn from(error: SimulatorError) -> Self {
        let status = match error {
            SimulatorError::UnknownBusiness(_)
            | SimulatorError::UnknownConversation(_)
            | SimulatorError::UnknownApp(_)
            | SimulatorError::UnknownMessage(_)
            | SimulatorError::UnknownButton(_)
            | SimulatorError::UnknownQuestion(_)
            | SimulatorError::UnknownAutoMessage(_)
            | SimulatorError::UnknownEvent(_) => StatusCode::NOT_FOUND,
            SimulatorError::NothingToRead(_) => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        };
        Self(status, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}
