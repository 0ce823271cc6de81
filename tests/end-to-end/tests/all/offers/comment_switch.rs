//! The platform's switch for answers to comments.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use super::stage::Stage;
use crate::support::{Asked, ask};

const OPERATION: &str = "comment_answers";

async fn call(stage: &Stage, enable: Option<bool>) -> Result<Asked> {
    let path = format!("/v1/accounts/{}/comment-answers", stage.account_id().await?);
    let method = if enable.is_some() { Method::PUT } else { Method::GET };
    let request = stage.api().request(method, &path);
    ask(enable.iter().fold(request, |request, enabled| request.json(&json!({ "enabled": enabled })))).await
}

async fn is_in(stage: &Stage, region: &str) -> Result<()> {
    let path = format!("/v1/accounts/{}/layer", stage.account_id().await?);
    let set = ask(stage.api().request(Method::PUT, &path).json(&json!({ "region": region }))).await?;
    assert_eq!(set.status, 200, "{}", set.body);
    Ok(())
}

#[tokio::test]
async fn the_switch_is_told_and_set_where_the_region_allows_it() -> Result<()> {
    let stage = Stage::open().await?;
    stage.asked_by("ana").await?;
    call(&stage, None).await?.is_problem("not offered", 422, "operation.unsupported")?;
    for told in [json!({}), json!({"enabled": false}), json!({"enabled": true})] {
        stage.platform.answers(OPERATION, &told);
    }
    let states = [call(&stage, None).await?, call(&stage, None).await?, call(&stage, Some(true)).await?];
    assert_eq!(states.map(|state| state.body["enabled"].clone()), [json!(null), json!(false), json!(true)]);
    is_in(&stage, "DE").await?;
    call(&stage, Some(true)).await?.is_problem("another region", 422, "region.account_blocked")?;
    assert_eq!(call(&stage, Some(false)).await?.status, 200, "to switch it off works everywhere");
    is_in(&stage, "VN").await?;
    assert_eq!(call(&stage, Some(true)).await?.status, 200);
    let asked: Vec<_> = stage.platform.asked(OPERATION).iter().map(|asked| asked["enable"].clone()).collect();
    assert_eq!(asked[1..], [json!(null), json!(null), json!(true), json!(false), json!(true)]);
    stage.close().await
}
