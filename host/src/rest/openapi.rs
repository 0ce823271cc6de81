//! The OpenAPI document: what each route says of itself, and in one place what holds for all of them.

use std::{collections::BTreeSet, sync::LazyLock};

use axum::http::{StatusCode, header};
use serde_json::{Map, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Info, OpenApi, Ref, RefOr, Response, ResponseBuilder, SecurityRequirement,
        extensions::Extensions,
        path::{Operation, ParameterIn, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{auth::Needs, problem::Problem, session};

/// As `cargo xtask docs` writes it from the types.
const CAPABILITY_SCHEMA: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/capabilities.schema.json"));
const PROBLEM_JSON: &str = "application/problem+json";
const KEY: &str = "key";
const SESSION: &str = "session";

static DOCUMENT: LazyLock<String> = LazyLock::new(written);

/// What this host understands over HTTP, as OpenAPI 3.1 in JSON.
#[must_use]
pub fn document() -> &'static str {
    &DOCUMENT
}

/// The description of this interface.
#[utoipa::path(get, path = "/v1/openapi.json", tag = "host",
    responses((status = 200, body = Object)))]
pub(super) async fn openapi() -> ([(header::HeaderName, &'static str); 1], &'static str) {
    ([(header::CONTENT_TYPE, "application/json")], document())
}

/// Writes into every operation who may use it.
pub(super) fn mark(api: &mut OpenApi, needs: Needs) {
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        let role = needs.role.name();
        let ways = [KEY, SESSION].map(|way| SecurityRequirement::new(way, [role]));
        operation.security = Some(ways.into());
        let marks = [("x-role", Value::from(role)), ("x-every-account", needs.every_account.into())];
        operation.extensions.get_or_insert_default().merge(Extensions::from_iter(marks));
    }
}

fn written() -> String {
    let mut api = super::described();
    complete(&mut api);
    let mut api = serde_json::to_value(&api).unwrap_or_default();
    if let Some(schemas) = api.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.extend(capability_schemas());
    }
    close_bodies(&mut api);
    format!("{api:#}\n")
}

/// Members that a body's schema does not name are refused, also inside.
fn close_bodies(api: &mut Value) {
    let mut bodies = Vec::new();
    for operations in api["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut()) {
        let operations = operations.as_object_mut().into_iter().flat_map(|all| all.values_mut());
        operations.filter_map(|one| one.get_mut("requestBody")).for_each(|body| close(body, &mut bodies));
    }
    let mut closed = BTreeSet::new();
    while let Some(reference) = bodies.pop() {
        if let Some(schema) = api.pointer_mut(reference.trim_start_matches('#'))
            && closed.insert(reference)
        {
            close(schema, &mut bodies);
        }
    }
}

fn close(schema: &mut Value, references: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            references.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            if members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(false.into());
            }
            members.values_mut().for_each(|inner| close(inner, references));
        }
        Value::Array(schemas) => schemas.iter_mut().for_each(|inner| close(inner, references)),
        _ => {}
    }
}

fn complete(api: &mut OpenApi) {
    api.info = Info::new("Jackfield", env!("CARGO_PKG_VERSION"));
    api.info.description = Some("A unified inbox whose channels are files.".to_owned());
    let components = api.components.get_or_insert_with(Components::new);
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let key = key.description(Some("An API key; `jackfield keys create` makes one.")).build();
    components.add_security_scheme(KEY, SecurityScheme::Http(key));
    let cookie = ApiKeyValue::with_description(session::COOKIE, "Set by `POST /v1/session`.");
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let mut problems = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut problems);
    components.schemas.extend(problems);
    for operation in api.paths.paths.values_mut().flat_map(operations) {
        // Handlers are named within their file, ids are unique in the document.
        let area = operation.tags.as_ref().and_then(|tags| tags.first()).cloned().unwrap_or_default();
        operation.operation_id = operation.operation_id.take().map(|name| format!("{area}_{name}"));
        for status in usual_answers(operation) {
            let usual = || RefOr::Ref(Ref::from_response_name(name(status)));
            operation.responses.responses.entry(status.as_str().to_owned()).or_insert_with(usual);
            components.responses.insert(name(status), RefOr::T(problem(status)));
        }
        operation.responses.responses.iter_mut().for_each(describe);
    }
}

/// The problems that a route may answer because of what it takes, whatever it does.
fn usual_answers(operation: &Operation) -> Vec<StatusCode> {
    let mut answers =
        vec![StatusCode::REQUEST_TIMEOUT, StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE];
    let parameters = || operation.parameters.iter().flatten();
    let takes = |place: ParameterIn| {
        parameters().any(|parameter| matches!(parameter, RefOr::T(p) if p.parameter_in == place))
    };
    if operation.security.is_some() {
        answers.extend([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS]);
    }
    if takes(ParameterIn::Path) {
        answers.push(StatusCode::NOT_FOUND);
    }
    if takes(ParameterIn::Query) || takes(ParameterIn::Header) {
        answers.push(StatusCode::BAD_REQUEST);
    }
    if operation.request_body.is_some() {
        answers.extend([
            StatusCode::BAD_REQUEST,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ]);
    }
    answers
}

/// The status in words, as one word.
fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or_default().replace(' ', "")
}

fn problem(status: StatusCode) -> Response {
    let content = Content::new(Some(Ref::from_schema_name("Problem")));
    let words = status.canonical_reason().unwrap_or_default();
    ResponseBuilder::new().description(words).content(PROBLEM_JSON, content).build()
}

/// Errors are problems, and no answer is without words.
fn describe((status, response): (&String, &mut RefOr<Response>)) {
    let RefOr::T(response) = response else { return };
    let status = StatusCode::from_bytes(status.as_bytes()).unwrap_or_default();
    if response.description.is_empty() {
        response.description = status.canonical_reason().unwrap_or_default().to_owned();
    }
    if status.is_client_error() || status.is_server_error() {
        response.content = problem(status).content;
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let all = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
    all.into_iter().flatten()
}

/// The schema of capability documents, its parts named `Capability…`.
fn capability_schemas() -> Map<String, Value> {
    let text = CAPABILITY_SCHEMA.replace("#/$defs/", "#/components/schemas/Capability");
    let mut document: Map<String, Value> = serde_json::from_str(&text).unwrap_or_default();
    document.remove("$schema");
    let Some(Value::Object(parts)) = document.remove("$defs") else { return Map::new() };
    let mut all: Map<_, _> =
        parts.into_iter().map(|(name, part)| (format!("Capability{name}"), part)).collect();
    all.insert("CapabilityDocument".to_owned(), document.into());
    all
}

#[cfg(test)]
#[path = "openapi_tests.rs"]
mod tests;
