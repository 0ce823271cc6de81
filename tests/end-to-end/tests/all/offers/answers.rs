//! Comments are answered in private: once, with what became of it on the comment.

use std::time::Duration;

use anyhow::{Context, Result};
use end_to_end::Api;
use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::stage::{ACCOUNT, Stage, at, event};
use crate::support::{Asked, ask};

/// A comment of somebody, that many seconds ago; the path of its account's comments and its own.
async fn commented(
    stage: &Stage,
    id: &str,
    by: &str,
    seconds: i64,
    answerable: bool,
) -> Result<(String, String)> {
    let comment = json!({"id": id, "action": "written", "text": "How much?", "answerable": answerable});
    let kind = json!({"type": "commented", "contact": {"id": by}, "comment": comment});
    stage.arrive(&[event(id, at(-seconds), &kind)]).await?;
    let comments = format!("/v1/accounts/{}/comments", stage.account_id().await?);
    let all = stage.api().items(&comments).await?;
    let ours = all.iter().find(|comment| comment["platform_id"] == id).context("no comment")?;
    let own = format!("{comments}/{}", ours["id"].as_str().context("no id")?);
    Ok((comments, own))
}

/// Answers with a text.
async fn answer(api: &Api, comment: &str, text: &str, key: Option<&str>) -> Result<Asked> {
    let body = json!({"content": {"kind": "text", "text": text}});
    let request = api.request(Method::POST, &format!("{comment}/answer")).json(&body);
    ask(match key {
        Some(key) => request.header("idempotency-key", key),
        None => request,
    })
    .await
}

/// The account may answer comments, and is in a country where that is allowed.
async fn open() -> Result<Stage> {
    let stage = Stage::open().await?;
    commented(&stage, "first", "eva", 0, true).await?;
    turn_on(&stage, "VN", &["initiation.business.comment"]).await?;
    Ok(stage)
}

async fn turn_on(stage: &Stage, region: &str, opt_ins: &[&str]) -> Result<()> {
    let path = format!("/v1/accounts/{}/layer", stage.account_id().await?);
    let body = json!({"region": region, "opt_ins": opt_ins});
    assert_eq!(ask(stage.api().request(Method::PUT, &path).json(&body)).await?.status, 200);
    Ok(())
}

fn echo(conversation: &str, contact: &str, id: &str, text: &str) -> Value {
    let message = json!({"id": id, "sent_at": at(0), "content": {"kind": "text", "text": text}});
    let kind = json!({"type": "message_echoed", "conversation": conversation, "contact": {"id": contact},
        "origin": "api", "message": message});
    event(&format!("echo {id}"), at(0), &kind)
}

/// What stands on the comment.
async fn standing(stage: &Stage, comments: &str, id: &str) -> Result<Value> {
    let all = stage.api().items(comments).await?;
    let ours = all.iter().find(|comment| comment["platform_id"] == id).context("no comment")?;
    Ok(ours["answer"].clone())
}

#[tokio::test]
async fn an_answer_comes_into_the_inbox_with_the_conversation_that_the_platform_names() -> Result<()> {
    let stage = open().await?;
    let (comments, comment) = commented(&stage, "1", "ana", 60, true).await?;
    stage
        .platform
        .answers("answer_comment", &json!({"conversation": "with ana", "receipt": {"message_id": "m1"}}));
    let answered = answer(stage.api(), &comment, "Nine.", None).await?;
    assert_eq!(
        (answered.status, &answered.body["answer"]["status"]),
        (200, &json!("sent")),
        "{}",
        answered.body
    );
    let asked = stage.asked("answer_comment", 1).await?;
    assert_eq!((&asked[0]["comment"], &asked[0]["content"]["text"]), (&json!("1"), &json!("Nine.")));
    assert_eq!(asked[0]["message"], answered.body["answer"]["message_id"]);
    let conversation = answered.body["answer"]["conversation_id"].as_str().context("no conversation")?;
    let messages = stage.messages(conversation).await?;
    assert_eq!(
        (messages.len(), &messages[0]["platform_id"], &messages[0]["origin"]),
        (1, &json!("m1"), &json!("host"))
    );
    stage.arrive(&[echo("with ana", "ana", "m1", "Nine.")]).await?;
    assert_eq!(standing(&stage, &comments, "1").await?["status"], "delivered");
    assert_eq!(stage.messages(conversation).await?.len(), 1);
    let again = answer(stage.api(), &comment, "Ten.", None).await?;
    assert_eq!((again.status, &again.body["code"]), (422, &json!("comment.answered")));
    assert!(stage.told()?.iter().filter(|kind| *kind == "comment.changed").count() > 3);
    stage.close().await
}

#[tokio::test]
async fn what_speaks_against_an_answer_is_said_before_the_platform_is_asked() -> Result<()> {
    let stage = Stage::open().await?;
    let (_, young) = commented(&stage, "young", "ana", 60, true).await?;
    let (_, old) = commented(&stage, "old", "ana", 172_801, true).await?;
    let (_, public) = commented(&stage, "public", "ana", 60, false).await?;
    let (_, talking) = commented(&stage, "talking", "ben", 60, true).await?;
    stage.asked_by("ben").await?;
    let comment = "initiation.business.comment";
    let table = [
        ("VN", None, &young, "initiation.opt_in_off"),
        ("BR", Some(comment), &young, "region.account_blocked"),
        ("VN", Some(comment), &old, "comment.too_old"),
        ("VN", Some(comment), &public, "comment.not_answerable"),
        ("VN", Some(comment), &talking, "comment.not_quiet"),
    ];
    for (region, opt_in, path, expected) in table {
        turn_on(&stage, region, opt_in.as_slice()).await?;
        let refused = answer(stage.api(), path, "Nine.", None).await?;
        assert_eq!((refused.status, &refused.body["code"]), (422, &json!(expected)), "{}", refused.body);
        assert!(!refused.body["reasons"][0]["text"].as_str().unwrap_or_default().is_empty());
    }
    let pause = format!("/v1/accounts/{}/pause", stage.account_id().await?);
    stage.api().post(&pause, &json!({"reason": "stocktaking"})).await?.success()?;
    let refused = answer(stage.api(), &young, "Nine.", None).await?;
    assert_eq!((refused.status, &refused.body["code"]), (422, &json!("sending.paused")), "{}", refused.body);
    assert!(stage.platform.asked("answer_comment").is_empty());
    stage.close().await
}

#[tokio::test]
async fn of_many_agents_at_once_one_answers() -> Result<()> {
    let stage = open().await?;
    let (_, comment) = commented(&stage, "1", "ana", 60, true).await?;
    stage.platform.answers("answer_comment", &json!({"receipt": {"message_id": "m1"}}));
    let api = stage.api();
    let texts: Vec<String> = (0..8).map(|agent| format!("Answer of {agent}.")).collect();
    let all =
        futures_util::future::join_all(texts.iter().map(|text| answer(api, &comment, text, None))).await;
    let statuses = all.into_iter().map(|asked| Ok(asked?.status)).collect::<Result<Vec<_>>>()?;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 422].contains(status)), "{statuses:?}");
    assert_eq!(stage.platform.asked("answer_comment").len(), 1);
    stage.close().await
}

#[tokio::test]
async fn what_was_not_sent_may_be_asked_for_again_and_a_key_is_one_request() -> Result<()> {
    let stage = open().await?;
    let (comments, comment) = commented(&stage, "1", "ana", 60, true).await?;
    stage.platform.fails("answer_comment", "throttled", "rate.limited");
    stage.platform.fails("answer_comment", "refused", "window.refused");
    stage.platform.answers("answer_comment", &json!({"receipt": {"message_id": "m1"}}));
    let throttled = answer(stage.api(), &comment, "Nine.", Some("k")).await?;
    assert_eq!(
        (throttled.status, &throttled.body["code"]),
        (503, &json!("rate.limited")),
        "{}",
        throttled.body
    );
    let failed = standing(&stage, &comments, "1").await?;
    assert_eq!((&failed["status"], &failed["reason"]["code"]), (&json!("failed"), &json!("rate.limited")));
    let refused = answer(stage.api(), &comment, "Nine.", Some("k")).await?;
    assert_eq!(&refused.body["code"], "window.refused", "{}", refused.body);
    let sent = answer(stage.api(), &comment, "Nine.", Some("other")).await?;
    assert_eq!((sent.status, &sent.body["answer"]["status"]), (200, &json!("sent")), "{}", sent.body);
    let again = answer(stage.api(), &comment, "Nine.", Some("other")).await?;
    assert_eq!((again.status, &again.body["answer"]), (200, &sent.body["answer"]));
    let reused = answer(stage.api(), &comment, "Ten.", Some("other")).await?;
    assert_eq!((reused.status, &reused.body["code"]), (422, &json!("idempotency.key_reused")));
    assert_eq!(stage.platform.asked("answer_comment").len(), 3);
    stage.close().await
}

#[tokio::test]
async fn a_paused_account_answers_no_comment_whatever_became_of_an_earlier_answer() -> Result<()> {
    let stage = open().await?;
    let (_, comment) = commented(&stage, "1", "ana", 60, true).await?;
    stage.platform.fails("answer_comment", "throttled", "rate.limited");
    assert_eq!(answer(stage.api(), &comment, "Nine.", None).await?.status, 503);
    let account = comment.split("/comments").next().context("no account")?;
    stage.api().post(&format!("{account}/pause"), &json!({"reason": "a dispute"})).await?.success()?;
    let paused = answer(stage.api(), &comment, "Nine.", None).await?;
    assert_eq!((paused.status, &paused.body["code"]), (422, &json!("sending.paused")), "{}", paused.body);
    assert_eq!(stage.platform.asked("answer_comment").len(), 1);
    stage.close().await
}

/// The account's token ends soon, so that whatever acts for it waits for another.
fn token_ends_soon(stage: &Stage) -> Result<()> {
    let database = Connection::open(stage.host.folder().join("jackfield.db"))?;
    database.busy_timeout(Duration::from_secs(5))?;
    assert_eq!(database.execute("UPDATE accounts SET access_expires_at = (unixepoch() + 60) * 1000", [])?, 1);
    Ok(())
}

#[tokio::test]
async fn what_changes_while_an_answer_waits_for_its_turn_holds_for_it() -> Result<()> {
    let stage = open().await?;
    let renewed = json!({"account": {"id": ACCOUNT, "credentials": {"access_token": ""}}});
    stage.platform.answers("refresh_authorization", &renewed);
    stage.platform.answers("answer_comment", &json!({"receipt": {"message_id": "m1"}}));
    let (_, comment) = commented(&stage, "1", "ana", 60, true).await?;
    let account = format!("/v1/accounts/{}", stage.account_id().await?);
    let layer = |opt_ins: Value| (Method::PUT, "/layer", json!({"region": "VN", "opt_ins": opt_ins}));
    let table = [
        ((Method::POST, "/pause", json!({"reason": "a dispute"})), "sending.paused"),
        (layer(json!([])), "initiation.opt_in_off"),
        ((Method::DELETE, "", Value::Null), "account.removed"),
    ];
    for (round, ((method, rest, body), code)) in table.into_iter().enumerate() {
        stage.platform.holds("refresh_authorization");
        token_ends_soon(&stage)?;
        let (api, path) = (stage.api().clone(), comment.clone());
        let waiting = tokio::spawn(async move { answer(&api, &path, "Nine.", None).await });
        // Whoever waits for a token was let through before.
        stage.asked("refresh_authorization", round + 1).await?;
        let change = stage.api().request(method, &format!("{account}{rest}")).json(&body);
        let changed = ask(change).await?;
        assert!(changed.status < 300, "{}", changed.body);
        stage.platform.releases("refresh_authorization");
        waiting.await??.is_problem(rest, 422, code)?;
        assert!(stage.platform.asked("answer_comment").is_empty(), "{rest}");
        if rest == "/pause" {
            stage.api().post(&format!("{account}/unpause"), &Value::Null).await?.success()?;
        } else if rest == "/layer" {
            turn_on(&stage, "VN", &["initiation.business.comment"]).await?;
        }
    }
    stage.close().await
}

#[tokio::test]
async fn an_answer_of_which_nobody_knows_is_not_sent_again_until_a_person_has_decided() -> Result<()> {
    let stage = open().await?;
    let (comments, comment) = commented(&stage, "1", "ana", 60, true).await?;
    stage.platform.fails("answer_comment", "uncertain", "outcome.unknown");
    stage.platform.answers("answer_comment", &json!({"receipt": {"message_id": "m2"}}));
    let uncertain = answer(stage.api(), &comment, "Nine.", Some("k")).await?;
    assert_eq!((uncertain.status, &uncertain.body["answer"]["status"]), (200, &json!("uncertain")));
    assert_eq!(uncertain.body["answer"]["content"]["text"], "Nine.");
    assert_eq!(answer(stage.api(), &comment, "Nine.", Some("k")).await?.body, uncertain.body);
    assert_eq!(answer(stage.api(), &comment, "Nine.", None).await?.status, 422);
    let decision = format!("{comment}/answer/decision");
    let decided = stage.api().post(&decision, &json!({"decision": "was_not_sent"})).await?.success()?;
    assert_eq!(decided["answer"]["status"], "failed");
    let request = stage.api().request(Method::POST, &decision).json(&json!({"decision": "was_sent"}));
    ask(request).await?.is_problem("a failed answer", 409, "message.not_uncertain")?;
    let same = answer(stage.api(), &comment, "Nine.", Some("k")).await?;
    same.is_problem("the same request", 409, "answer.was_not_sent")?;
    assert!(same.body["detail"].as_str().unwrap_or_default().contains("another Idempotency-Key"));
    assert_eq!(answer(stage.api(), &comment, "Nine.", Some("k2")).await?.status, 200);
    assert_eq!(stage.asked("answer_comment", 2).await?.len(), 2);
    stage.arrive(&[echo("with ana", "ana", "m2", "Nine.")]).await?;
    assert_eq!(standing(&stage, &comments, "1").await?["status"], "delivered");
    stage.close().await
}

#[tokio::test]
async fn an_answer_that_needs_a_person_is_found_without_knowing_its_account() -> Result<()> {
    let stage = open().await?;
    let (_, uncertain) = commented(&stage, "1", "ana", 60, true).await?;
    let (_, failed) = commented(&stage, "2", "ben", 60, true).await?;
    stage.platform.fails("answer_comment", "uncertain", "outcome.unknown");
    stage.platform.fails("answer_comment", "refused", "window.refused");
    answer(stage.api(), &uncertain, "Nine.", None).await?;
    answer(stage.api(), &failed, "Nine.", None).await?;
    for (status, path) in [("uncertain", &uncertain), ("failed", &failed)] {
        let found = stage.api().items(&format!("/v1/comments?answer={status}")).await?;
        let here = format!("/v1/accounts/{}/comments/{}", stage.account_id().await?, text(&found[0]["id"]));
        assert_eq!((found.len(), &here), (1, path), "{found:?}");
        let elsewhere = format!("/v1/comments?answer={status}&instance=elsewhere");
        assert!(stage.api().items(&elsewhere).await?.is_empty());
    }
    let waits = stage.api().get("/v1/status").await?.success()?["unprocessed"]["uncertain"].clone();
    assert_eq!((&waits["count"], waits["oldest_at"].is_string()), (&json!(1), true), "{waits}");
    for (query, status) in [("", 400), ("?answer=lost", 400), ("?answer=failed&account=x", 404)] {
        let asked = ask(stage.api().request(Method::GET, &format!("/v1/comments{query}"))).await?;
        assert_eq!(asked.status, status, "{query}: {}", asked.body);
    }
    stage.close().await
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[tokio::test]
async fn an_uncertain_answer_is_settled_by_its_echo_in_a_new_conversation() -> Result<()> {
    let stage = open().await?;
    let (comments, comment) = commented(&stage, "1", "ana", 60, true).await?;
    // Accepted, without a name.
    stage.platform.answers("answer_comment", &json!({"receipt": {}}));
    let uncertain = answer(stage.api(), &comment, "Nine.", None).await?;
    assert_eq!((uncertain.status, &uncertain.body["answer"]["status"]), (200, &json!("uncertain")));
    stage.arrive(&[echo("with ben", "ben", "other", "Nine.")]).await?;
    assert_eq!(standing(&stage, &comments, "1").await?["status"], "uncertain", "to somebody else");
    stage.arrive(&[echo("with ana", "ana", "m1", "Nine.")]).await?;
    let settled = standing(&stage, &comments, "1").await?;
    assert_eq!(settled["status"], "delivered");
    let conversation = settled["conversation_id"].as_str().context("no conversation")?;
    assert_eq!(stage.messages(conversation).await?[0]["id"], settled["message_id"]);
    stage.close().await
}
