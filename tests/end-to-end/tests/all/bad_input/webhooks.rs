//! Requests to webhook URLs that lead nowhere.

use anyhow::Result;
use end_to_end::{HostOptions, SimulatorProcess};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use crate::support::{Asked, Shop, ask};

/// An instance whose connector is in no file.
const BROKEN: &str = "
[instances.broken]
connector = \"nowhere\"
";

#[tokio::test]
async fn a_webhook_url_that_nobody_answers_says_so() -> Result<()> {
    let with_broken = |options: HostOptions| Ok(options.configure(BROKEN));
    let shop = Shop::open_with(SimulatorProcess::start().await?, with_broken).await?;
    let post = |path: &str, body: Vec<u8>| shop.api().request(Method::POST, path).body(body);
    let large = vec![b'x'; 1_048_577];
    let (missing, unavailable) = ("request.not_found", "connector.unavailable");
    let table: [(&str, RequestBuilder, u16, &str); 6] = [
        ("unknown instance", post("/webhooks/nowhere", b"{}".to_vec()), 404, missing),
        ("no instance", post("/webhooks/", b"{}".to_vec()), 404, missing),
        ("below an instance", post("/webhooks/shop/more", b"{}".to_vec()), 404, missing),
        ("instance that did not start", post("/webhooks/broken", b"{}".to_vec()), 503, unavailable),
        ("too large", post("/webhooks/shop", large), 413, "request.too_large"),
        ("no text in the path", post("/webhooks/%FF", b"{}".to_vec()), 404, missing),
    ];
    for (name, request, status, code) in table {
        ask(request).await?.is_problem(name, status, code)?;
        Asked::is_alive(&shop.host).await?;
    }
    let again = ask(shop.api().request(Method::POST, "/webhooks/broken")).await?;
    assert_eq!(again.header("retry-after"), "1", "the platform is asked to come back");
    let other = ask(shop.api().request(Method::PUT, "/webhooks/shop")).await?;
    assert_eq!(other.status, 405);
    let forged = ask(post("/webhooks/shop", b"{}".to_vec())).await?;
    assert_eq!((forged.status, &forged.body["code"]), (401, &json!("webhook.refused")), "{}", forged.body);
    assert_eq!(forged.header("content-type"), "application/problem+json");
    assert_eq!(forged.header("www-authenticate"), "", "an API key would not help");
    let odd = shop.api().request(Method::PUT, "/webhooks/shop").body("{}");
    assert_eq!(ask(odd).await?.body["detail"], forged.body["detail"], "what was wrong is for the log");
    assert_eq!(shop.payloads()?, 0);
    shop.asked_by("ana").await?;
    shop.close().await
}

#[tokio::test]
async fn what_needs_an_instance_that_did_not_start_says_why() -> Result<()> {
    let with_broken = |options: HostOptions| Ok(options.configure(BROKEN));
    let shop = Shop::open_with(SimulatorProcess::start().await?, with_broken).await?;
    let unavailable = "connector.unavailable";
    let capabilities = shop.api().request(Method::GET, "/v1/instances/broken/capabilities");
    let consent = shop.api().request(Method::POST, "/v1/instances/broken/authorizations");
    for (name, request) in [("capabilities", capabilities), ("consent", consent)] {
        let answer = ask(request).await?;
        answer.is_problem(name, 503, unavailable)?;
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("broken") && detail.contains("nowhere"), "{name}: {detail}");
    }
    let instances = shop.api().items("/v1/instances").await?;
    assert_eq!((&instances[0]["name"], &instances[0]["state"]), (&"broken".into(), &"failed".into()));
    assert_eq!((&instances[1]["name"], &instances[1]["state"]), (&"shop".into(), &"running".into()));
    shop.close().await
}
