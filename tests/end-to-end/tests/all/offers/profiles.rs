//! How people and accounts present themselves.

use anyhow::{Context, Result};
use serde_json::json;

use super::stage::Stage;

#[tokio::test]
async fn profiles_are_asked_for_and_their_pictures_are_kept() -> Result<()> {
    let stage = Stage::open_with(
        |platform| {
            let picture = platform.picture();
            platform.fails("contact_profile", "unavailable", "platform.unavailable");
            platform.answers(
                "contact_profile",
                &json!({"contact": {"id": "ana", "handle": "ana.b",
                "display_name": "Ana B."}, "picture_url": picture, "follows": true}),
            );
            platform.answers(
                "account_profile",
                &json!({"handle": "shop", "display_name": "The Shop",
                "picture_url": picture, "profile_url": "https://example.com/@shop"}),
            );
        },
        "",
    )
    .await?;
    let conversation = stage.asked_by("ana").await?;
    let path = format!("/v1/conversations/{conversation}");
    let seen = stage.sees(&path, |conversation| conversation["contact"]["avatar"].is_string()).await?;
    let contact = &seen["contact"];
    assert_eq!((&contact["handle"], &contact["follows"]), (&json!("ana.b"), &json!(true)));
    let avatar = contact["avatar"].as_str().context("no picture")?;
    let picture = stage.api().request(reqwest::Method::GET, &format!("/v1/media/{avatar}")).send().await?;
    assert_eq!((picture.status().as_u16(), picture.headers()["content-type"].to_str()?), (200, "image/png"));
    assert_eq!(stage.api().items("/v1/search?q=ana.b").await?.len(), 1);
    let path = format!("/v1/accounts/{}", stage.account_id().await?);
    let account = stage.sees(&path, |account| account["avatar"].is_string()).await?;
    assert_eq!(
        (&account["handle"], &account["profile_url"]),
        (&json!("shop"), &json!("https://example.com/@shop"))
    );
    assert_eq!(stage.platform.asked("contact_profile")[0]["conversation"], "with ana");
    stage.close().await
}
