//! Welcome message, suggested questions and chat prompts.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Shop;

impl Shop {
    /// Makes an automatic message; its id.
    async fn adds(&self, kind: &str, text: &Value) -> Result<String> {
        let path = format!("automatic-messages/{kind}/messages");
        let made = self.does(Method::POST, &path, Some(text)).await?;
        Ok(made["id"].as_str().context("no id")?.to_owned())
    }

    async fn listed(&self, kind: &str) -> Result<Value> {
        self.does(Method::GET, &format!("automatic-messages/{kind}"), None).await
    }

    /// The platform decides about its text.
    async fn reviewed(&self, id: &str, verdict: &str) -> Result<()> {
        let verdict = json!({"auto_message_id": id, "audit_status": verdict});
        self.simulator.control("auto-message/review", &verdict).await?;
        Ok(())
    }
}

#[tokio::test]
async fn a_welcome_message_is_written_reviewed_changed_and_switched_off() -> Result<()> {
    let shop = Shop::open().await?;
    let id = shop.adds("welcome_message", &json!({"text": "Welcome!"})).await?;
    let listed = shop.listed("welcome_message").await?;
    assert_eq!(
        listed["items"],
        json!([{"id": id, "title": null, "text": "Welcome!", "review": "reviewing"}])
    );
    let path = format!("automatic-messages/welcome_message/messages/{id}");
    let better = json!({"text": "Welcome to the shop!"});
    let early = shop.call(Method::PUT, &path, Some(&better)).await?;
    early.is_problem("under review", 422, "content.under_review")?;
    let second =
        shop.call(Method::POST, "automatic-messages/welcome_message/messages", Some(&better)).await?;
    second.is_problem("a second one", 422, "content.too_many")?;
    shop.reviewed(&id, "APPROVED").await?;
    let changed = shop.does(Method::PUT, &path, Some(&better)).await?;
    assert_eq!(changed["id"], json!(id));
    let removed = shop.call(Method::DELETE, &path, None).await?;
    removed.is_problem("it can only be switched off", 422, "operation.unsupported")?;
    for enabled in [true, false] {
        let switch = json!({ "enabled": enabled });
        let switched =
            shop.does(Method::PUT, "automatic-messages/welcome_message/switch", Some(&switch)).await?;
        assert_eq!(switched, switch);
        assert_eq!(shop.listed("welcome_message").await?["enabled"], json!(enabled));
    }
    assert_eq!(shop.listed("welcome_message").await?["items"][0]["text"], "Welcome to the shop!");
    shop.close().await
}

#[tokio::test]
async fn chat_prompts_are_put_into_an_order_and_removed_within_the_declared_limits() -> Result<()> {
    let shop = Shop::open().await?;
    let mut ids = Vec::new();
    for number in 1..=6 {
        let prompt = json!({"title": format!("Prompt {number}"), "text": format!("Tell me about {number}.")});
        ids.push(shop.adds("chat_prompt", &prompt).await?);
    }
    let long = json!({"title": "x".repeat(19), "text": "y"});
    let path = "automatic-messages/chat_prompt/messages";
    shop.call(Method::POST, path, Some(&long)).await?.is_problem(
        "a long title",
        422,
        "content.text_too_long",
    )?;
    let seventh = json!({"title": "Prompt 7", "text": "y"});
    shop.call(Method::POST, path, Some(&seventh)).await?.is_problem("a seventh", 422, "content.too_many")?;
    ids.reverse();
    shop.does(Method::PUT, "automatic-messages/chat_prompt/order", Some(&json!({ "ids": ids }))).await?;
    let order = |listed: &Value| -> Vec<String> {
        let items = listed["items"].as_array().into_iter().flatten();
        items.filter_map(|item| item["id"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(order(&shop.listed("chat_prompt").await?), ids);
    let last = ids.pop().context("no prompt")?;
    shop.does(Method::DELETE, &format!("{path}/{last}"), None).await?;
    assert_eq!(order(&shop.listed("chat_prompt").await?), ids);
    shop.close().await
}

#[tokio::test]
async fn suggested_questions_have_a_question_and_an_answer() -> Result<()> {
    let shop = Shop::open().await?;
    let question = json!({"title": "Do you ship abroad?", "text": "We do."});
    let id = shop.adds("suggested_question", &question).await?;
    shop.reviewed(&id, "REJECTED").await?;
    let listed = shop.listed("suggested_question").await?;
    let expected = json!({"id": id, "title": "Do you ship abroad?", "text": "We do.", "review": "rejected"});
    assert_eq!(listed["items"], json!([expected]));
    shop.call(Method::GET, "automatic-messages/auto_reply", None).await?.is_problem(
        "keyword answers",
        422,
        "operation.unsupported",
    )?;
    shop.close().await
}
