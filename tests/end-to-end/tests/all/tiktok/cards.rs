//! Question cards, whose choices may be longer in one layout than in the other.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shop, ask};

/// What a card of that layout with one label of that length leads to.
const CASES: [(Option<&str>, usize, Option<&str>); 7] = [
    (None, 20, None),
    (None, 21, Some("content.choices_too_many")),
    (Some("buttons"), 20, None),
    (Some("buttons"), 21, Some("content.choices_too_many")),
    (Some("links"), 40, None),
    (Some("links"), 41, Some("content.choices_too_many")),
    (Some("stars"), 20, Some("content.layout_unsupported")),
];

async fn open() -> Result<(Shop, String)> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let cards = json!({"opt_ins": ["outbound.question_card"]});
    shop.does(Method::PUT, "layer", Some(&cards)).await?;
    Ok((shop, conversation))
}

#[tokio::test]
async fn the_length_of_a_label_is_checked_by_the_layout_of_its_card() -> Result<()> {
    let (shop, conversation) = open().await?;
    for (layout, length, expected) in CASES {
        let part = json!({"kind": "question_card", "text": "Which one?", "choices": ["x".repeat(length)],
            "layout": layout});
        let question =
            json!({"conversation": conversation, "action": {"do": "send", "draft": {"parts": [part]}}});
        let answer = shop.api().post("/v1/check", &json!({"checks": [question]})).await?.success()?;
        let verdict = &answer["items"][0];
        let code = verdict["reasons"][0]["code"].as_str();
        assert_eq!(code, expected, "{layout:?} {length}: {verdict:#}");
    }
    shop.close().await
}

#[tokio::test]
async fn what_the_layout_allows_is_sent_and_what_it_does_not_is_refused_with_its_reason() -> Result<()> {
    let (shop, conversation) = open().await?;
    let path = format!("/v1/conversations/{conversation}/messages");
    for (layout, length, expected) in CASES {
        let mut card = json!({"kind": "question_card", "title": "Which one?",
            "buttons": [{"label": "x".repeat(length), "id": "one"}]});
        if let Some(layout) = layout {
            card["layout"] = layout.into();
        }
        let answer = ask(shop.api().request(Method::POST, &path).json(&json!({"content": card}))).await?;
        match expected {
            None => {
                let id = answer.body["id"].as_str().with_context(|| answer.body.to_string())?.to_owned();
                shop.reaches(&id, "delivered").await?;
            }
            Some(code) => {
                assert_eq!((answer.status, &answer.body["code"]), (422, &json!(code)), "{}", answer.body);
            }
        }
    }
    // A name that comes back with the answer has a length of its own.
    let named = json!({"content": {"kind": "question_card", "layout": "links", "title": "Which one?",
        "buttons": [{"label": "Red", "id": "r".repeat(41)}]}});
    let answer = ask(shop.api().request(Method::POST, &path).json(&named)).await?;
    assert_eq!(answer.body["code"], "content.choices_too_many", "{}", answer.body);
    let sends = shop.simulator.state().await?["sends"].clone();
    let sent: Vec<&Value> = sends.as_array().context("no sends")?.iter().collect();
    assert_eq!(sent.len(), CASES.iter().filter(|(.., code)| code.is_none()).count(), "{sent:#?}");
    shop.close().await
}
