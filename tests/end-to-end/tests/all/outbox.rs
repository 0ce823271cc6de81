//! What people do about messages that wait or went wrong, and what time does.

use anyhow::{Context, Error, Result, ensure};
use end_to_end::{Answer, SimulatorProcess};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{INSTANCE, Shop, ask};

fn in_seconds(seconds: i64) -> Result<String> {
    Ok((jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds)).to_string())
}

/// Puts a text in line with more than the text.
async fn send_with(shop: &Shop, conversation: &str, text: &str, more: Value) -> Result<Answer> {
    let mut body = json!({"content": {"kind": "text", "text": text}});
    for (key, value) in more.as_object().context("no object")? {
        body[key] = value.clone();
    }
    shop.api().post(&format!("/v1/conversations/{conversation}/messages"), &body).await
}

async fn post(shop: &Shop, path: &str, body: Value) -> Result<Value> {
    shop.api().post(path, &body).await?.success()
}

async fn refuse(shop: &Shop, conversation: &str, text: &str) -> Result<String> {
    shop.next_send(json!({"kind": "code", "code": 40_002, "message": "simulated"})).await?;
    let refused = shop.send(conversation, text).await?;
    shop.reaches(&refused, "failed").await?;
    Ok(refused)
}

fn id(message: &Value) -> Result<&str> {
    message["id"].as_str().context("no id")
}

#[tokio::test]
async fn a_retry_sends_or_says_why_it_cannot() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let failed = refuse(&shop, &conversation, "at last").await?;
    let behind = shop.send(&conversation, "behind").await?;
    let retry = |message: &str| format!("/v1/messages/{message}/retry");
    let again = shop.api().post(&retry(&failed), &Value::Null).await?;
    assert_eq!(again.status.as_u16(), 202);
    assert_eq!(again.body["retry_of"], failed);
    let second = post(&shop, &retry(&failed), Value::Null).await?;
    assert_eq!(id(&second)?, id(&again.body)?, "a second press is the same message");
    shop.reaches(id(&again.body)?, "delivered").await?;
    shop.reaches(&behind, "delivered").await?;
    assert_eq!(shop.message(&failed).await?["retried_as"], again.body["id"]);
    assert_eq!(shop.accepted("at last").await?, 1);
    let state = shop.simulator.state().await?;
    assert_eq!(state["sends"][0]["text"], "at last", "nothing overtook it");

    let pressed = ask(shop.api().request(Method::POST, &retry(&behind))).await?;
    pressed.is_problem("a delivered message", 409, "message.not_failed")?;
    let first = refuse(&shop, &conversation, "one").await?;
    post(&shop, &format!("/v1/conversations/{conversation}/resume"), Value::Null).await?;
    refuse(&shop, &conversation, "other").await?;
    let pressed = ask(shop.api().request(Method::POST, &retry(&first))).await?;
    pressed.is_problem("while another holds the line", 422, "conversation.held")?;
    shop.close().await
}

#[tokio::test]
async fn t39_a_message_is_shown_from_the_start_and_sent_and_read_without_a_report_of_its_delivery()
-> Result<()> {
    let shop = Shop::open().await?;
    shop.simulator.control("settings", &json!({"echo": "off"})).await?;
    let conversation = shop.asked_by("ana").await?;
    let message = shop.send(&conversation, "Temos, sim!").await?;
    let shown = shop.messages(&conversation).await?;
    ensure!(shown.iter().any(|one| one["id"] == message.as_str()), "not shown: {shown:?}");
    shop.reaches(&message, "sent").await?;
    shop.simulator.control("customer/reads", &json!({"customer": "ana"})).await?;
    let read = shop.reaches(&message, "read").await?;
    ensure!(!read["history"].to_string().contains("delivered"), "nobody said so: {read:#}");
    shop.close().await
}

#[tokio::test]
async fn what_waits_is_given_up() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let failed = refuse(&shop, &conversation, "refused").await?;
    let mut waiting = Vec::new();
    for text in ["one", "two", "three"] {
        waiting.push(shop.send(&conversation, text).await?);
    }
    let path = format!("/v1/messages/{}", waiting[0]);
    for _ in 0..2 {
        let given_up = ask(shop.api().request(Method::DELETE, &path)).await?;
        assert_eq!((given_up.status, &given_up.body["status"]), (200, &json!("failed")));
        assert_eq!(given_up.body["reason"]["code"], "message.discarded");
    }
    let path = format!("/v1/messages/{failed}");
    let refused = ask(shop.api().request(Method::DELETE, &path)).await?;
    refused.is_problem("a failed message", 409, "message.not_queued")?;
    let discard = format!("/v1/conversations/{conversation}/discard");
    assert_eq!(post(&shop, &discard, Value::Null).await?["discarded"], json!(waiting[1..]));
    let view = shop.conversation(&conversation).await?;
    assert_eq!((&view["held_by"], &view["window"]["left"]), (&Value::Null, &json!(10)));
    let next = shop.send(&conversation, "next").await?;
    shop.reaches(&next, "delivered").await?;

    let letters =
        shop.api().items(&format!("/v1/messages?status=failed&instance={INSTANCE}&limit=200")).await?;
    let mut newest_first = vec![failed];
    newest_first.extend(waiting);
    newest_first.reverse();
    let found: Vec<_> = letters.iter().filter_map(|message| message["id"].as_str()).collect();
    assert_eq!(found, newest_first);
    assert!(shop.api().items("/v1/messages?status=failed&instance=other").await?.is_empty());
    assert!(shop.api().items("/v1/messages?status=uncertain").await?.is_empty());
    let no_status = ask(shop.api().request(Method::GET, "/v1/messages")).await?;
    no_status.is_problem("without a status", 400, "request.malformed")?;
    shop.close().await
}

#[tokio::test]
async fn a_message_leaves_at_its_time_and_not_after_it() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let later = json!({"send_at": in_seconds(2)?});
    let scheduled = send_with(&shop, &conversation, "later", later.clone()).await?.success()?;
    assert_ne!(scheduled["send_at"], Value::Null);
    let now = shop.send(&conversation, "now").await?;
    shop.reaches(&now, "delivered").await?;
    let sent = shop.reaches(id(&scheduled)?, "delivered").await?;
    let time =
        |time: &Value| time.as_str().context("no time")?.parse::<jiff::Timestamp>().map_err(Error::from);
    assert!(time(&sent["history"][1]["at"])? >= time(&sent["send_at"])?, "{sent}");

    let pause = format!("/v1/conversations/{conversation}/pause");
    post(&shop, &pause, json!({"reason": "We are away."})).await?;
    let short = json!({"expires_at": in_seconds(1)?});
    let short = send_with(&shop, &conversation, "soon or never", short).await?.success()?;
    let expired = shop.reaches(id(&short)?, "failed").await?;
    assert_eq!(expired["reason"]["code"], "message.expired");
    assert_eq!(shop.accepted("soon or never").await?, 0);
    assert_eq!(shop.conversation(&conversation).await?["window"]["left"], 8);

    let cancelled = send_with(&shop, &conversation, "never", json!({"send_at": in_seconds(600)?})).await?;
    let path = format!("/v1/messages/{}", id(&cancelled.success()?)?);
    assert_eq!(ask(shop.api().request(Method::DELETE, &path)).await?.status, 200);
    let past_the_window = json!({"send_at": in_seconds(49 * 3600)?});
    let refused = send_with(&shop, &conversation, "too late", past_the_window).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("window.closed")));
    assert!(refused.body["reasons"][0]["params"]["closes_at"].is_i64(), "{}", refused.body);
    let upside_down = json!({"send_at": in_seconds(60)?, "expires_at": in_seconds(30)?});
    let refused = send_with(&shop, &conversation, "upside down", upside_down).await?;
    assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!("message.expired")));
    shop.close().await
}

#[tokio::test]
async fn while_it_is_paused_messages_wait() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let account =
        shop.conversation(&conversation).await?["account"].as_str().context("no account")?.to_owned();
    let levels = [
        (format!("/v1/conversations/{conversation}"), "conversation"),
        (format!("/v1/accounts/{account}"), "account"),
        (format!("/v1/instances/{INSTANCE}"), "instance"),
    ];
    for (path, level) in levels {
        let paused = post(&shop, &format!("{path}/pause"), json!({"reason": "We are away."})).await?;
        assert_eq!(paused["paused"]["reason"]["text"], "We are away.", "{level}");
        assert_eq!(paused["paused"]["by"], "demo", "{level}");
        shop.tells(&format!("{level}.paused")).await?;
        let view = match level {
            "instance" => shop.api().items("/v1/instances").await?.remove(0),
            _ => shop.api().get(&path).await?.success()?,
        };
        assert_eq!(view["paused"], paused["paused"], "{level}");
        let waits = shop.send(&conversation, &format!("written while the {level} is paused")).await?;
        if level == "conversation" {
            shop.others_go_on("bob").await?;
        }
        assert_eq!(shop.message(&waits).await?["status"], "queued", "{level}");
        let unpaused = post(&shop, &format!("{path}/unpause"), Value::Null).await?;
        assert_eq!(unpaused["paused"], Value::Null, "{level}");
        shop.reaches(&waits, "delivered").await?;
        shop.tells(&format!("{level}.unpaused")).await?;
    }
    let nobody =
        ask(shop.api().request(Method::POST, "/v1/instances/nowhere/pause").json(&json!({}))).await?;
    nobody.is_problem("an instance of nobody", 404, "request.not_found")?;
    shop.close().await
}

#[tokio::test]
async fn people_are_warned_before_a_window_with_an_unanswered_customer_closes() -> Result<()> {
    // As long as the window itself, so that every customer without an answer is warned of.
    let alerts = "[alerts]\nwindow_closing_minutes = 2880\n";
    let shop =
        Shop::open_with(SimulatorProcess::start().await?, |options| Ok(options.configure(alerts))).await?;
    let conversation = shop.asked_by("ana").await?;
    let warning = shop.tells("window.closing").await?;
    assert_eq!((&warning["conversation"], &warning["message"]), (&json!(conversation), &Value::Null));
    for (window, found) in [("open", 1), ("closing", 1), ("closed", 0)] {
        let conversations = shop.api().items(&format!("/v1/conversations?window={window}")).await?;
        assert_eq!(conversations.len(), found, "{window}");
    }
    let unknown = ask(shop.api().request(Method::GET, "/v1/conversations?window=ajar")).await?;
    unknown.is_problem("a window of no kind", 400, "request.malformed")?;
    shop.close().await
}
