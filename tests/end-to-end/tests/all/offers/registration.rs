//! Where the platform delivers webhooks.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use super::stage::Stage;
use crate::support::{Asked, ask};

const OPERATION: &str = "configure_webhooks";
const PUBLIC: &str = "[server]\npublic_url = \"https://inbox.example.com/\"\n";
const OURS: &str = "https://inbox.example.com/webhooks/desk";

async fn call(stage: &Stage, method: Method, instance: &str) -> Result<Asked> {
    ask(stage.api().request(method, &format!("/v1/instances/{instance}/webhooks"))).await
}

#[tokio::test]
async fn what_the_platform_has_is_told_and_set_to_this_host() -> Result<()> {
    let stage = Stage::open_with(|_| {}, PUBLIC).await?;
    call(&stage, Method::GET, "desk").await?.is_problem("not offered", 422, "operation.unsupported")?;
    for url in [json!(null), json!("https://other.example.com/"), json!(OURS)] {
        stage.platform.answers(OPERATION, &json!({ "callback_url": url }));
    }
    let nothing = call(&stage, Method::GET, "desk").await?;
    assert_eq!(nothing.body, json!({"ours": OURS, "registered": null, "is_ours": false}));
    let other = call(&stage, Method::GET, "desk").await?;
    assert_eq!(
        other.body,
        json!({"ours": OURS, "registered": "https://other.example.com/", "is_ours": false})
    );
    let ours = call(&stage, Method::PUT, "desk").await?;
    assert_eq!(ours.body, json!({"ours": OURS, "registered": OURS, "is_ours": true}));
    let asked = stage.platform.asked(OPERATION);
    assert_eq!(
        asked[1..].iter().map(|asked| &asked["callback_url"]).collect::<Vec<_>>(),
        [&json!(null), &json!(null), &json!(OURS)]
    );
    call(&stage, Method::PUT, "nobody").await?.is_problem("no instance", 404, "request.not_found")?;
    stage.close().await
}

#[tokio::test]
async fn a_host_that_does_not_know_its_address_takes_nobody_elses_webhooks() -> Result<()> {
    let stage = Stage::open().await?;
    call(&stage, Method::PUT, "desk").await?.is_problem("no address", 409, "config.public_url_missing")?;
    assert!(stage.platform.asked(OPERATION).is_empty());
    stage.close().await
}
