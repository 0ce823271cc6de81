//! The `Access-Token` header.

use std::time::Duration;

use serde_json::Value;
use tiktok_simulator::{AccountConfig, SimulatorConfig, ViolationKind};

use crate::api_client::{World, envelope};

async fn code_with(world: &World, header: Option<(&str, &str)>) -> Value {
    let conversation = world.sim.customer("ana").conversation_id().unwrap();
    let body = world.text(&conversation, "oi");
    let mut request = world.post("/business/message/send/", &body);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    envelope(request.send().await.unwrap()).await["code"].clone()
}

#[tokio::test]
async fn an_absent_token_is_40104() {
    let world = World::start().await;
    assert_eq!(code_with(&world, None).await, 40104);
}

#[tokio::test]
async fn an_authorization_header_counts_as_absent_and_is_held_against_the_client() {
    let world = World::start().await;
    let bearer = format!("Bearer {}", world.tokens.access_token);
    let code = code_with(&world, Some(("Authorization", &bearer))).await;
    assert_eq!(code, 40104);
    let violations = world.sim.violations();
    assert_eq!(violations[0].kind, ViolationKind::AuthorizationHeader);
}

#[tokio::test]
async fn an_unknown_or_wrapped_token_is_40105() {
    let world = World::start().await;
    let bearer = format!("Bearer {}", world.tokens.access_token);
    for token in ["act.unknown", &bearer] {
        let code = code_with(&world, Some(("Access-Token", token))).await;
        assert_eq!(code, 40105, "{token}");
    }
    assert_eq!(world.sim.violations()[0].kind, ViolationKind::BearerPrefix);
}

#[tokio::test]
async fn a_revoked_token_is_40105() {
    let world = World::start().await;
    world.sim.revoke_tokens().unwrap();
    let token = Some(("Access-Token", world.tokens.access_token.as_str()));
    assert_eq!(code_with(&world, token).await, 40105);
}

#[tokio::test]
async fn the_token_of_another_account_is_40105() {
    let second = AccountConfig {
        business_id: "-000SimBusinessOpenId0002".to_owned(),
        username: "other".to_owned(),
        ..AccountConfig::default()
    };
    let config =
        SimulatorConfig { accounts: vec![AccountConfig::default(), second], ..SimulatorConfig::default() };
    let world = World::start_with(config).await;
    let other = world.sim.issue_tokens_for("-000SimBusinessOpenId0002", &["message.list.send"]).unwrap();
    let token = Some(("Access-Token", other.access_token.as_str()));
    assert_eq!(code_with(&world, token).await, 40105);
}

#[tokio::test]
async fn a_token_lives_24_hours() {
    let world = World::start().await;
    let token = Some(("Access-Token", world.tokens.access_token.as_str()));
    world.sim.freeze(true);
    world.sim.customer("ana").says("oi").await.unwrap();
    world.sim.advance(Duration::from_secs(86_399));
    assert_eq!(code_with(&world, token).await, 0);
    world.sim.advance(Duration::from_secs(1));
    assert_eq!(code_with(&world, token).await, 40102);
}

#[tokio::test]
async fn a_token_without_the_scope_is_40001() {
    let world = World::start().await;
    let reader = world.sim.issue_tokens_for(&world.tokens.open_id, &["message.list.read"]).unwrap();
    let token = Some(("Access-Token", reader.access_token.as_str()));
    assert_eq!(code_with(&world, token).await, 40001);
}
