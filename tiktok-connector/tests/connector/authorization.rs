//! Connecting an account, renewing, giving back, and its profile (protocol reference, sections 3 and 4.10).

use connector_api::{
    Account, AccountRequest, Authorized, BeginAuthorizationRequest, ChannelConnector,
    CompleteAuthorizationRequest, ConnectorError, Credentials, ErrorClass, RefreshAuthorizationRequest,
    Secret, Timestamp,
};
use serde_json::{Value, json};

use crate::{APP_ID, APP_SECRET, BUSINESS, account, platform::Platform, tiktok};

const NOW: Timestamp = Timestamp::from_seconds(1_000);
const REDIRECT: &str = "https://inbox.example/connected/";
const SCOPES: &str =
    "user.info.basic,user.info.username,message.list.read, message.list.send,message.list.manage";

fn grant() -> Value {
    json!({
        "access_token": "access-2", "expires_in": 86_400, "refresh_token": "refresh-2",
        "refresh_token_expires_in": "31536000", "open_id": BUSINESS, "scope": SCOPES, "token_type": "Bearer",
    })
}

fn grant_without(fields: &[&str]) -> Value {
    let mut grant = grant();
    if let Value::Object(grant) = &mut grant {
        grant.retain(|name, _| !fields.contains(&name.as_str()));
    }
    grant
}

async fn complete(platform: &Platform) -> Result<Authorized, ConnectorError> {
    let request = CompleteAuthorizationRequest::new(Secret::new("code-1"), REDIRECT, NOW);
    platform.tiktok.complete_authorization(request).await
}

async fn refresh(platform: &Platform) -> Result<Authorized, ConnectorError> {
    let request = RefreshAuthorizationRequest::new(account(), NOW);
    platform.tiktok.refresh_authorization(request).await
}

fn secrets(credentials: &Credentials) -> (&str, Option<&str>) {
    let refresh_token = credentials.refresh_token.as_ref().map(Secret::expose);
    (credentials.access_token.expose(), refresh_token)
}

#[tokio::test]
async fn the_consent_page_carries_everything_encoded() {
    let request = BeginAuthorizationRequest::new(REDIRECT, "st+ate&=");
    let page = tiktok().begin_authorization(request).await.expect("a page");
    let expected = "https://www.tiktok.com/v2/auth/authorize?client_key=7000000000000000001&response_type=code\
        &scope=user.info.basic%2Cuser.info.username%2Cmessage.list.read%2Cmessage.list.send%2Cmessage.list.manage\
        &redirect_uri=https%3A%2F%2Finbox.example%2Fconnected%2F&state=st%2Bate%26%3D&disable_auto_auth=1";
    assert_eq!(page.url, expected);
}

#[tokio::test]
async fn a_code_becomes_an_account() {
    let platform = Platform::saying(0, grant()).await;
    let authorized = complete(&platform).await.expect("authorized");
    let credentials = &authorized.account.credentials;
    assert_eq!(authorized.account.id, BUSINESS);
    assert_eq!(secrets(credentials), ("access-2", Some("refresh-2")));
    assert_eq!(credentials.access_expires_at, Some(NOW.plus_seconds(86_400)));
    assert_eq!(credentials.refresh_expires_at, Some(NOW.plus_seconds(31_536_000)));
    assert!(credentials.scopes.contains(&"message.list.send".to_owned()));
    assert!(authorized.missing_scopes.is_empty());
    let asked = platform.asked();
    assert_eq!(asked.uri, "/open_api/v1.3/tt_user/oauth2/token/");
    assert!(!asked.headers.contains_key("access-token"));
    let expected = json!({
        "client_id": APP_ID, "client_secret": APP_SECRET, "grant_type": "authorization_code",
        "auth_code": "code-1", "redirect_uri": REDIRECT,
    });
    assert_eq!(asked.body, expected);
}

#[tokio::test]
async fn a_partial_grant_names_what_is_missing() {
    let mut grant = grant();
    grant["scope"] = json!("user.info.basic, message.list.read,comment.list");
    let authorized = complete(&Platform::saying(0, grant).await).await.expect("authorized");
    assert_eq!(authorized.missing_scopes, ["user.info.username", "message.list.send", "message.list.manage"]);
}

#[tokio::test]
async fn fields_that_real_answers_lacked_are_not_needed() {
    let fields = ["token_type", "scope", "refresh_token_expires_in", "expires_in", "refresh_token"];
    let authorized = complete(&Platform::saying(0, grant_without(&fields)).await).await.expect("authorized");
    let credentials = &authorized.account.credentials;
    assert_eq!(secrets(credentials), ("access-2", None));
    assert_eq!(credentials.access_expires_at, Some(NOW.plus_seconds(86_400)));
    assert!(authorized.missing_scopes.is_empty());
    for field in ["access_token", "open_id"] {
        let error = complete(&Platform::saying(0, grant_without(&[field])).await).await.expect_err(field);
        assert_eq!(error.class, ErrorClass::Uncertain);
    }
}

#[tokio::test]
async fn a_refresh_takes_the_new_refresh_token() {
    let platform = Platform::saying(0, grant()).await;
    let authorized = refresh(&platform).await.expect("authorized");
    assert_eq!(secrets(&authorized.account.credentials), ("access-2", Some("refresh-2")));
    let asked = platform.asked();
    assert_eq!(asked.uri, "/open_api/v1.3/tt_user/oauth2/refresh_token/");
    let expected = json!({
        "client_id": APP_ID, "client_secret": APP_SECRET, "grant_type": "refresh_token", "refresh_token": "refresh-1",
    });
    assert_eq!(asked.body, expected);
}

#[tokio::test]
async fn a_refresh_keeps_what_the_answer_leaves_out() {
    let platform = Platform::saying(0, json!({ "access_token": "access-2" })).await;
    let authorized = refresh(&platform).await.expect("authorized");
    let (old, new) = (account(), authorized.account);
    assert_eq!(new.id, old.id);
    assert_eq!(secrets(&new.credentials), ("access-2", Some("refresh-1")));
    assert_eq!(new.credentials.refresh_expires_at, old.credentials.refresh_expires_at);
    assert_eq!(new.credentials.scopes, old.credentials.scopes);
}

#[tokio::test]
async fn a_refresh_for_another_account_is_refused() {
    let mut grant = grant();
    grant["open_id"] = json!("-000SomebodyElse");
    let error = refresh(&Platform::saying(0, grant).await).await.expect_err("another account");
    assert_eq!(error.class, ErrorClass::CredentialsRevoked);
    assert!(!format!("{error:?}").contains("access-2"));
}

#[tokio::test]
async fn without_a_refresh_token_nothing_is_asked() {
    let platform = Platform::saying(0, grant()).await;
    let account = Account::new(BUSINESS, Credentials::permanent(Secret::new("access-1")));
    let request = RefreshAuthorizationRequest::new(account, NOW);
    let error = platform.tiktok.refresh_authorization(request).await.expect_err("no refresh token");
    assert_eq!(error.class, ErrorClass::CredentialsRevoked);
    assert!(platform.is_untouched());
}

#[tokio::test]
async fn a_dead_refresh_token_needs_a_new_consent() {
    for code in [40103, 40107] {
        let error = refresh(&Platform::saying(code, json!({})).await).await.expect_err("dead");
        assert_eq!(error.class, ErrorClass::CredentialsRevoked);
    }
}

#[tokio::test]
async fn a_revocation_names_the_access_token() {
    let platform = Platform::saying(0, json!({})).await;
    platform.tiktok.revoke_authorization(AccountRequest::new(account())).await.expect("revoked");
    let asked = platform.asked();
    assert_eq!(asked.uri, "/open_api/v1.3/tt_user/oauth2/revoke/");
    let expected = json!({ "client_id": APP_ID, "client_secret": APP_SECRET, "access_token": "access-1" });
    assert_eq!(asked.body, expected);
}

#[tokio::test]
async fn a_profile_is_asked_for_with_every_id_encoded() {
    let data = json!({ "username": "simshop", "display_name": "Sim Shop", "profile_image": "https://p/1.jpg?x-expires=9" });
    let platform = Platform::saying(0, data).await;
    let mut account = account();
    account.id = "-00+a/b=".to_owned();
    let profile = platform.tiktok.account_profile(AccountRequest::new(account)).await.expect("a profile");
    assert_eq!(profile.handle.as_deref(), Some("simshop"));
    assert_eq!(profile.display_name.as_deref(), Some("Sim Shop"));
    assert_eq!(profile.picture_url.as_deref(), Some("https://p/1.jpg?x-expires=9"));
    let asked = platform.asked();
    let expected = "/open_api/v1.3/business/get/?business_id=-00%2Ba%2Fb%3D&fields=%5B%22username%22%2C%22display_name%22%2C%22profile_image%22%2C%22profile_deep_link%22%5D";
    assert_eq!((asked.method.as_str(), asked.uri.to_string().as_str()), ("GET", expected));
    assert_eq!(asked.headers["access-token"], "access-1");
}
