//! The switch of Comment-to-Message.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn answers_to_comments_are_switched_on_where_the_platform_has_them() -> Result<()> {
    let shop = Shop::open().await?;
    let state = || shop.does(Method::GET, "comment-answers", None);
    let (on, off) = (json!({"enabled": true}), json!({"enabled": false}));
    assert_eq!(state().await?, off);
    let unknown = shop.call(Method::PUT, "comment-answers", Some(&on)).await?;
    assert_eq!(
        unknown.status, 422,
        "nobody has said where the account is, and TikTok refuses: {}",
        unknown.body
    );
    shop.does(Method::PUT, "layer", Some(&json!({"region": "BR"}))).await?;
    let elsewhere = shop.call(Method::PUT, "comment-answers", Some(&on)).await?;
    elsewhere.is_problem("Brazil", 422, "region.account_blocked")?;
    shop.does(Method::PUT, "layer", Some(&json!({"region": "VN"}))).await?;
    shop.simulator.control("account", &json!({"country": "VN"})).await?;
    for switch in [&on, &off] {
        assert_eq!(shop.does(Method::PUT, "comment-answers", Some(switch)).await?, *switch);
        assert_eq!(state().await?, *switch);
    }
    shop.close().await
}
