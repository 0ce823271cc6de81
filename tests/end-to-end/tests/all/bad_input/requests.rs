//! Requests to the API that cannot be granted.

use anyhow::{Context, Result};
use end_to_end::Api;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::support::{Asked, Shop, ask};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";
const BODY_LIMIT: usize = 1_048_576;

fn get(api: &Api, path: &str) -> RequestBuilder {
    api.request(Method::GET, path)
}

fn post(api: &Api, path: &str, body: &Value) -> RequestBuilder {
    api.request(Method::POST, path).json(body)
}

fn text(text: &str) -> Value {
    json!({"content": {"kind": "text", "text": text}})
}

/// A body as it stands.
fn raw(api: &Api, path: &str, media_type: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    api.request(Method::POST, path).header("content-type", media_type).body(body)
}

/// Each is that problem, and the host lives on.
async fn all_refused(shop: &Shop, table: Vec<(&str, RequestBuilder, u16, &str)>) -> Result<()> {
    for (name, request, status, code) in table {
        let answer = ask(request).await.with_context(|| name.to_owned())?;
        answer.is_problem(name, status, code)?;
        Asked::is_alive(&shop.host).await?;
    }
    Ok(())
}

/// A key of that role.
async fn key(shop: &Shop, role: &str) -> Result<String> {
    let create = ["keys", "create", "--name", role, "--role", role, "--json"];
    let made = shop.host.command(&create)?.output().await?;
    let made: Value = serde_json::from_slice(&made.stdout)?;
    Ok(made["key"].as_str().context("no key")?.to_owned())
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() -> Result<()> {
    let shop = Shop::open().await?;
    let api = shop.api();
    let of = |path: &str| path.replace("{}", NOBODY);
    let missing = "request.not_found";
    let table = vec![
        ("conversation", get(api, &of("/v1/conversations/{}")), 404, missing),
        ("its messages", get(api, &of("/v1/conversations/{}/messages")), 404, missing),
        ("sending there", post(api, &of("/v1/conversations/{}/messages"), &text("hi")), 404, missing),
        ("resuming it", post(api, &of("/v1/conversations/{}/resume"), &Value::Null), 404, missing),
        ("discarding in it", post(api, &of("/v1/conversations/{}/discard"), &Value::Null), 404, missing),
        ("pausing it", post(api, &of("/v1/conversations/{}/pause"), &json!({})), 404, missing),
        ("unpausing it", post(api, &of("/v1/conversations/{}/unpause"), &Value::Null), 404, missing),
        ("pausing an account", post(api, &of("/v1/accounts/{}/pause"), &json!({})), 404, missing),
        ("unpausing an account", post(api, &of("/v1/accounts/{}/unpause"), &Value::Null), 404, missing),
        ("unpausing an instance", post(api, "/v1/instances/nowhere/unpause", &Value::Null), 404, missing),
        ("retrying a message", post(api, &of("/v1/messages/{}/retry"), &Value::Null), 404, missing),
        ("giving it up", api.request(Method::DELETE, &of("/v1/messages/{}")), 404, missing),
        ("message", get(api, &of("/v1/messages/{}")), 404, missing),
        ("account", get(api, &of("/v1/accounts/{}")), 404, missing),
        ("no id", get(api, "/v1/conversations/not-an-id"), 404, missing),
        ("no id to send to", post(api, "/v1/conversations/7/messages", &text("hi")), 404, missing),
        ("no text in the path", get(api, "/v1/messages/%FF"), 404, missing),
        ("instance", get(api, "/v1/instances/nowhere/capabilities"), 404, missing),
        (
            "consent of an instance",
            post(api, "/v1/instances/nowhere/authorizations", &Value::Null),
            404,
            missing,
        ),
        ("route", get(api, "/v1/nothing"), 404, missing),
        ("route outside", get(api, "/nothing"), 404, missing),
        ("version", get(api, "/v2/conversations"), 404, missing),
    ];
    all_refused(&shop, table).await?;
    shop.close().await
}

#[tokio::test]
async fn what_cannot_be_read_or_sent_is_refused_with_its_reason() -> Result<()> {
    let shop = Shop::open().await?;
    let api = shop.api();
    let conversation = shop.asked_by("ana").await?;
    let messages = format!("/v1/conversations/{conversation}/messages");
    let consent = "/v1/instances/shop/authorizations/callback";
    let malformed = "request.malformed";
    let key_of_256 = post(api, &messages, &text("hi")).header("idempotency-key", "k".repeat(256));
    let empty_key = post(api, &messages, &text("hi")).header("idempotency-key", "");
    let large = vec![b' '; BODY_LIMIT + 1];
    let json_type = "application/json";
    let table = vec![
        ("empty text", post(api, &messages, &text("")), 422, "content.text_empty"),
        ("blank text", post(api, &messages, &text(" \n\t")), 422, "content.text_empty"),
        ("6,001 characters", post(api, &messages, &text(&"x".repeat(6_001))), 422, "content.text_too_long"),
        ("3,001 emoji", post(api, &messages, &text(&"👋".repeat(3_001))), 422, "content.text_too_long"),
        (
            "unknown kind",
            post(api, &messages, &json!({"content": {"kind": "hologram"}})),
            422,
            "content.kind_unsupported",
        ),
        (
            "video",
            post(api, &messages, &json!({"content": {"kind": "video"}})),
            422,
            "content.kind_unsupported",
        ),
        ("no content", post(api, &messages, &json!({})), 400, malformed),
        ("no kind", post(api, &messages, &json!({"content": {"text": "hi"}})), 400, malformed),
        (
            "an unknown field",
            post(api, &messages, &json!({"content": {"kind": "text", "text": "hi"}, "to": 1})),
            400,
            malformed,
        ),
        (
            "a number as text",
            post(api, &messages, &json!({"content": {"kind": "text", "text": 7}})),
            400,
            malformed,
        ),
        ("half of a JSON", raw(api, &messages, json_type, "{\"content\":"), 400, malformed),
        ("nothing", raw(api, &messages, json_type, ""), 400, malformed),
        ("no UTF-8", raw(api, &messages, json_type, vec![b'"', 0xff, b'"']), 400, malformed),
        (
            "a form",
            raw(api, &messages, "application/x-www-form-urlencoded", "text=hi"),
            415,
            "request.media_type",
        ),
        ("no media type", api.request(Method::POST, &messages).body("{}"), 415, "request.media_type"),
        ("too large", raw(api, &messages, json_type, large), 413, "request.too_large"),
        ("a long idempotency key", key_of_256, 400, malformed),
        ("an empty idempotency key", empty_key, 400, malformed),
        (
            "an unknown decision",
            post(api, &format!("/v1/messages/{NOBODY}/decision"), &json!({"decision": "maybe"})),
            400,
            malformed,
        ),
        (
            "a time that is none",
            post(api, &messages, &json!({"content": {"kind": "text", "text": "hi"}, "send_at": "soon"})),
            400,
            malformed,
        ),
        ("a status of nobody", get(api, "/v1/messages?status=lost"), 400, malformed),
        ("an account of nobody", get(api, "/v1/messages?status=failed&account=x"), 404, "request.not_found"),
        (
            "an empty reason",
            post(api, &format!("/v1/conversations/{conversation}/pause"), &json!({"reason": ""})),
            400,
            malformed,
        ),
        ("a cursor of nobody", get(api, "/v1/conversations?cursor=bm9uc2Vuc2U"), 400, malformed),
        ("an empty cursor", get(api, &format!("{messages}?cursor=")), 400, malformed),
        ("limit 0", get(api, "/v1/conversations?limit=0"), 400, malformed),
        ("limit 201", get(api, &format!("{messages}?limit=201")), 400, malformed),
        ("limit -1", get(api, "/v1/conversations?limit=-1"), 400, malformed),
        ("limit ten", get(api, "/v1/conversations?limit=ten"), 400, malformed),
        ("an unknown parameter", get(api, "/v1/conversations?page=2"), 400, malformed),
        ("a place of nobody in the events", get(api, "/v1/events?after=soon"), 400, malformed),
        ("an event of the future", get(api, "/v1/events?after=999999"), 410, "events.unknown_id"),
        ("a last event of nobody", get(api, "/v1/events").header("last-event-id", "x"), 400, malformed),
        ("a consent of nobody", get(api, &format!("{consent}?state=x&code=y")), 400, "auth.state_unknown"),
        ("a consent without a state", get(api, consent), 400, "auth.state_unknown"),
        (
            "the wrong method",
            api.request(Method::DELETE, "/v1/conversations"),
            405,
            "request.method_not_allowed",
        ),
        (
            "the wrong method to a message",
            api.request(Method::PUT, &messages),
            405,
            "request.method_not_allowed",
        ),
    ];
    all_refused(&shop, table).await?;
    assert_eq!(shop.messages(&conversation).await?.len(), 1, "something was put in line");

    for longest in ["x".repeat(6_000), "👋".repeat(3_000)] {
        let message = shop.send(&conversation, &longest).await?;
        shop.reaches(&message, "delivered").await?;
        assert_eq!(shop.accepted(&longest).await?, 1);
    }
    shop.close().await
}

#[tokio::test]
async fn who_has_no_key_or_too_small_a_role_is_sent_away() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let messages = format!("/v1/conversations/{conversation}/messages");
    let admin = shop.api();
    let (reader, agent) =
        (admin.with_key(key(&shop, "read").await?), admin.with_key(key(&shop, "agent").await?));
    let nobody = admin.with_key("jf_unknown");
    let bare = |path: &str| end_to_end::http_client().get(format!("{}{path}", admin.base()));
    let consent = "/v1/instances/shop/authorizations";
    let resume = format!("/v1/conversations/{conversation}/resume");
    let (missing, unknown, role) = ("auth.key_missing", "auth.key_unknown", "auth.role_insufficient");
    let table = vec![
        ("no key", bare("/v1/conversations"), 401, missing),
        ("no key for the events", bare("/v1/events"), 401, missing),
        ("no key for the files", bare("/v1/connectors"), 401, missing),
        ("another scheme", bare("/v1/accounts").header("authorization", "Basic abc"), 401, missing),
        ("an unknown key", get(&nobody, "/v1/conversations"), 401, unknown),
        ("an empty key", get(&admin.with_key(""), "/v1/conversations"), 401, missing),
        ("an unknown key that sends", post(&nobody, &messages, &text("hi")), 401, unknown),
        ("a reader who sends", post(&reader, &messages, &text("hi")), 403, role),
        ("a reader who resumes", post(&reader, &resume, &Value::Null), 403, role),
        (
            "a reader who discards",
            post(&reader, &resume.replace("resume", "discard"), &Value::Null),
            403,
            role,
        ),
        ("a reader who pauses", post(&reader, &resume.replace("resume", "pause"), &json!({})), 403, role),
        (
            "a reader who retries",
            post(&reader, &format!("/v1/messages/{NOBODY}/retry"), &Value::Null),
            403,
            role,
        ),
        (
            "a reader who gives up",
            reader.request(Method::DELETE, &format!("/v1/messages/{NOBODY}")),
            403,
            role,
        ),
        (
            "an agent who pauses an account",
            post(&agent, &format!("/v1/accounts/{NOBODY}/pause"), &json!({})),
            403,
            role,
        ),
        ("an agent who pauses an instance", post(&agent, "/v1/instances/shop/pause", &json!({})), 403, role),
        ("a reader who connects", post(&reader, consent, &Value::Null), 403, role),
        ("an agent who connects", post(&agent, consent, &Value::Null), 403, role),
    ];
    all_refused(&shop, table).await?;
    assert_eq!(reader.items("/v1/conversations").await?.len(), 1);
    let sent = agent.send_text(&conversation, "from an agent").await?.success()?;
    shop.reaches(sent["id"].as_str().context("no id")?, "delivered").await?;

    let keys = shop.host.command(&["keys", "list", "--json"])?.output().await?;
    let keys: Value = serde_json::from_slice(&keys.stdout)?;
    let id = keys
        .as_array()
        .and_then(|keys| keys.iter().find(|key| key["name"] == "agent"))
        .context("no agent")?["id"]
        .clone();
    let revoked = shop.host.command(&["keys", "revoke", id.as_str().context("no id")?])?.output().await?;
    assert!(revoked.status.success());
    ask(get(&agent, "/v1/conversations")).await?.is_problem("a revoked key", 401, unknown)?;
    shop.close().await
}
