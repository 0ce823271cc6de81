//! Comment-to-Message: a comment is answered by a direct message, which begins a conversation.

use anyhow::{Context, Result};
use end_to_end::eventually;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Asked, Shop, ask};

/// A shop in Vietnam that answers comments.
async fn open() -> Result<(Shop, String)> {
    let shop = Shop::open().await?;
    shop.simulator.control("account", &json!({"country": "VN", "answers_comments": true})).await?;
    let accounts = shop.api().items("/v1/accounts").await?;
    let account = format!("/v1/accounts/{}", accounts[0]["id"].as_str().context("no id")?);
    let layer = json!({"region": "VN", "opt_ins": ["initiation.business.comment"]});
    let answer = ask(shop.api().request(Method::PUT, &format!("{account}/layer")).json(&layer)).await?;
    assert_eq!(answer.status, 200, "{}", answer.body);
    Ok((shop, format!("{account}/comments")))
}

/// A customer comments; the comment, once the host knows it.
async fn commented(shop: &Shop, comments: &str, customer: &str) -> Result<Value> {
    shop.simulator.control("customer/profile", &json!({"customer": customer, "country": "BR"})).await?;
    let told = json!({"customer": customer, "text": "How much?"});
    let told = shop.simulator.control("customer/comments", &told).await?;
    sees(shop, comments, &told["comment_id"], |_| true).await
}

/// The comment of that id, once it is as it should be.
async fn sees(shop: &Shop, comments: &str, id: &Value, is: impl Fn(&Value) -> bool) -> Result<Value> {
    let look = || async {
        let all = shop.api().items(comments).await?;
        Ok(all.into_iter().find(|comment| comment["platform_id"] == *id && is(comment)))
    };
    eventually("the comment", look).await
}

async fn answer(shop: &Shop, comments: &str, comment: &Value, text: &str) -> Result<Asked> {
    let path = format!("{comments}/{}/answer", comment["id"].as_str().context("no id")?);
    let body = json!({"content": {"kind": "text", "text": text}});
    ask(shop.api().request(Method::POST, &path).json(&body)).await
}

#[tokio::test]
async fn a_comment_is_answered_and_the_customer_goes_on_in_the_same_conversation() -> Result<()> {
    let (shop, comments) = open().await?;
    for (customer, echo) in [("ana", "after-response"), ("ben", "before-response")] {
        shop.simulator.control("settings", &json!({"echo": echo})).await?;
        let comment = commented(&shop, &comments, customer).await?;
        assert_eq!((&comment["answerable"], &comment["answer"]), (&json!(true), &Value::Null));
        let text = format!("Nine reais, {customer}.");
        let answered = answer(&shop, &comments, &comment, &text).await?;
        assert_eq!(answered.status, 200, "{}", answered.body);
        let delivered = |comment: &Value| comment["answer"]["status"] == "delivered";
        let comment = sees(&shop, &comments, &comment["platform_id"], delivered).await?;
        let conversation = comment["answer"]["conversation_id"].as_str().context("no conversation")?;
        let message = comment["answer"]["message_id"].as_str().context("no message")?;
        assert_eq!(shop.message(message).await?["content"]["text"], text);
        let again = answer(&shop, &comments, &comment, "Ten reais.").await?;
        assert_eq!((again.status, &again.body["code"]), (422, &json!("comment.answered")));
        assert_eq!(comment["answerable"], false);
        assert_eq!(shop.accepted(&text).await?, 1);
        assert_eq!(shop.asked_by(customer).await?, conversation);
        let reply = shop.send(conversation, &format!("Gladly, {customer}.")).await?;
        shop.reaches(&reply, "delivered").await?;
        assert_eq!(shop.messages(conversation).await?.len(), 3, "an echo became a message");
    }
    shop.close().await
}

#[tokio::test]
async fn an_answer_that_the_platform_may_have_taken_is_uncertain_until_its_echo() -> Result<()> {
    let (shop, comments) = open().await?;
    for echo in ["after-response", "before-response"] {
        shop.simulator.control("settings", &json!({"echo": echo})).await?;
        let comment = commented(&shop, &comments, &format!("reader of {echo}")).await?;
        shop.next_send(json!({"kind": "drop-after-accept", "echo": true})).await?;
        let text = format!("Nine reais, {echo}.");
        let answered = answer(&shop, &comments, &comment, &text).await?;
        assert_eq!(answered.status, 200, "{}", answered.body);
        let delivered = |comment: &Value| comment["answer"]["status"] == "delivered";
        sees(&shop, &comments, &comment["platform_id"], delivered).await?;
        assert_eq!(shop.accepted(&text).await?, 1);
    }
    assert_eq!(shop.api().items("/v1/conversations").await?.len(), 2);
    shop.close().await
}

#[tokio::test]
async fn an_answer_in_flight_at_a_crash_is_uncertain_and_not_repeated() -> Result<()> {
    let (mut shop, comments) = open().await?;
    shop.simulator.control("settings", &json!({"echo": "off"})).await?;
    let comment = commented(&shop, &comments, "ana").await?;
    shop.next_send(json!({"kind": "slow", "millis": 5_000})).await?;
    let path = format!("{comments}/{}/answer", comment["id"].as_str().context("no id")?);
    let body = json!({"content": {"kind": "text", "text": "In flight."}});
    let asking = tokio::spawn(shop.api().request(Method::POST, &path).json(&body).send());
    let sending = |comment: &Value| comment["answer"]["status"] == "sending";
    sees(&shop, &comments, &comment["platform_id"], sending).await?;
    shop.host = shop.host.crash_and_restart().await?;
    assert!(asking.await?.is_err(), "the host answered after its end");
    let uncertain = |comment: &Value| comment["answer"]["status"] == "uncertain";
    let comment = sees(&shop, &comments, &comment["platform_id"], uncertain).await?;
    assert_eq!(comment["answer"]["reason"]["code"], "outcome.unknown");
    let elsewhere = shop.asked_by("ben").await?;
    let elsewhere = shop.send(&elsewhere, "meanwhile").await?;
    shop.reaches(&elsewhere, "sent").await?;
    let again = answer(&shop, &comments, &comment, "In flight.").await?;
    assert_eq!((again.status, &again.body["code"]), (422, &json!("comment.answered")));
    assert!(shop.accepted("In flight.").await? <= 1, "it was sent twice");
    let decided = shop.api().post(&format!("{path}/decision"), &json!({"decision": "was_sent"})).await?;
    assert_eq!(decided.success()?["answer"]["status"], "sent");
    shop.close().await
}
