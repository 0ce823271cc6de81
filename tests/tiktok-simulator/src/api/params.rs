//! Parameters in query strings and JSON bodies (protocol reference, section 2.1).

use std::collections::HashMap;

use axum::http::Uri;
use serde::de::DeserializeOwned;

use super::{Refusal, code};
use crate::judge::ViolationKind;

/// The decoded query string of one call.
#[derive(Debug)]
pub(crate) struct Query {
    values: HashMap<String, String>,
}

impl Query {
    pub(crate) fn of(uri: &Uri) -> Self {
        let raw = uri.query().unwrap_or_default();
        Self { values: url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect() }
    }

    /// A value that may be absent.
    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A value that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name).filter(|value| !value.is_empty()).ok_or_else(|| Refusal::missing(name))
    }

    /// An id, in which a space betrays a `+` that was not percent-encoded.
    pub(crate) fn id(&self, name: &str) -> Result<&str, Refusal> {
        let value = self.required(name)?;
        if value.contains(' ') {
            let detail = format!("{name} has a space where an encoded + belongs");
            return Err(Refusal::param(name).breaking(ViolationKind::PlusDecodedAsSpace, detail));
        }
        Ok(value)
    }

    /// An array written as JSON text.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<String>>, Refusal> {
        let Some(text) = self.optional(name) else {
            return Ok(None);
        };
        serde_json::from_str(text).map(Some).map_err(|_| {
            let detail = format!("{name} is not a JSON array of strings");
            Refusal::param(name).breaking(ViolationKind::ArrayNotJson, detail)
        })
    }
}

/// Reads a JSON body, naming the member that has the wrong type.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            "." => Refusal::new(code::PARAMETER, "The request body is not a JSON object."),
            field => Refusal::param(field),
        }
    })
}

/// A member of a JSON body that must be there and not be empty.
pub(crate) fn required<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Refusal> {
    value.filter(|value| !value.is_empty()).ok_or_else(|| Refusal::missing(name))
}
