//! The manual says what is so.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tiktok_simulator::Settings;

use crate::api_client::World;

const MANUAL: &str = include_str!("../../README.md");
const CALLS: &str = include_str!("../../src/control/page/calls.txt");
const ROUTES: &str = include_str!("../../src/control/mod.rs");

fn section(title: &str) -> &'static str {
    let start = MANUAL.find(&format!("\n## {title}\n")).unwrap();
    let rest = MANUAL.get(start + 4..).unwrap();
    rest.split("\n## ").next().unwrap()
}

/// The cells of a table, without its head.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = text.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
}

#[test]
fn every_switch_stands_in_the_manual_with_its_default_and_a_reason() {
    let documented: BTreeMap<String, Value> = rows(section("Switches"))
        .map(|cells| {
            assert!(cells[2].len() > 5, "{cells:?} has no reason");
            let name = cells[0].trim_matches('`').to_owned();
            (name, serde_json::from_str(cells[1].trim_matches('`')).unwrap())
        })
        .collect();
    assert_eq!(json!(documented), serde_json::to_value(Settings::default()).unwrap());
}

#[tokio::test]
async fn every_fault_and_every_kind_of_violation_stands_in_the_manual() {
    let world = World::start().await;
    for cells in rows(section("Faults")) {
        let kind = cells[0].trim_matches('`');
        let fault = json!({ "kind": kind, "millis": 1, "code": 51065, "message": "busy", "echo": true, "path": "/nowhere/" });
        let answer = world.control("faults", &fault).await;
        assert!(answer["faults"].is_array(), "{kind}: {answer}");
    }
    assert_eq!(rows(section("Faults")).count(), 10);
    let judge = include_str!("../../src/judge/violation.rs");
    let names = judge.split("pub enum ViolationKind {").nth(1).unwrap().split('}').next().unwrap();
    let names = names.lines().map(str::trim).filter(|line| line.ends_with(',') && !line.starts_with("///"));
    let mut count = 0;
    for name in names {
        let snake = name.trim_end_matches(',').chars().fold(String::new(), |mut snake, letter| {
            if letter.is_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
            snake
        });
        assert!(section("The judge").contains(&format!("`{snake}`")), "{snake}");
        count += 1;
    }
    assert_eq!(count, 21);
}

#[test]
fn every_control_call_is_listed_and_has_a_line_to_try() {
    let routes = ROUTES.split('"').filter(|text| text.starts_with("/control/"));
    for route in routes {
        assert!(CALLS.contains(route), "GET /control does not list {route}");
        let tried = [' ', '\n', '?'].iter().any(|end| MANUAL.contains(&format!("9090{route}{end}")));
        assert!(tried, "the manual has no line for {route}");
    }
}

async fn prepared() -> (World, Vec<(&'static str, String)>) {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let mut card = world.text(&said.conversation_id, "");
    card.as_object_mut().unwrap().remove("text");
    card["message_type"] = json!("TEMPLATE");
    let button = json!({ "type": "REPLY", "title": "Track parcel", "id": "track" });
    card["template"] = json!({ "type": "QA_BUTTON_CARD", "title": "What?", "buttons": [button] });
    let sent = world.send(&card).await;
    let question = json!({ "question": "Do you ship?", "answer": "Yes." });
    let auto = json!({ "business_id": world.tokens.open_id, "auto_message_type": "SUGGESTED_QUESTION",
                       "suggested_question": question });
    let made = world.post_signed("/business/message/auto_message/create/", &auto).await;
    let names = vec![
        ("MESSAGE_ID", said.message_id),
        ("CARD_ID", sent["data"]["message"]["message_id"].as_str().unwrap().to_owned()),
        ("MEDIA_ID", world.upload(crate::media::PNG).await["data"]["media_id"].as_str().unwrap().to_owned()),
        ("AUTO_ID", made["data"]["auto_message"]["auto_message_id"].as_str().unwrap().to_owned()),
    ];
    (world, names)
}

#[tokio::test]
async fn every_line_of_the_manual_does_what_it_says() {
    let (world, names) = prepared().await;
    let lines: Vec<&str> =
        section("Control calls").lines().filter(|line| line.starts_with("curl ")).collect();
    assert_eq!(lines.len(), 34);
    for line in lines {
        let path = line.split("127.0.0.1:9090").nth(1).unwrap().split(' ').next().unwrap();
        let named =
            |text: &str| names.iter().fold(text.to_owned(), |text, (name, id)| text.replace(name, id));
        let url = format!("{}{}", world.sim.url(), named(path));
        let body = line.split(" -d '").nth(1).map(|rest| rest.trim_end_matches('\'').to_owned());
        let body = body.map(|text| named(&text));
        let request = match body {
            Some(body) => world.http.post(url).header("content-type", "application/json").body(body),
            None if line.ends_with("-X DELETE") => world.http.delete(url),
            None => world.http.get(url),
        };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{line}: {}", response.text().await.unwrap());
    }
}

#[tokio::test]
async fn the_state_has_these_members() {
    let (world, _) = prepared().await;
    let url = format!("{}/control/state", world.sim.url());
    let state: Value = world.http.get(url).send().await.unwrap().json().await.unwrap();
    let names: Vec<&String> = state.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "accounts",
            "app_id",
            "apps",
            "callbacks",
            "comments",
            "conversations",
            "customers",
            "deliveries",
            "faults",
            "now_ms",
            "sender_actions",
            "sends",
            "settings",
            "violations"
        ]
    );
    let text = state.to_string();
    for secret in [world.sim.app_secret(), &world.tokens.access_token, &world.tokens.refresh_token] {
        assert!(!text.contains(secret), "the state shows a secret");
    }
}

#[tokio::test]
async fn unknown_members_of_control_calls_are_refused() {
    let world = World::start().await;
    for (path, body) in [
        ("customer/says", json!({ "customer": "ana", "text": "oi", "txt": 1 })),
        ("customer/sends", json!({ "customer": "ana", "content": { "type": "text", "body": "oi", "x": 1 } })),
        ("customer/reads", json!({ "customer": "ana", "x": 1 })),
        ("colleague/says", json!({ "customer": "ana", "text": "oi", "from": "APP" })),
        ("account", json!({ "county": "DE" })),
    ] {
        let url = format!("{}/control/{path}", world.sim.url());
        let status = world.http.post(url).json(&body).send().await.unwrap().status();
        assert_eq!(status, 422, "{path}");
    }
    assert!(world.sim.conversations().is_empty());
}
