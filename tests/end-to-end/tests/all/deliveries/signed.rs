//! What arrives at an endpoint, and that it proves who sent it.

use anyhow::{Context, Result};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    receiver::{Receiver, SILENCE},
    stage::{BEGIN, DAY, Stage},
};

#[tokio::test]
async fn an_event_is_delivered_signed_with_what_it_is_about() -> Result<()> {
    let (stage, receiver) = (Stage::open().await?, Receiver::listen(&[]).await?);
    stage.happen("before the endpoint").await?;
    let (_, secret) = stage.add(&receiver.url).await?;
    stage.happen("shop").await?;
    let told = receiver.told_times(1).await?.remove(0);
    assert_eq!(told.header("webhook-timestamp"), BEGIN.to_string());
    assert_eq!(told.header("webhook-signature"), told.signature(&secret)?);
    assert_eq!(told.header("content-type"), "application/json");
    let body = told.json()?;
    assert_eq!(
        (&body["type"], &body["timestamp"]),
        (&json!("account.connected"), &json!("2027-01-15T08:00:00Z"))
    );
    let account = &body["data"]["current"]["account"];
    assert_eq!((&account["platform_id"], &account["id"]), (&json!("shop"), &body["data"]["account"]));
    // The rest is the very event that listeners hear.
    let mut data = body["data"].clone();
    data.as_object_mut().context("no object")?.remove("current");
    assert_eq!(data, heard(&stage).await?);
    stage.close().await
}

/// The newest event, as a listener hears it.
async fn heard(stage: &Stage) -> Result<Value> {
    let mut events = stage.api.request(Method::GET, "/v1/events?after=1").send().await?;
    let mut text = String::new();
    loop {
        let data = text.lines().find_map(|line| line.strip_prefix("data:"));
        if let Some(data) = data.filter(|_| text.contains("\n\n")) {
            return Ok(serde_json::from_str(data.trim())?);
        }
        text.push_str(&String::from_utf8_lossy(&events.chunk().await?.context("the events end")?));
    }
}

#[tokio::test]
async fn for_a_day_after_a_rotation_both_secrets_sign() -> Result<()> {
    let (stage, receiver) = (Stage::open().await?, Receiver::listen(&[]).await?);
    let (id, old) = stage.add(&receiver.url).await?;
    let rotated =
        stage.api.post(&format!("/v1/webhook-endpoints/{id}/rotate"), &json!({})).await?.success()?;
    let new = rotated["secret"].as_str().context("no secret")?;
    assert_ne!(old, new);
    stage.happen("a").await?;
    let both = receiver.told_times(1).await?.remove(0);
    let expected = format!("{} {}", both.signature(new)?, both.signature(&old)?);
    assert_eq!(both.header("webhook-signature"), expected);
    stage.pass(DAY).await?;
    stage.happen("b").await?;
    let one = receiver.told_times(2).await?.remove(1);
    assert_eq!(one.header("webhook-signature"), one.signature(new)?);
    stage.close().await
}

#[tokio::test]
async fn a_secret_is_shown_once_and_sealed_at_rest() -> Result<()> {
    let (stage, receiver) = (Stage::open().await?, Receiver::listen(&[]).await?);
    let (id, secret) = stage.add(&receiver.url).await?;
    let shown = stage.endpoint(&id).await?.to_string()
        + &json!(stage.api.items("/v1/webhook-endpoints").await?).to_string();
    assert!(!shown.contains(&secret) && !shown.contains("secret\":"), "{shown}");
    let sealed = stage.host.store().endpoint_secrets(id.parse()?, stage.now()).await?.context("no secret")?;
    assert!(sealed.current.len() > 32 && !String::from_utf8_lossy(&sealed.current).contains(&secret));
    stage.close().await
}

#[tokio::test]
async fn a_filter_keeps_the_rest_away() -> Result<()> {
    let (stage, receiver) = (Stage::open().await?, Receiver::listen(&[]).await?);
    let wanted = json!({"url": receiver.url, "kinds": ["message.created"]});
    let quiet = stage.api.post("/v1/webhook-endpoints", &wanted).await?.success()?;
    let (all, others) = (stage.add(&receiver.url).await?.0, quiet["id"].as_str().context("no id")?);
    stage.happen("shop").await?;
    stage.attempted(&all, 1).await?;
    assert!(stage.log(others).await?.is_empty());
    receiver.told_times(1).await?;
    stage.close().await
}

#[tokio::test]
async fn a_test_tells_at_once_what_came_back() -> Result<()> {
    let receiver = Receiver::listen(&["418 I'm a teapot", "200 OK"]).await?;
    let stage = Stage::open().await?;
    let (id, secret) = stage.add(&receiver.url).await?;
    let path = format!("/v1/webhook-endpoints/{id}/test");
    let refused = stage.api.post(&path, &json!({})).await?.success()?;
    assert_eq!((&refused["state"], &refused["attempts"][0]["status_code"]), (&json!("dead"), &json!(418)));
    assert_eq!(refused["attempts"][0]["error"], "status");
    let taken = stage.api.post(&path, &json!({})).await?.success()?;
    assert_eq!((&taken["state"], &taken["attempts"][0]["error"]), (&json!("delivered"), &Value::Null));
    let told = receiver.told_times(2).await?.remove(1);
    assert_eq!(told.json()?["type"], "webhook.test");
    assert_eq!(
        (told.id(), told.signature(&secret)?.as_str()),
        (taken["webhook_id"].as_str().context("id")?, told.header("webhook-signature"))
    );
    assert_eq!(stage.log(&id).await?.len(), 2);
    stage.close().await
}

#[tokio::test]
async fn a_silent_endpoint_delays_nobody_else() -> Result<()> {
    let (silent, other) = (Receiver::listen(&[SILENCE; 20]).await?, Receiver::listen(&[]).await?);
    let stage = Stage::open().await?;
    stage.add(&silent.url).await?;
    stage.add(&other.url).await?;
    for account in 0..12 {
        stage.happen(&account.to_string()).await?;
    }
    let told = other.told_times(12).await?;
    let ids: std::collections::BTreeSet<_> = told.iter().map(|told| told.id().to_owned()).collect();
    assert_eq!(ids.len(), 12);
    assert!(silent.told_times(8).await?.len() < 12, "so many at once, and no more");
    stage.close().await
}

#[tokio::test]
async fn only_an_admin_sees_endpoints_and_what_is_wrong_is_said() -> Result<()> {
    let (stage, receiver) = (Stage::open().await?, Receiver::listen(&[]).await?);
    let (id, _) = stage.add(&receiver.url).await?;
    let at = jackfield::model::Role::Agent;
    let (_, agent) = jackfield::keys::create(&**stage.host.store(), "agent", at, stage.now()).await?;
    let agent = stage.api.with_key(agent.expose());
    let unknown = "/v1/webhook-endpoints/0190b5a0-0000-7000-8000-000000000000";
    let ours = format!("/v1/webhook-endpoints/{id}");
    let reads = [ours.clone(), "/v1/webhook-endpoints".to_owned(), format!("{ours}/deliveries")];
    for path in &reads {
        assert_eq!(agent.get(path).await?.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(stage.api.get(path).await?.status, StatusCode::OK, "{path}");
    }
    let table = [
        (Method::GET, unknown.to_owned(), json!(null), 404, "request.not_found"),
        (Method::DELETE, unknown.to_owned(), json!(null), 404, "request.not_found"),
        (Method::PATCH, unknown.to_owned(), json!({}), 404, "request.not_found"),
        (Method::POST, format!("{unknown}/rotate"), json!(null), 404, "request.not_found"),
        (Method::POST, format!("{unknown}/test"), json!(null), 404, "request.not_found"),
        (
            Method::POST,
            format!("{unknown}/replay"),
            json!({"since": "2027-01-01T00:00:00Z"}),
            404,
            "request.not_found",
        ),
        (Method::POST, format!("{ours}/deliveries/{id}/replay"), json!(null), 404, "request.not_found"),
        (Method::POST, format!("{ours}/deliveries/x/replay"), json!(null), 404, "request.not_found"),
        (Method::POST, format!("{ours}/replay"), json!({"since": "yesterday"}), 400, "request.malformed"),
        (Method::GET, format!("{ours}/deliveries?limit=0"), json!(null), 400, "request.malformed"),
        (Method::PATCH, ours.clone(), json!({"secret": "whsec_mine"}), 400, "request.malformed"),
        (Method::PATCH, ours.clone(), json!({"kinds": ["message.lost"]}), 400, "request.malformed"),
        (Method::PATCH, ours.clone(), json!({"accounts": [id]}), 422, "webhook.account_unknown"),
        (Method::PATCH, ours.clone(), json!({"description": "x".repeat(501)}), 400, "request.malformed"),
        (Method::PUT, ours.clone(), json!({}), 405, "request.method_not_allowed"),
    ];
    for (method, path, body, status, code) in table {
        let name = format!("{method} {path} {body}");
        crate::support::ask(stage.api.request(method, &path).json(&body))
            .await?
            .is_problem(&name, status, code)?;
    }
    let removed = stage.api.request(Method::DELETE, &ours).send().await?;
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    assert!(stage.api.items("/v1/webhook-endpoints").await?.is_empty());
    stage.close().await
}
