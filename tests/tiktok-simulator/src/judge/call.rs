//! What is wrong with the form of a call.

use std::collections::BTreeSet;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use serde_json::Value;

use super::endpoints::{Credentials, Endpoint, Form};
use super::{Breach, ViolationKind};

/// The call that a judgement is about.
#[derive(Debug, Clone)]
pub(crate) struct CallName {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) request_id: String,
}

/// A call as it arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent<'a> {
    /// Below `/open_api/v1.3`.
    pub(crate) path: &'a str,
    pub(crate) head: &'a Parts,
    pub(crate) body: &'a [u8],
}

/// Every rule about form that the call breaks.
pub(crate) fn breaches(sent: Sent<'_>) -> Vec<Breach> {
    let mut found = Vec::new();
    let headers = &sent.head.headers;
    if headers.contains_key(AUTHORIZATION) {
        let detail = "the token belongs into Access-Token";
        found.push(Breach::new(ViolationKind::AuthorizationHeader, detail));
    }
    let Some(endpoint) = Endpoint::of(sent.path) else {
        return found;
    };
    if sent.head.method != method(endpoint.form) {
        return found;
    }
    found.extend(credentials(endpoint, headers));
    found.extend(content_type(endpoint, headers));
    found.extend(members(endpoint, sent));
    found
}

fn method(form: Form) -> Method {
    if form == Form::Query { Method::GET } else { Method::POST }
}

fn value<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn credentials(endpoint: &Endpoint, headers: &HeaderMap) -> Option<Breach> {
    let token = value(headers, "access-token");
    let (kind, detail) = match endpoint.credentials {
        Credentials::Header if token.is_empty() => {
            (ViolationKind::MissingAccessToken, "the header Access-Token is missing or empty")
        }
        Credentials::Header if token.starts_with("Bearer ") => {
            (ViolationKind::BearerPrefix, "Access-Token carries a Bearer prefix")
        }
        Credentials::Parameters if headers.contains_key("access-token") => {
            (ViolationKind::UnexpectedAccessToken, "this endpoint takes no Access-Token header")
        }
        Credentials::Header | Credentials::Parameters => return None,
    };
    Some(Breach::new(kind, detail))
}

fn content_type(endpoint: &Endpoint, headers: &HeaderMap) -> Option<Breach> {
    let given = value(headers, CONTENT_TYPE.as_str()).to_ascii_lowercase();
    let detail = match endpoint.form {
        Form::Query => return None,
        Form::Json if given.starts_with("application/json") => return None,
        Form::Json => "the body is not application/json",
        Form::Multipart if !given.starts_with("multipart/form-data") => "the body is not multipart/form-data",
        Form::Multipart if !given.contains("boundary=") => "multipart/form-data has no boundary",
        Form::Multipart => return None,
    };
    Some(Breach::new(ViolationKind::ContentType, detail))
}

/// Members the endpoint does not have. Parts of uploads are judged where they are read.
fn members(endpoint: &Endpoint, sent: Sent<'_>) -> Vec<Breach> {
    match endpoint.form {
        Form::Multipart => Vec::new(),
        Form::Json => json_members(endpoint, sent.body),
        Form::Query => query_members(endpoint, sent.head.uri.query().unwrap_or_default()),
    }
}

fn json_members(endpoint: &Endpoint, body: &[u8]) -> Vec<Breach> {
    let Ok(Value::Object(members)) = serde_json::from_slice(body) else {
        return Vec::new();
    };
    let unknown = members.keys().filter(|name| !endpoint.members.contains(&name.as_str()));
    let mut found: Vec<Breach> = unknown.map(|name| unknown_member(name)).collect();
    let ids = ["business_id", "recipient", "conversation_id", "message_id"];
    let encoded = ids.into_iter().filter(|&id| {
        let text = members.get(id).and_then(Value::as_str).unwrap_or_default().to_ascii_uppercase();
        // An encoder would have left nothing else over; an id may hold an escape of its own.
        let is_encoded = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~%".contains(&byte));
        is_encoded && ["%2B", "%2F", "%3D"].iter().any(|escape| text.contains(escape))
    });
    found.extend(encoded.map(|id| {
        let detail = format!("{id} is percent-encoded; JSON carries ids untouched");
        Breach::new(ViolationKind::EncodedIdInBody, detail)
    }));
    found
}

fn query_members(endpoint: &Endpoint, query: &str) -> Vec<Breach> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
        let plain = name.trim_end_matches("[]");
        let repeated = !seen.insert(plain.to_owned());
        if !endpoint.members.contains(&plain) {
            found.push(unknown_member(&name));
        } else if repeated || plain != name {
            let detail = format!("{name} is repeated or has brackets; an array is one JSON text");
            found.push(Breach::new(ViolationKind::ArrayNotJson, detail));
        }
    }
    found
}

fn unknown_member(name: &str) -> Breach {
    Breach::new(ViolationKind::UnknownMember, format!("{name} is no parameter of this endpoint"))
}
