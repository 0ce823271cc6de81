//! Answers of handlers and the envelope around them (protocol reference, section 2.2).

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::code;
use crate::judge::{Breach, ViolationKind};

/// An answer other than `code` 0.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) code: i64,
    pub(crate) message: String,
    /// What the judge holds against the client for it.
    breach: Option<Breach>,
}

impl Refusal {
    pub(crate) fn new(code: i64, message: impl Into<String>) -> Self {
        let message = message.into();
        let breach =
            (code == code::PARAMETER).then(|| Breach::new(ViolationKind::InvalidRequest, message.clone()));
        Self { code, message, breach }
    }

    /// An answer that is nobody's fault.
    pub(crate) fn injected(code: i64, message: String) -> Self {
        Self { code, message, breach: None }
    }

    /// This refusal, for breaking this rule.
    pub(crate) fn breaking(mut self, kind: ViolationKind, detail: impl Into<String>) -> Self {
        self.breach = Some(Breach::new(kind, detail));
        self
    }

    /// A parameter with a wrong value.
    pub(crate) fn param(name: &str) -> Self {
        Self::new(code::PARAMETER, format!("Param {name} is invalid."))
    }

    /// A parameter that is not there.
    pub(crate) fn missing(name: &str) -> Self {
        let message = format!("Missing required field(s): {name}");
        Self::new(code::PARAMETER, message)
    }
}

/// Something that happens once the response was written, or once its connection is gone.
#[derive(Clone)]
pub(crate) struct Afterwards {
    _action: Arc<OnDrop>,
}

struct OnDrop(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Afterwards {
    pub(crate) fn new(action: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self { _action: Arc::new(OnDrop(Some(Box::new(action)))) }
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(action) = self.0.take() {
            action();
        }
    }
}

/// What a handler of the API returns. The gate turns it into an envelope.
#[derive(Clone)]
pub(crate) struct Reply {
    outcome: Result<Value, Refusal>,
    afterwards: Option<Afterwards>,
}

impl Reply {
    pub(crate) fn then(mut self, afterwards: Option<Afterwards>) -> Self {
        self.afterwards = afterwards;
        self
    }

    /// What the judge holds against the client for this answer.
    pub(crate) fn breach(&self) -> Option<Breach> {
        self.outcome.as_ref().err()?.breach.clone()
    }

    /// The HTTP response: always 200, whatever the code.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let (code, message, data) = match self.outcome {
            Ok(data) => (0, "OK".to_owned(), data),
            Err(refusal) => (refusal.code, refusal.message, json!({})),
        };
        let envelope = json!({
            "code": code,
            "message": message,
            "request_id": request_id,
            "data": data,
        });
        let body = body(envelope.to_string(), self.afterwards);
        let mut response = (StatusCode::OK, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Ok(log_id) = HeaderValue::from_str(request_id) {
            headers.insert("x-tt-logid", log_id);
        }
        response
    }
}

impl From<Result<Value, Refusal>> for Reply {
    fn from(outcome: Result<Value, Refusal>) -> Self {
        Self { outcome, afterwards: None }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}

fn body(text: String, afterwards: Option<Afterwards>) -> Body {
    let Some(afterwards) = afterwards else {
        return Body::from(text);
    };
    let chunks = stream::iter([Ok::<_, std::io::Error>(Bytes::from(text))]);
    Body::from_stream(chunks.inspect(move |_| {
        let _held_until_the_body_is_dropped = &afterwards;
    }))
}
