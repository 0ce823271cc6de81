//! Asking the host what may be done: verdicts, documents and their layers, probes.

use anyhow::{Context, Result, ensure};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{INSTANCE, Shop};

/// Where the platform is asked, as the simulator's faults name it.
const PROBE: &str = "/business/message/capabilities/get/";

impl Shop {
    /// The verdict on one action.
    async fn verdict(&self, place: (&str, &str), action: Value) -> Result<Value> {
        let question =
            json!({place.0: place.1, "action": action, "policy": {"may_lose": true, "may_split": true}});
        let answer = self.api().post("/v1/check", &json!({"checks": [question]})).await?.success()?;
        Ok(answer["items"][0].clone())
    }

    async fn put(&self, path: &str, body: &Value) -> Result<(StatusCode, Value)> {
        let response = self.api().request(Method::PUT, path).json(body).send().await?;
        Ok((response.status(), response.json().await?))
    }

    async fn account(&self) -> Result<String> {
        let accounts = self.api().items("/v1/accounts").await?;
        Ok(accounts[0]["id"].as_str().unwrap_or_default().to_owned())
    }
}

fn send(part: &Value) -> Value {
    json!({"do": "send", "draft": {"parts": [part]}})
}

#[tokio::test]
async fn each_question_has_its_verdict_in_the_order_of_the_questions() -> Result<()> {
    let shop = Shop::open().await?;
    let (conversation, account) = (shop.asked_by("ana").await?, shop.account().await?);
    let text = |length: usize| send(&json!({"kind": "text", "text": "x".repeat(length)}));
    let questions = json!({"checks": [
        {"conversation": conversation, "action": text(6000)},
        {"conversation": conversation, "action": text(6001)},
        {"conversation": conversation, "action": send(&json!({"kind": "voice"}))},
        {"account": account, "action": {"do": "start_conversation"}},
        {"account": account, "action": {"do": "broadcast"}},
        {"instance": INSTANCE, "action": {"do": "operate", "operation": "edit"}},
        {"account": account, "action": {"do": "operate", "operation": "typing"}},
    ]});
    let answer = shop.api().post("/v1/check", &questions).await?.success()?;
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    let codes: Vec<_> =
        items.iter().map(|item| item["reasons"][0]["code"].as_str().unwrap_or("none")).collect();
    assert_eq!(
        codes,
        [
            "none",
            "content.text_too_long",
            "content.kind_unsupported",
            "initiation.user_must_start",
            "broadcast.unsupported",
            "operation.unsupported",
            "initiation.user_must_start"
        ],
        "{answer:#}"
    );
    let text = items[6]["reasons"][0]["text"].as_str().context("no text")?;
    assert!(text.starts_with("This asks about no conversation"), "{text}");
    assert_eq!((&items[0]["verdict"], &items[0]["left_after"]), (&json!("allowed"), &json!(9)));
    shop.close().await
}

#[tokio::test]
async fn writing_first_and_to_many_is_refused_with_the_declared_reason() -> Result<()> {
    let shop = Shop::open().await?;
    let account = shop.account().await?;
    for (path, code) in
        [("conversations", "initiation.user_must_start"), ("broadcasts", "broadcast.unsupported")]
    {
        let answer = shop.api().post(&format!("/v1/accounts/{account}/{path}"), &json!({})).await?;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            (&answer.body["code"], answer.media_type.as_str()),
            (&json!(code), "application/problem+json")
        );
        ensure!(answer.body["reasons"][0]["code"] == code, "{}", answer.body);
    }
    shop.close().await
}

#[tokio::test]
async fn a_probe_settles_whether_images_go_and_its_answer_is_kept() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let image = || send(&json!({"kind": "image", "mime": "image/png", "bytes": 1000}));
    let before = shop.verdict(("conversation", &conversation), image()).await?;
    ensure!(before["needs"].to_string().contains("region.media"), "{before:#}");

    let path = format!("/v1/conversations/{conversation}/probe");
    for _ in 0..2 {
        let answer = shop.api().post(&path, &Value::Null).await?.success()?;
        ensure!(answer["live"][0]["claim"] == "region.media", "{answer}");
        ensure!(answer["live"][0]["available"] == true, "{answer}");
        // Whoever asked again would run into this.
        let fault = json!({"kind": "code", "code": 50000, "message": "simulated", "path": PROBE});
        shop.simulator.control("faults", &fault).await?;
    }
    let after = shop.verdict(("conversation", &conversation), image()).await?;
    assert_eq!(after["verdict"], "allowed", "{after:#}");
    ensure!(!after["needs"].to_string().contains("region.media"), "{after:#}");

    shop.close().await
}

#[tokio::test]
async fn t36_a_probe_that_fails_holds_up_neither_what_arrives_nor_what_is_sent() -> Result<()> {
    let shop = Shop::open().await?;
    let fault = json!({"kind": "code", "code": 50000, "message": "simulated", "path": PROBE});
    shop.simulator.control("faults", &fault).await?;
    let conversation = shop.asked_by("ana").await?;
    let path = format!("/v1/conversations/{conversation}/probe");
    let probed = shop.api().post(&path, &Value::Null).await?;
    ensure!(!probed.status.is_success(), "the probe was answered: {}", probed.body);
    let image = send(&json!({"kind": "image", "mime": "image/png", "bytes": 1000}));
    let verdict = shop.verdict(("conversation", &conversation), image).await?;
    ensure!(
        verdict["verdict"] == "allowed" && verdict["needs"].to_string().contains("region.media"),
        "{verdict:#}"
    );
    let sent = shop.send(&conversation, "sent all the same").await?;
    shop.reaches(&sent, "delivered").await?;
    shop.close().await
}

#[tokio::test]
async fn the_layer_of_an_account_narrows_its_document_and_its_sends() -> Result<()> {
    let shop = Shop::open().await?;
    let (conversation, account) = (shop.asked_by("ana").await?, shop.account().await?);
    let layer = format!("/v1/accounts/{account}/layer");
    for (body, code) in [
        (json!({"opt_ins": ["outbound.telepathy"]}), "layer.undeclared"),
        (json!({"window_profile": "wide"}), "layer.undeclared"),
        (json!({"narrowing": {"off": ["outbound.telepathy"]}}), "layer.undeclared"),
        (json!({"region": "EU"}), "request.malformed"),
        (json!({"reasons": []}), "request.malformed"),
    ] {
        let (status, problem) = shop.put(&layer, &body).await?;
        ensure!(status.is_client_error() && problem["code"] == code, "{body}: {status} {problem}");
    }
    let (status, _) = shop
        .put(&layer, &json!({"region": "BR", "narrowing": {"limits": {"outbound.text.text": 5}}}))
        .await?;
    ensure!(status.is_success());

    let effective = shop.api().get(&format!("/v1/accounts/{account}/capabilities")).await?.success()?;
    assert_eq!(effective["decided_by"]["outbound.text"], "account");
    let refused = shop.api().send_text(&conversation, "too long").await?;
    assert_eq!(refused.body["code"], "content.text_too_long", "{}", refused.body);
    shop.api().send_text(&conversation, "short").await?.success()?;
    shop.close().await
}

#[tokio::test]
async fn a_document_that_the_client_has_is_not_sent_again() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    for path in [
        format!("/v1/instances/{INSTANCE}/capabilities"),
        format!("/v1/accounts/{}/capabilities", shop.account().await?),
        format!("/v1/conversations/{conversation}/capabilities"),
    ] {
        let first = shop.api().request(Method::GET, &path).send().await?;
        let tag = first.headers()["etag"].to_str()?.to_owned();
        for (known, status) in [
            (tag.clone(), StatusCode::NOT_MODIFIED),
            (format!("\"other\", W/{tag}"), StatusCode::NOT_MODIFIED),
            ("\"other\"".to_owned(), StatusCode::OK),
        ] {
            let again = shop.api().request(Method::GET, &path).header("If-None-Match", &known).send().await?;
            assert_eq!(again.status(), status, "{path} {known}");
            assert_eq!(again.headers()["etag"], tag.as_str());
        }
    }
    shop.close().await
}

#[tokio::test]
async fn who_can_do_something_is_found_by_its_rule() -> Result<()> {
    let shop = Shop::open().await?;
    for (rule, can) in [
        ("outbound.text", true),
        ("outbound.video", false),
        ("operation.typing", true),
        ("operation.edit", false),
        ("initiation.business", false),
        ("broadcast", false),
    ] {
        let who = shop.api().items(&format!("/v1/capabilities?rule={rule}")).await?;
        assert_eq!(!who.is_empty(), can, "{rule}: {who:?}");
    }
    let answer = shop.api().get("/v1/capabilities?rule=magic").await?;
    assert_eq!((answer.status, &answer.body["code"]), (StatusCode::BAD_REQUEST, &json!("request.malformed")));
    shop.close().await
}

#[tokio::test]
async fn refusals_are_counted_by_who_refused() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    shop.api().send_text(&conversation, &"x".repeat(6001)).await?;
    shop.next_send(json!({"kind": "code", "code": 40002, "message": "simulated"})).await?;
    let message = shop.send(&conversation, "rejected").await?;
    shop.reaches(&message, "failed").await?;
    let metrics = shop.api().get("/metrics").await?.success()?;
    let metrics = metrics.as_str().unwrap_or_default();
    for (code, by) in [("content.text_too_long", "verdict"), ("content.rejected", "platform")] {
        let line =
            format!("jackfield_refusals_total{{instance=\"{INSTANCE}\",code=\"{code}\",by=\"{by}\"}} 1");
        ensure!(metrics.contains(&line), "{line} is not in {metrics}");
    }
    shop.close().await
}
