//! Getting, renewing and giving back the right to act for an account (protocol reference, sections 3.3 to 3.5).
//!
//! A call whose answer was lost is uncertain like a send: a refresh token may already be replaced by one that nobody
//! has seen.

use connector_api::{
    Account, AccountRequest, Authorized, CompleteAuthorizationRequest, ConnectorError, Credentials, Done,
    ErrorClass, ReasonCode, RefreshAuthorizationRequest, Secret, Timestamp,
};
use serde_json::json;

use super::{Api, answer::Answer};
use crate::{scopes, settings::Settings};

/// Life of an access token, for answers that do not name it (protocol reference, section 11).
const ACCESS_SECONDS: i64 = 24 * 3600;

/// Exchanges the code that came back from the consent page.
pub(crate) async fn complete(
    api: &Api,
    settings: &Settings,
    request: &CompleteAuthorizationRequest,
) -> Result<Authorized, ConnectorError> {
    let body = json!({
        "client_id": settings.app_id,
        "client_secret": settings.app_secret.expose(),
        "grant_type": "authorization_code",
        "auth_code": request.code.expose(),
        "redirect_uri": request.redirect_uri,
    });
    let answer = api.post("tt_user/oauth2/token", &body).await?;
    let id = answer.text("/open_id").ok_or_else(|| answer.lacks("the account"))?;
    let credentials = credentials(&answer, request.now)?;
    Ok(authorized(Account::new(id, credentials)))
}

/// Renews the access token. What the answer leaves out stays as it was; the refresh token may be a new one.
pub(crate) async fn refresh(
    api: &Api,
    settings: &Settings,
    request: &RefreshAuthorizationRequest,
) -> Result<Authorized, ConnectorError> {
    let Account { id, credentials: old, .. } = &request.account;
    let refresh_token = old.refresh_token.as_ref().ok_or_else(|| {
        let message = "The account has no refresh token; the owner has to consent again.";
        ConnectorError::new(ErrorClass::CredentialsRevoked, ReasonCode::AUTH_EXPIRED, message)
    })?;
    let body = json!({
        "client_id": settings.app_id,
        "client_secret": settings.app_secret.expose(),
        "grant_type": "refresh_token",
        "refresh_token": refresh_token.expose(),
    });
    let answer = api.post("tt_user/oauth2/refresh_token", &body).await?;
    if answer.text("/open_id").is_some_and(|renewed| renewed != *id) {
        return Err(ConnectorError::new(
            ErrorClass::CredentialsRevoked,
            ReasonCode::AUTH_EXPIRED,
            "TikTok renewed the token of another account; the owner has to consent again.",
        ));
    }
    let mut new = credentials(&answer, request.now)?;
    new.refresh_token = new.refresh_token.or_else(|| old.refresh_token.clone());
    new.refresh_expires_at = new.refresh_expires_at.or(old.refresh_expires_at);
    if new.scopes.is_empty() {
        new.scopes.clone_from(&old.scopes);
    }
    Ok(authorized(Account::new(id, new)))
}

/// Gives the right back.
pub(crate) async fn revoke(
    api: &Api,
    settings: &Settings,
    request: &AccountRequest,
) -> Result<Done, ConnectorError> {
    let body = json!({
        "client_id": settings.app_id,
        "client_secret": settings.app_secret.expose(),
        "access_token": request.account.credentials.access_token.expose(),
    });
    api.post("tt_user/oauth2/revoke", &body).await?;
    Ok(Done::default())
}

/// Only the access token is certainly there; real answers lacked the other fields.
fn credentials(answer: &Answer, now: Timestamp) -> Result<Credentials, ConnectorError> {
    let access_token = answer.text("/access_token").ok_or_else(|| answer.lacks("the access token"))?;
    let mut credentials = Credentials::permanent(Secret::new(access_token));
    let access_seconds = answer.integer("/expires_in").unwrap_or(ACCESS_SECONDS);
    credentials.access_expires_at = Some(now.plus_seconds(access_seconds));
    credentials.refresh_token = answer.text("/refresh_token").map(Secret::new);
    credentials.refresh_expires_at =
        answer.integer("/refresh_token_expires_in").map(|seconds| now.plus_seconds(seconds));
    let granted = answer.text("/scope").unwrap_or_default();
    Ok(credentials.with_scopes(scopes::read(&granted)))
}

/// With what the owner unticked.
fn authorized(account: Account) -> Authorized {
    let missing = scopes::missing(&account.credentials.scopes);
    Authorized::new(account, missing.into_iter().map(|missing| missing.scope).collect())
}
