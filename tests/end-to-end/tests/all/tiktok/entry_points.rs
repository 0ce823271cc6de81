//! Links and codes.

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shop, scan};

fn of<'a>(told: &'a Value, kind: &str) -> Result<&'a Value> {
    let mut items = told["items"].as_array().context("no list")?.iter();
    items.find(|item| item["kind"] == kind).with_context(|| format!("no {kind}: {told}"))
}

#[tokio::test]
async fn links_carry_a_reference_and_a_text_and_what_there_is_not_says_why() -> Result<()> {
    let shop = Shop::open().await?;
    let path = "entry-points?ref=poster_1&text=Hi%20there%2C%20%C3%A9%2B%26";
    let told = shop.does(Method::GET, path, None).await?;
    let code = of(&told, "qr_code")?["url"].as_str().context("no URL")?;
    assert!(code.starts_with("https://tiktok.me/"), "{code}");
    assert!(code.ends_with("?ref=poster_1&message=Hi%20there%2C%20%C3%A9%2B%26"), "{code}");
    let profile = of(&told, "profile_link")?["url"].as_str().context("no URL")?;
    assert!(profile.starts_with("https://www.tiktok.com/@"), "{profile}");
    let chat = of(&told, "chat_link")?;
    assert_eq!((&chat["url"], &chat["refused"]["code"]), (&json!(null), &json!("operation.unsupported")));
    let why = chat["refused"]["text"].as_str().context("no reason")?;
    assert!(why.contains("no chat links"), "{why}");
    assert_eq!(of(&told, "messaging_ad")?["url"], json!(null));
    for reference in ["", "a%20b", "%C3%A9"] {
        let refused = shop.call(Method::GET, &format!("entry-points?ref={reference}"), None).await?;
        refused.is_problem(reference, 422, "content.rejected")?;
    }
    shop.close().await
}

#[tokio::test]
async fn a_code_on_a_poster_is_the_link_that_opens_the_conversation() -> Result<()> {
    let shop = Shop::open().await?;
    let query = "ref=poster_1&text=Hi%20there";
    let told = shop.does(Method::GET, &format!("entry-points?{query}"), None).await?;
    let path = format!("/v1/accounts/{}/entry-points/qr_code/qr", shop.account_id().await?);
    let get = |end: &str| shop.api().request(Method::GET, &format!("{path}.{end}?{query}")).send();
    let url = of(&told, "qr_code")?["url"].as_str().context("no URL")?;
    assert_eq!(scan::png(&get("png").await?.bytes().await?)?, url);
    assert_eq!(scan::svg(&get("svg").await?.text().await?)?, url);
    let none = shop.call(Method::GET, "entry-points/chat_link/qr.png", None).await?;
    none.is_problem("a chat link", 422, "operation.unsupported")?;
    shop.close().await
}
