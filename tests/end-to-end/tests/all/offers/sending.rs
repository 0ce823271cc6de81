//! Several messages for one request, cards, posts, quotes.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::{platform::Platform, stage::Stage};
use crate::support::ask;

fn accepts(platform: &Platform) {
    for number in 0..20 {
        platform.answers("send", &json!({"message_id": format!("p{number}")}));
    }
}

fn buttons() -> Value {
    json!({"kind": "buttons", "text": "Which one?", "buttons": [{"label": "Red", "id": "r"}, {"label": "Blue"}]})
}

#[tokio::test]
async fn what_does_not_fit_into_one_message_is_sent_as_several_only_where_that_is_permitted() -> Result<()> {
    let stage = Stage::open_with(accepts, "").await?;
    let conversation = stage.asked_by("ana").await?;
    let mut body = json!({"parts": [buttons(), {"kind": "text", "text": "Tell us."}]});
    let refused = stage.send(&conversation, &body).await?;
    assert_eq!((refused.status, stage.messages(&conversation).await?.len()), (422, 1), "{}", refused.body);
    body["policy"] = json!({"may_split": true, "may_lose": true});
    let sent = stage.send(&conversation, &body).await?;
    assert_eq!(sent.status, 202, "{}", sent.body);
    let also = sent.body["also"].as_array().context("no others")?;
    assert_eq!((also.len(), &also[0]["part_of"]), (1, &sent.body["id"]));
    let losses: Vec<_> =
        sent.body["losses"].as_array().context("no losses")?.iter().map(|l| &l["code"]).collect();
    assert!(losses.contains(&&json!("choices_as_text")) && losses.contains(&&json!("split")), "{losses:?}");
    let asked = stage.asked("send", 2).await?;
    let texts: Vec<_> = asked.iter().map(|request| request["content"]["text"].clone()).collect();
    assert_eq!(
        texts,
        [json!("Tell us."), json!("Which one?\n1. Red\n2. Blue")],
        "a text goes first, as declared"
    );
    stage.close().await
}

#[tokio::test]
async fn one_key_stands_for_all_messages_of_a_request_and_for_no_other_request() -> Result<()> {
    let stage = Stage::open_with(accepts, "").await?;
    let conversation = stage.asked_by("ana").await?;
    let long =
        json!({"content": {"kind": "text", "text": "word ".repeat(50)}, "policy": {"may_split": true}});
    let path = format!("/v1/conversations/{conversation}/messages");
    let send = |body: Value| {
        let request = stage.api().request(reqwest::Method::POST, &path);
        ask(request.header("idempotency-key", "k").json(&body))
    };
    let first = send(long.clone()).await?;
    let again = send(long).await?;
    assert_eq!((first.status, again.status), (202, 202), "{}", first.body);
    assert_eq!(first.body["id"], again.body["id"]);
    assert_eq!(first.body["also"].as_array().map(Vec::len), again.body["also"].as_array().map(Vec::len));
    let other = send(json!({"content": {"kind": "text", "text": "something else"}})).await?;
    assert_eq!((other.status, &other.body["code"]), (422, &json!("idempotency.key_reused")));
    let sent = 1 + first.body["also"].as_array().map_or(0, Vec::len);
    assert_eq!(stage.asked("send", sent).await?.len(), sent);
    assert!(sent > 1);
    stage.close().await
}

#[tokio::test]
async fn cards_and_posts_are_sent_once_the_account_has_turned_them_on() -> Result<()> {
    let stage = Stage::open_with(accepts, "").await?;
    let conversation = stage.asked_by("ana").await?;
    let card = json!({"content": {"kind": "question_card", "title": "Which one?",
        "buttons": [{"label": "Red", "id": "r"}, {"label": "Blue"}]}});
    let post = json!({"content": {"kind": "post", "post_id": "7"}});
    for body in [&card, &post] {
        let refused = stage.send(&conversation, body).await?;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (422, &json!("content.opt_in_off")),
            "{}",
            refused.body
        );
    }
    stage.opt_in(&["outbound.question_card", "outbound.post_share"]).await?;
    let degraded = json!({"content": buttons(), "policy": {"may_lose": true}});
    for body in [&card, &post, &degraded] {
        let sent = stage.send(&conversation, body).await?;
        assert_eq!(sent.status, 202, "{}", sent.body);
    }
    let asked = stage.asked("send", 3).await?;
    assert_eq!(asked[0]["content"]["buttons"], json!([{"label": "Red", "id": "r"}, {"label": "Blue"}]));
    assert_eq!(asked[1]["content"], json!({"kind": "post", "post_id": "7"}));
    assert_eq!(
        (&asked[2]["content"]["kind"], &asked[2]["content"]["layout"]),
        (&json!("question_card"), &json!("buttons"))
    );
    stage.close().await
}

#[tokio::test]
async fn a_quoted_message_goes_along_by_the_platforms_id_where_the_document_lets_it() -> Result<()> {
    let stage = Stage::open_with(accepts, "").await?;
    let conversation = stage.asked_by("ana").await?;
    let hello = stage.messages(&conversation).await?[0]["id"].clone();
    let body = json!({"content": {"kind": "text", "text": "Yes."}, "quotes": hello});
    let sent = stage.send(&conversation, &body).await?;
    assert_eq!((sent.status, &sent.body["quotes"]["message"]), (202, &hello), "{}", sent.body);
    assert_eq!(stage.asked("send", 1).await?[0]["quotes"], "hello of ana");
    let other = stage.asked_by("ben").await?;
    let elsewhere = stage.send(&other, &body).await?;
    assert_eq!((elsewhere.status, &elsewhere.body["code"]), (422, &json!("platform.not_found")));
    stage.opt_in(&["outbound.post_share"]).await?;
    let post = json!({"content": {"kind": "post", "post_id": "7"}, "quotes": hello});
    let refused = stage.send(&conversation, &post).await?;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (422, &json!("operation.target_kind")),
        "{}",
        refused.body
    );
    stage.close().await
}

#[tokio::test]
async fn choices_that_failed_are_sent_again_as_the_kind_that_they_were_accepted_as() -> Result<()> {
    let fails = |platform: &Platform| {
        platform.fails("send", "refused", "platform.refused");
        accepts(platform);
    };
    let stage = Stage::open_with(fails, "").await?;
    let conversation = stage.asked_by("ana").await?;
    // Cards are off for this account, quick replies are not.
    let quick =
        json!({"kind": "quick_replies", "text": "Which one?", "buttons": [{"label": "Red", "id": "r"}]});
    let sent = stage.send(&conversation, &json!({"content": quick})).await?;
    assert_eq!(sent.status, 202, "{}", sent.body);
    let path = format!("/v1/messages/{}", sent.body["id"].as_str().context("no id")?);
    stage.sees(&path, |message| message["status"] == "failed").await?;
    let again = stage.api().post(&format!("{path}/retry"), &Value::Null).await?;
    assert_eq!(again.status, 202, "{}", again.body);
    let path = format!("/v1/messages/{}", again.body["id"].as_str().context("no id")?);
    stage.sees(&path, |message| message["status"] == "sent").await?;
    let asked = stage.asked("send", 2).await?;
    assert_eq!(asked[0]["content"], asked[1]["content"]);
    stage.close().await
}

#[tokio::test]
async fn two_questions_with_the_same_answers_are_both_asked() -> Result<()> {
    let stage = Stage::open_with(accepts, "").await?;
    let conversation = stage.asked_by("ana").await?;
    let question = |text: &str| json!({"kind": "quick_replies", "text": text, "buttons": [{"label": "Yes"}, {"label": "No"}]});
    let parts = [question("Red?"), question("Large?")];
    let sent = stage.send(&conversation, &json!({"parts": parts, "policy": {"may_split": true}})).await?;
    assert_eq!(sent.status, 202, "{}", sent.body);
    let titles: Vec<_> =
        stage.asked("send", 2).await?.iter().map(|request| request["content"]["title"].clone()).collect();
    assert_eq!(titles, ["Red?", "Large?"]);
    stage.close().await
}
