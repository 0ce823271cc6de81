//! Ways in which customers can begin, and their codes.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use super::stage::Stage;
use crate::support::{Asked, ask, scan};

const OPERATION: &str = "entry_points";
const URL: &str = "https://example.com/shop?ref=poster&message=Hi%20there%20%F0%9F%91%8B";

async fn call(stage: &Stage, rest: &str) -> Result<Asked> {
    let path = format!("/v1/accounts/{}/entry-points{rest}", stage.account_id().await?);
    ask(stage.api().request(Method::GET, &path)).await
}

async fn open() -> Result<Stage> {
    let stage = Stage::open().await?;
    stage.asked_by("ana").await?;
    Ok(stage)
}

#[tokio::test]
async fn every_declared_way_to_begin_is_told_with_its_url_or_why_there_is_none() -> Result<()> {
    let stage = open().await?;
    call(&stage, "").await?.is_problem("not offered", 422, "operation.unsupported")?;
    let reason = json!({"code": "platform.refused", "text": "Ads are made elsewhere.", "permanent": true});
    stage.platform.answers(
        OPERATION,
        &json!({"urls": {"qr_code": URL, "chat_link": "https://example.com/no", "undeclared": "https://example.com/"},
            "refused": {"messaging_ad": reason}}),
    );
    let told = call(&stage, "?ref=poster&text=Hi%20there").await?;
    assert_eq!(told.status, 200, "{}", told.body);
    let point = |index: usize| &told.body["items"][index];
    assert_eq!(
        *point(0),
        json!({"kind": "qr_code", "url": URL, "prefilled_text": true, "refused": null, "note": ""})
    );
    assert_eq!((&point(1)["url"], &point(1)["refused"]["text"]), (&json!(null), &reason["text"]));
    assert_eq!(
        (&point(2)["url"], &point(2)["note"]),
        (&json!(null), &json!("There are no chat links here."))
    );
    assert_eq!(point(2)["refused"]["code"], "operation.unsupported");
    assert_eq!(*point(3), json!(null), "what is not declared is not there");
    let asked = stage.platform.asked(OPERATION).pop().unwrap_or_default();
    assert_eq!((&asked["reference"], &asked["prefilled_text"]), (&json!("poster"), &json!("Hi there")));
    call(&stage, "?text=%ff").await?.is_problem("no text", 400, "request.malformed")?;
    call(&stage, "?reference=poster").await?.is_problem("another name", 400, "request.malformed")?;
    stage.close().await
}

#[tokio::test]
async fn the_code_of_a_link_is_the_link() -> Result<()> {
    let stage = open().await?;
    stage.platform.answers(OPERATION, &json!({"urls": {"qr_code": URL}}));
    let path = format!("/v1/accounts/{}/entry-points/qr_code/qr", stage.account_id().await?);
    let get = |end: &str| stage.api().request(Method::GET, &format!("{path}.{end}?ref=poster")).send();
    let picture = get("png").await?;
    assert_eq!((picture.status().as_u16(), &picture.headers()["content-type"]), (200, &"image/png".parse()?));
    assert_eq!(scan::png(&picture.bytes().await?)?, URL);
    let drawing = get("svg").await?;
    assert_eq!(
        (drawing.status().as_u16(), &drawing.headers()["content-type"]),
        (200, &"image/svg+xml".parse()?)
    );
    assert_eq!(drawing.headers()["x-content-type-options"], "nosniff");
    assert_eq!(scan::svg(&drawing.text().await?)?, URL);
    assert_eq!(stage.platform.asked(OPERATION)[0]["reference"], "poster");
    stage.close().await
}

#[tokio::test]
async fn a_code_that_would_lose_its_text_is_refused() -> Result<()> {
    let stage = open().await?;
    stage.platform.answers(OPERATION, &json!({"urls": {"qr_code": URL, "messaging_ad": URL}}));
    for end in ["svg", "png"] {
        let ad = format!("/messaging_ad/qr.{end}");
        let refused = call(&stage, &format!("{ad}?text=Hi")).await?;
        refused.is_problem(end, 422, "operation.unsupported")?;
        assert!(refused.body["reasons"][0]["text"].as_str().unwrap_or_default().contains("takes no text"));
        for query in ["", "?text=", "?ref=poster"] {
            assert_eq!(call(&stage, &format!("{ad}{query}")).await?.status, 200, "{query}");
        }
        assert_eq!(call(&stage, &format!("/qr_code/qr.{end}?text=Hi")).await?.status, 200);
    }
    stage.close().await
}

#[tokio::test]
async fn there_is_no_code_of_what_is_no_link_or_too_long() -> Result<()> {
    let stage = open().await?;
    let long = format!("https://example.com/{}", "x".repeat(3_000));
    stage.platform.answers(OPERATION, &json!({"urls": {"qr_code": long}}));
    for end in ["svg", "png"] {
        let code = |kind: &str| format!("/{kind}/qr.{end}");
        for kind in ["chat_link", "messaging_ad", "undeclared"] {
            call(&stage, &code(kind)).await?.is_problem(kind, 422, "operation.unsupported")?;
        }
        call(&stage, &code("qr_code")).await?.is_problem("too long", 422, "content.text_too_long")?;
    }
    stage.close().await
}
