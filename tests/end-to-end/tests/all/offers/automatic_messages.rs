//! Messages that the platform sends by itself, seen and changed.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::support::{Asked, ask};

const OPERATION: &str = "automatic_messages";

/// A host whose only account is known.
async fn open() -> Result<Stage> {
    let stage = Stage::open().await?;
    stage.asked_by("ana").await?;
    Ok(stage)
}

async fn call(stage: &Stage, method: Method, rest: &str, body: Option<&Value>) -> Result<Asked> {
    let path = format!("/v1/accounts/{}/automatic-messages/{rest}", stage.account_id().await?);
    let request = stage.api().request(method, &path);
    ask(body.iter().fold(request, |request, body| request.json(body))).await
}

/// What the platform was asked to do, in order.
fn done(stage: &Stage) -> Vec<Value> {
    stage.platform.asked(OPERATION).iter().map(|request| request["action"].clone()).collect()
}

fn listed(reviews: &[(&str, &str)]) -> Value {
    let message = |(id, review): &(&str, &str)| json!({"id": id, "text": {"text": "Hi"}, "review": review});
    json!({"enabled": true, "messages": reviews.iter().map(message).collect::<Vec<_>>()})
}

#[tokio::test]
async fn automatic_messages_are_listed_with_their_review_and_changed_one_by_one() -> Result<()> {
    let stage = open().await?;
    stage.platform.answers(OPERATION, &listed(&[("1", "approved"), ("2", "reviewing"), ("3", "of later")]));
    let list = call(&stage, Method::GET, "greeting", None).await?;
    assert_eq!(
        (list.status, &list.body["kind"], &list.body["enabled"]),
        (200, &json!("greeting"), &json!(true))
    );
    let reviews: Vec<_> = list.body["items"].as_array().into_iter().flatten().map(|m| &m["review"]).collect();
    assert_eq!(reviews, ["approved", "reviewing", "unknown"]);
    assert_eq!(list.body["items"][0], json!({"id": "1", "title": null, "text": "Hi", "review": "approved"}));

    stage.platform.answers(OPERATION, &listed(&[("1", "approved")]));
    stage.platform.answers(OPERATION, &json!({"changed": "9"}));
    let text = json!({"title": "Price", "text": "Ask us."});
    // The list that was asked for above is the last answer until here.
    let made = call(&stage, Method::POST, "prompt/messages", Some(&text)).await?;
    assert_eq!(
        (made.status, &made.body["id"]),
        (422, &Value::Null),
        "three are more than two: {}",
        made.body
    );
    let made = call(&stage, Method::POST, "prompt/messages", Some(&text)).await?;
    assert_eq!((made.status, &made.body), (201, &json!({"id": "9"})));
    let changed = call(&stage, Method::PUT, "prompt/messages/a%2Fb", Some(&text)).await?;
    assert_eq!((changed.status, &changed.body["id"]), (200, &json!("9")));
    let gone = call(&stage, Method::DELETE, "prompt/messages/9", None).await?;
    let switched = call(&stage, Method::PUT, "greeting/switch", Some(&json!({"enabled": false}))).await?;
    assert_eq!((gone.status, switched.status), (204, 200));
    let asked = done(&stage);
    assert_eq!(
        asked[3..],
        [
            json!({"do": "create", "text": text}),
            json!({"do": "update", "id": "a/b", "text": text}),
            json!({"do": "delete", "id": "9"}),
            json!({"do": "switch", "enabled": false}),
        ]
    );
    stage.close().await
}

#[tokio::test]
async fn what_the_document_does_not_allow_is_refused_before_the_connector_is_asked() -> Result<()> {
    let stage = open().await?;
    let long = "x".repeat(21);
    let table = [
        (Method::GET, "keyword", None, "operation.unsupported"),
        (Method::POST, "keyword/messages", Some(json!({"text": "Hi"})), "operation.unsupported"),
        (Method::PUT, "keyword/switch", Some(json!({"enabled": true})), "operation.unsupported"),
        (Method::DELETE, "greeting/messages/1", None, "operation.unsupported"),
        (Method::PUT, "greeting/order", Some(json!({"ids": ["1"]})), "operation.unsupported"),
        (Method::POST, "greeting/messages", Some(json!({"text": long})), "content.text_too_long"),
        (Method::POST, "greeting/messages", Some(json!({"text": " "})), "content.text_empty"),
        (
            Method::POST,
            "greeting/messages",
            Some(json!({"title": "a", "text": "b"})),
            "content.title_unsupported",
        ),
        (Method::PUT, "prompt/messages/1", Some(json!({"text": "b"})), "content.text_empty"),
        (
            Method::PUT,
            "prompt/messages/1",
            Some(json!({"title": "123456", "text": "b"})),
            "content.text_too_long",
        ),
    ];
    for (method, path, body, code) in table {
        let refused = call(&stage, method.clone(), path, body.as_ref()).await?;
        refused.is_problem(&format!("{method} {path}"), 422, code)?;
        assert_eq!(refused.body["reasons"][0]["code"], code, "{}", refused.body);
    }
    assert!(done(&stage).is_empty(), "{:?}", done(&stage));
    stage.close().await
}

#[tokio::test]
async fn what_there_is_already_bounds_what_may_be_done() -> Result<()> {
    let stage = open().await?;
    stage.platform.answers(OPERATION, &listed(&[("1", "reviewing")]));
    let text = json!({"text": "Hello"});
    let many = call(&stage, Method::POST, "greeting/messages", Some(&text)).await?;
    many.is_problem("one more", 422, "content.too_many")?;
    let early = call(&stage, Method::PUT, "greeting/messages/1", Some(&text)).await?;
    early.is_problem("under review", 422, "content.under_review")?;
    for ids in [json!([]), json!(["2"]), json!(["1", "1"])] {
        let wrong = call(&stage, Method::PUT, "prompt/order", Some(&json!({ "ids": ids }))).await?;
        wrong.is_problem("another order", 409, "automatic_messages.others")?;
    }
    assert!(done(&stage).iter().all(|action| action["do"] == "list"), "{:?}", done(&stage));
    let right = call(&stage, Method::PUT, "prompt/order", Some(&json!({"ids": ["1"]}))).await?;
    assert_eq!(right.status, 204);
    assert_eq!(done(&stage).last(), Some(&json!({"do": "sort", "ids": ["1"]})));
    stage.close().await
}

#[tokio::test]
async fn a_platform_that_refuses_or_says_nothing_is_told_as_such() -> Result<()> {
    let stage = open().await?;
    let list = || call(&stage, Method::GET, "greeting", None);
    let not_offered = list().await?;
    not_offered.is_problem("not offered", 422, "operation.unsupported")?;
    assert_eq!(not_offered.body["reasons"][0]["code"], "operation.unsupported", "{}", not_offered.body);
    let unknown = call(&stage, Method::GET, "farewell", None).await?;
    let detail = unknown.body["detail"].as_str().unwrap_or_default();
    assert!(detail.ends_with("it has greeting, prompt."), "{detail}");
    let table = [("refused", "platform.refused", 422), ("throttled", "rate.limited", 503)];
    for (class, reason, _) in table {
        stage.platform.fails(OPERATION, class, reason);
    }
    for (class, reason, status) in table {
        list().await?.is_problem(class, status, reason)?;
    }
    stage.close().await
}

#[tokio::test]
async fn only_of_a_change_it_may_be_unknown_whether_it_was_made() -> Result<()> {
    let stage = open().await?;
    stage.platform.fails(OPERATION, "uncertain", "outcome.unknown");
    let list = call(&stage, Method::GET, "greeting", None).await?;
    list.is_problem("a question", 503, "platform.unavailable")?;
    assert!(!list.header("retry-after").is_empty());
    let off = call(&stage, Method::PUT, "greeting/switch", Some(&json!({"enabled": false}))).await?;
    off.is_problem("a change", 502, "outcome.unknown")?;
    for path in ["grant", "comment-answers", "entry-points"] {
        let operation = match path {
            "grant" => "inspect_authorization",
            "comment-answers" => "comment_answers",
            _ => "entry_points",
        };
        stage.platform.fails(operation, "uncertain", "outcome.unknown");
        let path = format!("/v1/accounts/{}/{path}", stage.account_id().await?);
        let asked = ask(stage.api().request(Method::GET, &path)).await?;
        asked.is_problem(&path, 503, "platform.unavailable")?;
    }
    stage.close().await
}

#[tokio::test]
async fn of_several_at_once_no_more_are_made_than_there_may_be() -> Result<()> {
    let stage = open().await?;
    let text = json!({"text": "Hello"});
    for answer in [listed(&[]), json!({"changed": "1"}), listed(&[("1", "approved")])] {
        stage.platform.answers(OPERATION, &answer);
    }
    let create = || call(&stage, Method::POST, "greeting/messages", Some(&text));
    let all = futures_util::future::join_all((0..4).map(|_| create())).await;
    let mut statuses = all.into_iter().map(|asked| Ok(asked?.status)).collect::<Result<Vec<_>>>()?;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422]);
    let made = done(&stage).iter().filter(|action| action["do"] == "create").count();
    assert_eq!(made, 1, "{:?}", done(&stage));
    stage.close().await
}
