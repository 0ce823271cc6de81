//! Nobody can say whether it was sent: never sent again by itself.

use anyhow::{Context, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shop, ask};

const PICTURE: &[u8] = include_bytes!("../../../../tiktok-simulator/src/media/sample.png");

/// Lets a person decide; the message afterwards.
async fn decide(shop: &Shop, message: &str, decision: &str) -> Result<Value> {
    let path = format!("/v1/messages/{message}/decision");
    shop.api().post(&path, &json!({"decision": decision})).await?.success()
}

#[tokio::test]
async fn t08_an_accepted_message_whose_answer_is_lost_is_settled_by_its_echo() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let faults = [json!({"kind": "drop-after-accept", "echo": true}), json!({"kind": "accept-without-id"})];
    for fault in faults {
        for echo in ["after-response", "before-response"] {
            let text = format!("{} {echo}", fault["kind"]);
            shop.simulator.control("settings", &json!({"echo": echo})).await?;
            shop.next_send(fault.clone()).await?;
            let first = shop.send(&conversation, &text).await?;
            let second = shop.send(&conversation, &format!("after {text}")).await?;
            let settled = shop.reaches(&first, "delivered").await?;
            assert_ne!(settled["platform_id"], Value::Null, "{text}");
            shop.reaches(&second, "delivered").await?;
            assert_eq!(shop.accepted(&text).await?, 1, "{text}");
        }
    }
    assert_eq!(shop.messages(&conversation).await?.len(), 1 + 2 * 4, "an echo became a message");
    shop.close().await
}

#[tokio::test]
async fn an_accepted_picture_whose_answer_is_lost_is_settled_by_its_echo() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let account = shop.conversation(&conversation).await?["account"].clone();
    let upload = format!("/v1/accounts/{}/media", account.as_str().context("no account")?);
    let file = ask(shop.api().request(Method::POST, &upload).body(PICTURE)).await?;
    let path = format!("/v1/conversations/{conversation}/messages");
    for echo in ["after-response", "before-response"] {
        shop.simulator.control("settings", &json!({"echo": echo})).await?;
        shop.next_send(json!({"kind": "drop-after-accept", "echo": true})).await?;
        let content = json!({"content": {"kind": "media", "media": file.body["id"]}});
        let sent = shop.api().post(&path, &content).await?.success()?;
        let settled = shop.reaches(sent["id"].as_str().context("no id")?, "delivered").await?;
        assert_ne!(settled["platform_id"], Value::Null, "{echo}");
    }
    assert_eq!(shop.messages(&conversation).await?.len(), 1 + 2, "an echo became a message");
    shop.close().await
}

#[tokio::test]
async fn t40_without_an_echo_it_is_not_repeated_and_holds_the_line_until_a_person_decides() -> Result<()> {
    let shop = Shop::open().await?;
    let table = [("ana", "was_sent", "sent"), ("bob", "was_not_sent", "failed")];
    for (customer, decision, status) in table {
        let conversation = shop.asked_by(customer).await?;
        shop.next_send(json!({"kind": "drop-after-accept", "echo": false})).await?;
        let (text, next) = (format!("lost for {customer}"), format!("next for {customer}"));
        let lost = shop.send(&conversation, &text).await?;
        let waiting = shop.send(&conversation, &next).await?;
        let uncertain = shop.reaches(&lost, "uncertain").await?;
        assert_eq!(uncertain["reason"]["code"], "outcome.unknown");
        shop.others_go_on(&format!("friend of {customer}")).await?;
        assert_eq!(shop.message(&lost).await?["status"], "uncertain");
        assert_eq!(shop.message(&waiting).await?["status"], "queued");

        let decided = decide(&shop, &lost, decision).await?;
        assert_eq!(decided["status"], status);
        assert_eq!(decided["history"][3]["signal"], "person");
        if decision == "was_not_sent" {
            shop.others_go_on(&format!("another friend of {customer}")).await?;
            assert_eq!(shop.message(&waiting).await?["status"], "queued", "a failed message holds the line");
            let resume = format!("/v1/conversations/{conversation}/resume");
            shop.api().post(&resume, &Value::Null).await?.success()?;
        }
        shop.reaches(&waiting, "delivered").await?;
        assert_eq!((shop.accepted(&text).await?, shop.accepted(&next).await?), (1, 1));
    }
    shop.close().await
}

#[tokio::test]
async fn a_send_in_flight_at_a_crash_is_uncertain_and_not_repeated() -> Result<()> {
    let mut shop = Shop::open().await?;
    shop.simulator.control("settings", &json!({"echo": "off"})).await?;
    let conversation = shop.asked_by("ana").await?;
    shop.next_send(json!({"kind": "slow", "millis": 1_000})).await?;
    let message = shop.send(&conversation, "in flight").await?;
    let waiting = shop.send(&conversation, "behind it").await?;
    shop.reaches(&message, "sending").await?;
    shop.host = shop.host.crash_and_restart().await?;
    let recovered = shop.reaches(&message, "uncertain").await?;
    assert_eq!(recovered["history"][2]["signal"], "restart");
    let elsewhere = shop.asked_by("bob").await?;
    let elsewhere = shop.send(&elsewhere, "meanwhile").await?;
    shop.reaches(&elsewhere, "sent").await?;
    assert_eq!(shop.message(&waiting).await?["status"], "queued");
    ensure!(shop.accepted("in flight").await? <= 1, "it was sent twice");
    decide(&shop, &message, "was_sent").await?;
    shop.reaches(&waiting, "sent").await?;
    shop.close().await
}

#[tokio::test]
async fn only_an_uncertain_message_can_be_decided_about() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let message = shop.send(&conversation, "clear").await?;
    shop.reaches(&message, "delivered").await?;
    let path = format!("/v1/messages/{message}/decision");
    let request = shop.api().request(Method::POST, &path).json(&json!({"decision": "was_not_sent"}));
    ask(request).await?.is_problem("a delivered message", 409, "message.not_uncertain")?;
    assert_eq!(shop.message(&message).await?["status"], "delivered");
    shop.close().await
}
