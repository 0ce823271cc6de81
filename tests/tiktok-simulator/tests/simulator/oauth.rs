//! Consent, codes and rotation.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tiktok_simulator::ViolationKind;
use url::Url;

use crate::api_client::World;

const REDIRECT: &str = "http://127.0.0.1:4000/oauth/callback";

async fn consent(world: &World, changed: &[(&str, &str)]) -> reqwest::Response {
    let mut query = HashMap::from([
        ("client_key", world.sim.app_id()),
        ("response_type", "code"),
        ("scope", "message.list.read,message.list.send,user.info.basic"),
        ("redirect_uri", REDIRECT),
        ("state", "st a+te"),
    ]);
    query.extend(changed.iter().copied());
    let request = world.http.get(world.sim.authorize_url()).query(&query);
    request.send().await.unwrap()
}

fn redirected(response: &reqwest::Response) -> HashMap<String, String> {
    assert_eq!(response.status(), 302);
    let target = Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    assert!(target.as_str().starts_with(REDIRECT));
    target.query_pairs().into_owned().collect()
}

async fn fresh_code(world: &World) -> String {
    redirected(&consent(world, &[]).await)["code"].clone()
}

fn exchange(world: &World, code: &str) -> Value {
    json!({
        "client_id": world.sim.app_id(),
        "client_secret": world.sim.app_secret(),
        "grant_type": "authorization_code",
        "auth_code": code,
        "redirect_uri": REDIRECT,
    })
}

async fn token(world: &World, body: &Value) -> Value {
    world.call("/tt_user/oauth2/token/", body).await
}

async fn refresh(world: &World, refresh_token: &Value) -> Value {
    let body = json!({
        "client_id": world.sim.app_id(),
        "client_secret": world.sim.app_secret(),
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
    });
    world.call("/tt_user/oauth2/refresh_token/", &body).await
}

#[tokio::test]
async fn consent_redirects_with_a_code_and_the_untouched_state() {
    let world = World::start().await;
    let answer = redirected(&consent(&world, &[]).await);
    assert_eq!(answer["state"], "st a+te");
    let issued = token(&world, &exchange(&world, &answer["code"])).await;
    assert_eq!(issued["code"], 0);
    assert_eq!(issued["data"]["open_id"], "-000SimBusinessOpenId0001");
    assert_eq!(issued["data"]["expires_in"], 86_400);
    assert_eq!(issued["data"]["refresh_token_expires_in"], 31_536_000);
    assert_eq!(issued["data"]["scope"], "message.list.read,message.list.send,user.info.basic");
}

#[tokio::test]
async fn consent_refuses_a_foreign_client_or_redirect_without_redirecting() {
    let world = World::start().await;
    for wrong in [("client_key", "1"), ("redirect_uri", "https://example.com/"), ("response_type", "token")] {
        assert_eq!(consent(&world, &[wrong]).await.status(), 400, "{wrong:?}");
    }
}

#[tokio::test]
async fn one_unapproved_scope_fails_the_whole_request() {
    let world = World::start().await;
    let scope = ("scope", "message.list.send,video.list");
    let answer = redirected(&consent(&world, &[scope]).await);
    assert_eq!(answer["error"], "invalid_scope");
    assert_eq!(answer["error_type"], "scope");
    assert!(!answer.contains_key("code"));
}

#[tokio::test]
async fn an_owner_can_withhold_a_permission() {
    let world = World::start().await;
    world.sim.configure(|s| s.withheld_scopes = vec!["message.list.send".to_owned()]);
    let code = fresh_code(&world).await;
    let issued = token(&world, &exchange(&world, &code)).await;
    assert_eq!(issued["data"]["scope"], "message.list.read,user.info.basic");
}

#[tokio::test]
async fn wrong_exchanges_are_told_apart() {
    let world = World::start().await;
    let code = fresh_code(&world).await;
    for (member, value, expected) in [
        ("client_secret", json!("wrong"), 40101),
        ("client_id", json!("wrong"), 40101),
        ("grant_type", json!("refresh_token"), 40108),
        ("redirect_uri", json!("http://127.0.0.1:4000/"), 40002),
        ("auth_code", json!("code.unknown"), 40110),
        ("auth_code", Value::Null, 40002),
    ] {
        let mut body = exchange(&world, &code);
        body[member] = value;
        let answer = token(&world, &body).await;
        assert_eq!(answer["code"], expected, "{member}: {answer}");
    }
    assert_eq!(token(&world, &exchange(&world, &code)).await["code"], 0);
}

#[tokio::test]
async fn a_code_works_once_and_for_ten_minutes() {
    let world = World::start().await;
    let body = exchange(&world, &fresh_code(&world).await);
    assert_eq!(token(&world, &body).await["code"], 0);
    assert_eq!(token(&world, &body).await["code"], 40110);
    assert_eq!(world.sim.violations()[0].kind, ViolationKind::AuthCodeReused);

    let body = exchange(&world, &fresh_code(&world).await);
    world.sim.advance(Duration::from_secs(600));
    assert_eq!(token(&world, &body).await["code"], 40110);
}

#[tokio::test]
async fn refreshing_rotates_and_the_year_runs_on() {
    let world = World::start().await;
    world.sim.freeze(true);
    let code = fresh_code(&world).await;
    let first = token(&world, &exchange(&world, &code)).await;
    world.sim.advance(Duration::from_secs(1_000));
    let second = refresh(&world, &first["data"]["refresh_token"]).await;
    assert_eq!(second["code"], 0);
    assert_eq!(second["data"]["refresh_token_expires_in"], 31_536_000 - 1_000);
    assert_ne!(second["data"]["refresh_token"], first["data"]["refresh_token"]);

    let reused = refresh(&world, &first["data"]["refresh_token"]).await;
    assert_eq!(reused["code"], 40107);
    let kind = world.sim.violations()[0].kind;
    assert_eq!(kind, ViolationKind::RefreshTokenReused);

    world.sim.advance(Duration::from_secs(31_536_000 - 1_000));
    let late = refresh(&world, &second["data"]["refresh_token"]).await;
    assert_eq!(late["code"], 40103);
}

#[tokio::test]
async fn a_token_can_be_inspected_until_it_is_revoked() {
    let world = World::start().await;
    let inspect = json!({
        "app_id": world.sim.app_id(),
        "access_token": world.tokens.access_token,
    });
    let info = world.call("/tt_user/token_info/get/", &inspect).await;
    assert_eq!(info["data"]["creator_id"], world.tokens.open_id);

    let revoke = json!({
        "client_id": world.sim.app_id(),
        "client_secret": world.sim.app_secret(),
        "access_token": world.tokens.access_token,
    });
    let revoked = world.call("/tt_user/oauth2/revoke/", &revoke).await;
    assert_eq!((&revoked["code"], &revoked["data"]), (&json!(0), &json!({})));
    let info = world.call("/tt_user/token_info/get/", &inspect).await;
    assert_eq!(info["code"], 40105);
    let dead = json!(world.tokens.refresh_token);
    assert_eq!(refresh(&world, &dead).await["code"], 40107);
}
