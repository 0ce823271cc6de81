//! The envelope of every answer: its `code` decides, not the HTTP status (protocol reference, section 2.2).

use connector_api::{ConnectorError, PlatformError};
use serde_json::Value;

use super::codes;

const LONGEST_MESSAGE: usize = 300;

/// What TikTok said to an accepted request.
#[derive(Debug)]
pub(super) struct Answer {
    data: Value,
    /// TikTok's own id of the request.
    pub(super) request_id: Option<String>,
}

/// Reads an answer; a code other than 0 is an error.
pub(super) fn read(body: &[u8]) -> Result<Answer, ConnectorError> {
    let not_the_api = || ConnectorError::uncertain("The answer is not one of TikTok's API.");
    let mut envelope: Value = serde_json::from_slice(body).map_err(|_| not_the_api())?;
    let code = envelope.get("code").and_then(integer).ok_or_else(not_the_api)?;
    let request_id = envelope.get("request_id").and_then(text);
    if code != 0 {
        let message = envelope.get("message").and_then(text).unwrap_or_default();
        return Err(codes::error(code, message.chars().take(LONGEST_MESSAGE).collect(), request_id));
    }
    let data = envelope.get_mut("data").map(Value::take).unwrap_or_default();
    Ok(Answer { data, request_id })
}

impl Answer {
    /// A text that is not empty, at a JSON pointer.
    pub(super) fn text(&self, pointer: &str) -> Option<String> {
        self.data.pointer(pointer).and_then(text)
    }

    /// The items of a list at a JSON pointer; none where there is no list.
    pub(super) fn items(&self, pointer: &str) -> &[Value] {
        self.data.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// A number, at a JSON pointer; a text that is a number counts.
    pub(super) fn integer(&self, pointer: &str) -> Option<i64> {
        self.data.pointer(pointer).and_then(integer)
    }

    /// A truth, at a JSON pointer.
    pub(super) fn flag(&self, pointer: &str) -> Option<bool> {
        self.data.pointer(pointer)?.as_bool()
    }

    /// TikTok said yes, but not what has to come with it: nobody can say what it did.
    pub(super) fn lacks(&self, what: &str) -> ConnectorError {
        ConnectorError::uncertain(format!("TikTok accepted the request without naming {what}."))
            .with_platform(PlatformError {
                code: Some("0".to_owned()),
                message: String::new(),
                request_id: self.request_id.clone(),
            })
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
