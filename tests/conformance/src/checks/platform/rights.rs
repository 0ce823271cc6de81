//! Where the platform delivers, and what the account's token is good for.

use connector_api::{
    AccountRequest, ChannelConnector, ConfigureWebhooksRequest, ConnectorError, Content, ErrorClass,
    SendRequest,
};
use serde_json::{Value, json};

use super::super::texts;
use crate::{Outcome, claims::still, platform::FakePlatform, subject::Subject};

/// Not applicable where the connector has no such operation.
fn unless_unsupported(error: &ConnectorError, operation: &str) -> Outcome {
    match error.class {
        ErrorClass::Unsupported => {
            Outcome::NotApplicable(format!("the connector does not offer {operation}"))
        }
        _ => Outcome::from(error.to_string()),
    }
}

pub(super) async fn registers(subject: &Subject) -> Outcome {
    let platform = match still(subject).await {
        Ok((platform, _)) => platform,
        Err(outcome) => return outcome,
    };
    let outcome = register(platform).await.unwrap_or_else(|outcome| outcome);
    match platform.control("webhook", &json!({"url": platform.inbox()})).await {
        Ok(_) => outcome,
        Err(why) => Outcome::from(why),
    }
}

async fn register(platform: &FakePlatform) -> Result<Outcome, Outcome> {
    let ours = format!("{}/registered", platform.inbox());
    let configure = |url: Option<String>| async {
        platform.paced().await;
        let configured = platform.instance.configure_webhooks(ConfigureWebhooksRequest::new(url)).await;
        let configured = configured.map_err(|error| unless_unsupported(&error, "configure_webhooks"))?;
        Ok::<_, Outcome>(configured.callback_url)
    };
    let mut wrong = Vec::new();
    if configure(None).await?.as_deref() != Some(platform.inbox()) {
        wrong.push("the URL that is registered is not told".to_owned());
    }
    platform.control("webhook", &json!({"url": Value::Null})).await?;
    if configure(None).await?.is_some() {
        wrong.push("a URL is told, and none is registered".to_owned());
    }
    for told in [configure(Some(ours.clone())).await?, configure(None).await?] {
        if told.as_ref() != Some(&ours) {
            wrong.push(format!("after {ours} was registered, {told:?} is told"));
        }
    }
    if let Err(why) = platform.says("registered", "hello").await {
        wrong.push(format!("at the registered URL {why}"));
    }
    Ok(texts(&wrong))
}

pub(super) async fn inspects(subject: &Subject) -> Outcome {
    let platform = match still(subject).await {
        Ok((platform, _)) => platform,
        Err(outcome) => return outcome,
    };
    platform.paced().await;
    let account = platform.account().await;
    let told = match platform.instance.inspect_authorization(AccountRequest::new(account.clone())).await {
        Ok(told) => told,
        Err(error) => return unless_unsupported(&error, "inspect_authorization"),
    };
    let mut wrong = Vec::new();
    if told.account.as_ref().is_some_and(|id| *id != account.id) {
        wrong.push("the token is told to be another account's".to_owned());
    }
    if told.scopes.is_empty() && !account.credentials.scopes.is_empty() {
        wrong.push("no permission is told, and the owner granted some".to_owned());
    }
    let missing: Vec<_> = told.missing_scopes.iter().map(|missing| missing.scope.as_str()).collect();
    if !missing.is_empty() {
        wrong.push(format!("the owner granted everything, and {} is missing", missing.join(", ")));
    }
    texts(&wrong)
}

pub(in crate::checks) async fn revokes(subject: &Subject) -> Outcome {
    let platform = match still(subject).await {
        Ok((platform, _)) => platform,
        Err(outcome) => return outcome,
    };
    revoke(platform).await.unwrap_or_else(|outcome| outcome)
}

/// Gives the right back, and has it given again.
async fn revoke(platform: &FakePlatform) -> Result<Outcome, Outcome> {
    let conversation = platform.conversation("revoked").await?;
    let send = || async {
        platform.paced().await;
        let account = platform.account().await;
        let request = SendRequest::new(account, &conversation, Content::text("conformance"), "message-1");
        platform.instance.send(request).await
    };
    platform.paced().await;
    let revoked = platform.instance.revoke_authorization(AccountRequest::new(platform.account().await)).await;
    revoked.map_err(|error| unless_unsupported(&error, "revoke_authorization"))?;
    match send().await {
        Err(error)
            if matches!(error.class, ErrorClass::CredentialsRevoked | ErrorClass::CredentialsExpired) => {}
        Err(error) => return Err(Outcome::from(format!("a send afterwards is told as {error}"))),
        Ok(_) => return Err(Outcome::from("the platform takes a send afterwards".to_owned())),
    }
    *platform.account.lock().await = platform.consent().await?;
    send().await.map_err(|error| format!("consented again: {error}"))?;
    Ok(Outcome::Passed)
}
