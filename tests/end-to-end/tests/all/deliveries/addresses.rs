//! Where endpoints may be. The table of addresses is beside the code that vets them.

use anyhow::{Context, Result};
use jackfield::config::WebhooksConfig;
use serde_json::json;

use super::{receiver::Receiver, stage::Stage};

#[tokio::test]
async fn by_default_only_public_addresses_over_tls_are_taken() -> Result<()> {
    let stage = Stage::open_with(WebhooksConfig::default()).await?;
    let table = [
        ("https://127.0.0.1/", "url.address_forbidden"),
        ("https://2130706433/", "url.address_forbidden"),
        ("https://0x7f.1/", "url.address_forbidden"),
        ("https://[::ffff:127.0.0.1]/", "url.address_forbidden"),
        ("https://169.254.169.254/latest/meta-data", "url.address_forbidden"),
        ("https://[fd00::1]/", "url.address_forbidden"),
        ("http://example.com/", "url.insecure"),
        ("https://user:password@example.com/", "url.has_credentials"),
        ("file:///etc/passwd", "url.malformed"),
    ];
    for (url, code) in table {
        let refused = stage.api.post("/v1/webhook-endpoints", &json!({"url": url})).await?;
        assert_eq!((refused.status.as_u16(), &refused.body["code"]), (422, &json!(code)), "{url}");
        assert!(!refused.body.to_string().contains("password@"), "the problem repeats the credentials");
    }
    stage.close().await
}

#[tokio::test]
async fn a_name_is_vetted_by_what_it_resolves_to_when_it_is_delivered() -> Result<()> {
    let receiver = Receiver::listen(&[]).await?;
    let stage = Stage::open_with(WebhooksConfig { allow_http: true, allow_private: false }).await?;
    let port = receiver.url.rsplit_once(':').context("no port")?.1;
    let (id, _) = stage.add(&format!("http://localhost:{port}")).await?;
    stage.happen("shop").await?;
    let refused = stage.attempted(&id, 1).await?;
    assert_eq!(refused["attempts"][0]["error"], "address_forbidden");
    let tested = stage.api.post(&format!("/v1/webhook-endpoints/{id}/test"), &json!({})).await?.success()?;
    assert_eq!(tested["attempts"][0]["error"], "address_forbidden");
    assert!(receiver.told().is_empty());
    stage.close().await
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_said_so() -> Result<()> {
    let stage = Stage::open_with(WebhooksConfig::default()).await?;
    let (id, _) = stage.add("https://nobody.invalid/").await?;
    let tested = stage.api.post(&format!("/v1/webhook-endpoints/{id}/test"), &json!({})).await?.success()?;
    assert_eq!(tested["attempts"][0]["error"], "name_unknown");
    stage.close().await
}
