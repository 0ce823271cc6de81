//! Every route of the OpenAPI document, asked in every wrong way: a new route is in these tests from its first day.

mod document;
mod scenery;

use anyhow::{Result, ensure};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use self::{
    document::{Operation, operations},
    scenery::{NOBODY, Scenery},
};
use crate::support::ask;

/// From the smallest to the greatest.
const ROLES: [&str; 3] = ["read", "agent", "admin"];
const BODY_LIMIT: usize = 1_048_576;

/// Asks and expects that problem.
async fn refused(
    what: &str,
    operation: &Operation,
    request: RequestBuilder,
    status: u16,
    code: &str,
) -> Result<()> {
    let name = format!("{} {}: {what}", operation.method, operation.path);
    ask(request).await?.is_problem(&name, status, code)
}

#[tokio::test]
async fn a_key_that_is_missing_or_not_enough_is_refused_everywhere() -> Result<()> {
    let scenery = Scenery::open().await?;
    for operation in operations(scenery.api()).await? {
        let Some(role) = operation.role.as_deref() else { continue };
        let path = operation.path_to(&scenery.ids)?;
        let with = |key: &str| operation.request(&scenery.api().with_key(key), &path);
        let bare = end_to_end::http_client().request(operation.method.clone(), scenery.url(&path));
        refused("no key", &operation, bare, 401, "auth.key_missing").await?;
        for smaller in ROLES.iter().take_while(|smaller| **smaller != role) {
            let request = with(scenery.key(smaller, false));
            refused(smaller, &operation, request, 403, "auth.role_insufficient").await?;
        }
        let elsewhere = with(scenery.key(role, true));
        if operation.every_account {
            refused("some accounts", &operation, elsewhere, 403, "auth.scope_insufficient").await?;
        } else if operation.names_account() {
            refused("other accounts", &operation, elsewhere, 404, "request.not_found").await?;
        } else if operation.method == Method::GET && !operation.streams {
            let answer = ask(elsewhere).await?;
            ensure!(answer.status < 500, "{}: {}", operation.path, answer.body);
            let body = answer.body.to_string();
            let foreign = scenery.ids.values().find(|id| body.contains(id.as_str()));
            ensure!(foreign.is_none(), "{} shows what is out of scope: {body}", operation.path);
        }
    }
    scenery.close().await
}

#[tokio::test]
async fn what_is_malformed_unknown_or_too_large_is_refused_everywhere() -> Result<()> {
    let scenery = Scenery::open().await?;
    let api = scenery.api();
    for operation in operations(api).await? {
        let path = operation.path_to(&scenery.ids)?;
        let wrong = api.request(Method::TRACE, &path);
        refused("a wrong method", &operation, wrong, 405, "request.method_not_allowed").await?;
        if operation.has_ids() && operation.role.is_some() {
            for unknown in [NOBODY, "not-an-id"] {
                let path = operation.path_with(unknown);
                let request = operation.request(api, &path);
                refused(unknown, &operation, request, 404, "request.not_found").await?;
            }
        }
        if operation.sample.is_none() {
            continue;
        }
        let send = |media_type: &str, body: String| {
            api.request(operation.method.clone(), &path).header("content-type", media_type).body(body)
        };
        let json = "application/json";
        refused("no JSON", &operation, send(json, "{\"".to_owned()), 400, "request.malformed").await?;
        if !operation.takes_anything {
            refused("a wrong form", &operation, send(json, "[7]".to_owned()), 400, "request.malformed")
                .await?;
        }
        refused("text", &operation, send("text/plain", "{}".to_owned()), 415, "request.media_type").await?;
        let large = send(json, format!("\"{}\"", "x".repeat(BODY_LIMIT)));
        refused("too much", &operation, large, 413, "request.too_large").await?;
    }
    scenery.close().await
}

/// Bodies with everything inside that has members of its own.
fn deep_bodies() -> [(&'static str, Value); 4] {
    let quick = json!({"kind": "quick_replies", "text": "Which?", "buttons": [{"label": "One"}]});
    let send = json!({"do": "send", "draft": {"parts": [{"kind": "text"}], "quotes": {}}});
    let operate = json!({"do": "operate", "operation": "typing", "target": {}});
    [
        ("Outgoing", json!({"content": quick, "policy": {}})),
        ("Outgoing", json!({"parts": [{"kind": "text", "text": "hi"}, quick]})),
        (
            "Questions",
            json!({"checks": [{"account": NOBODY, "action": send, "policy": {}},
                {"instance": "x", "action": operate}]}),
        ),
        ("AccountLayerBody", json!({"narrowing": {"off": []}})),
    ]
}

/// The same with a member that nobody knows in one of its objects, for each of them.
fn with_surplus(body: &Value) -> Vec<Value> {
    let inside = |value: &Value, put: &dyn Fn(Value) -> Value| {
        with_surplus(value).into_iter().map(put).collect::<Vec<_>>()
    };
    match body {
        Value::Object(members) => {
            let mut all: Vec<_> = members
                .iter()
                .flat_map(|(name, value)| {
                    inside(value, &|value| {
                        let mut members = members.clone();
                        members.insert(name.clone(), value);
                        members.into()
                    })
                })
                .collect();
            let mut here = members.clone();
            here.insert("surplus".to_owned(), json!("secret"));
            all.push(here.into());
            all
        }
        Value::Array(items) => (0..items.len())
            .flat_map(|index| {
                inside(&items[index], &|value| {
                    let mut items = items.clone();
                    items[index] = value;
                    items.into()
                })
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn a_member_that_a_body_does_not_have_is_named_and_nothing_is_done() -> Result<()> {
    let scenery = Scenery::open().await?;
    let api = scenery.api();
    let mut depths = 0;
    for operation in operations(api).await? {
        let Some(sample) = operation.sample.as_ref().filter(|_| !operation.takes_anything) else { continue };
        let path = operation.path_to(&scenery.ids)?;
        let deep = deep_bodies().into_iter().filter(|(form, _)| operation.form.as_deref() == Some(form));
        for body in deep.map(|(_, body)| body).chain([sample.clone()]).flat_map(|body| with_surplus(&body)) {
            let asked = ask(api.request(operation.method.clone(), &path).json(&body)).await?;
            let name = format!("{} {path}: {body}", operation.method);
            asked.is_problem(&name, 400, "request.malformed")?;
            let detail = asked.body["detail"].as_str().unwrap_or_default();
            ensure!(detail.contains("\"surplus\"") && !detail.contains("secret"), "{name}: {detail}");
            ensure!(detail.contains("/v1/openapi.json"), "{name}: {detail}");
            depths += 1;
        }
    }
    ensure!(depths > 35, "only {depths} places were looked at");
    let layer = format!("/v1/accounts/{}/layer", scenery.ids["AccountId"]);
    let set = json!({"region": "VN", "narrowing": {"off": ["outbound.image"]}});
    let put = async |body: &Value| ask(api.request(Method::PUT, &layer).json(body)).await;
    ensure!(put(&set).await?.status == 200);
    let misspelt = json!({"region": "VN", "narrowing": {"of": ["outbound.image"]}});
    put(&misspelt).await?.is_problem("a misspelt narrowing", 400, "request.malformed")?;
    let kept = api.get(&layer).await?.success()?;
    ensure!(kept["narrowing"]["off"] == json!(["outbound.image"]), "{kept}");
    scenery.close().await
}
