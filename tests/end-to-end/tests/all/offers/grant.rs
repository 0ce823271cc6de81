//! What the owner of an account has granted.

use anyhow::Result;
use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{ACCOUNT, Stage};
use crate::support::{Asked, ask};

const OPERATION: &str = "inspect_authorization";

async fn call(stage: &Stage) -> Result<Asked> {
    let path = format!("/v1/accounts/{}/grant", stage.account_id().await?);
    ask(stage.api().request(Method::GET, &path)).await
}

#[tokio::test]
async fn what_is_granted_and_what_a_missing_permission_costs_is_told() -> Result<()> {
    let stage = Stage::open().await?;
    stage.asked_by("ana").await?;
    call(&stage).await?.is_problem("not offered", 422, "operation.unsupported")?;
    let missing = json!([{"scope": "send", "effect": "Nothing can be sent."}]);
    for account in [json!(ACCOUNT), json!("another"), Value::Null] {
        stage
            .platform
            .answers(OPERATION, &json!({"account": account, "scopes": ["read"], "missing_scopes": missing}));
    }
    for for_this_account in [json!(true), json!(false), Value::Null] {
        let told = call(&stage).await?;
        assert_eq!(
            told.body,
            json!({"for_this_account": for_this_account, "granted": ["read"], "missing": missing,
                "consent_ends_at": null})
        );
    }
    stage.close().await
}

#[tokio::test]
async fn of_an_account_that_was_taken_out_nobody_is_asked() -> Result<()> {
    let stage = Stage::open().await?;
    stage.asked_by("ana").await?;
    let path = format!("/v1/accounts/{}", stage.account_id().await?);
    assert_eq!(ask(stage.api().request(Method::DELETE, &path)).await?.status, 204);
    for rest in ["grant", "comment-answers", "entry-points", "automatic-messages/greeting"] {
        let refused = ask(stage.api().request(Method::GET, &format!("{path}/{rest}"))).await?;
        refused.is_problem(rest, 422, "account.removed")?;
    }
    stage.close().await
}
