//! People are warned before the consent of an account's owner ends.

use anyhow::{Context, Result};
use connector_api::Timestamp;
use end_to_end::eventually;
use jackfield::store::{AuthorizedAccount, SealedCredentials};
use serde_json::{Value, json};

use crate::deliveries::stage::{BEGIN, DAY, Stage};

const KIND: &str = "account.consent_ending";

/// The owner consents for a year.
async fn consented(stage: &Stage) -> Result<String> {
    let end = stage.now().plus_seconds(365 * DAY);
    let credentials =
        SealedCredentials { sealed: Vec::new(), access_expires_at: None, refresh_expires_at: Some(end) };
    let account = AuthorizedAccount {
        instance: "shop".to_owned(),
        platform_id: "biz".to_owned(),
        handle: None,
        display_name: None,
        missing_scopes: Vec::new(),
        credentials,
    };
    Ok(stage.host.store().save_account(account, stage.now()).await?.id.to_string())
}

/// The accounts and moments of the warnings so far.
async fn warnings(stage: &Stage) -> Result<Vec<(String, Timestamp)>> {
    let mut told = Vec::new();
    for event in stage.host.store().events_after(0, 1_000).await? {
        if json!(event.kind) == KIND {
            told.push((event.account.context("about no account")?.to_string(), event.at));
        }
    }
    Ok(told)
}

#[tokio::test]
async fn an_account_whose_consent_ends_is_told_of_once_thirty_days_ahead() -> Result<()> {
    let stage = Stage::open().await?;
    // Its deliveries are woken by whatever passes; nobody listens there.
    stage.add("http://127.0.0.1:9/").await?;
    let id = consented(&stage).await?;
    let view = async || -> Result<Value> { stage.api.get(&format!("/v1/accounts/{id}")).await?.success() };
    assert_eq!(
        (&view().await?["consent_ends_at"], &view().await?["consent_ending"]),
        (&json!("2028-01-15T08:00:00Z"), &json!(false))
    );
    stage.pass(335 * DAY - 1).await?;
    assert!(warnings(&stage).await?.is_empty());
    stage.pass(1).await?;
    let at = Timestamp::from_seconds(BEGIN + 335 * DAY);
    let warned = || async { Ok((!warnings(&stage).await?.is_empty()).then_some(())) };
    eventually("a warning", warned).await?;
    assert_eq!(warnings(&stage).await?, [(id.clone(), at)]);
    assert_eq!(view().await?["consent_ending"], true);
    stage.pass(29 * DAY).await?;
    consented(&stage).await?;
    assert_eq!(view().await?["consent_ending"], false);
    stage.pass(334 * DAY).await?;
    stage.pass(DAY).await?;
    let warned = || async { Ok((warnings(&stage).await?.len() > 1).then_some(())) };
    eventually("a warning of the other end", warned).await?;
    assert_eq!(warnings(&stage).await?.len(), 2, "each end once");
    stage.close().await
}
