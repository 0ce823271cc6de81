//! Consent, tokens, profile, webhook registration and links.

use std::collections::HashMap;

use connector_api::{
    AccountRequest, BeginAuthorizationRequest, ChannelConnector, CompleteAuthorizationRequest,
    ConfigureWebhooksRequest, EntryPointsRequest, ErrorClass, RefreshAuthorizationRequest, Secret, Timestamp,
};
use reqwest::{Url, redirect};

use crate::shop::Shop;

const REDIRECT: &str = "http://127.0.0.1:4000/oauth/callback";

fn now(shop: &Shop) -> Timestamp {
    Timestamp::from_millis(shop.sim.now_ms())
}

/// The owner agrees; the code that comes back.
async fn consented(shop: &Shop) -> Secret {
    let request = BeginAuthorizationRequest::new(REDIRECT, "st a+te");
    let page = shop.tiktok.begin_authorization(request).await.expect("a page");
    let browser = reqwest::Client::builder().no_proxy().redirect(redirect::Policy::none()).build();
    let answer = browser.expect("a browser").get(page.url).send().await.expect("an answer");
    let back = Url::parse(answer.headers()["location"].to_str().expect("text")).expect("a URL");
    let query: HashMap<String, String> = back.query_pairs().into_owned().collect();
    assert_eq!(query["state"], "st a+te");
    Secret::new(&*query["code"])
}

#[tokio::test]
async fn an_account_is_connected_inspected_renewed_and_given_back() {
    let shop = Shop::open().await;
    let request = CompleteAuthorizationRequest::new(consented(&shop).await, REDIRECT, now(&shop));
    let authorized = shop.tiktok.complete_authorization(request.clone()).await.expect("connected");
    assert_eq!(authorized.missing_scopes, Vec::<String>::new());
    let account = authorized.account;
    let year = account.credentials.refresh_expires_at.expect("a year");
    let inspected =
        shop.tiktok.inspect_authorization(AccountRequest::new(account.clone())).await.expect("told");
    assert_eq!(
        (inspected.account.as_deref(), inspected.missing_scopes.len()),
        (Some(account.id.as_str()), 0)
    );
    assert!(inspected.scopes.contains(&"message.list.send".to_owned()));

    let renewal = RefreshAuthorizationRequest::new(account.clone(), now(&shop));
    let renewed = shop.tiktok.refresh_authorization(renewal.clone()).await.expect("renewed").account;
    let token = |account: &connector_api::Account| {
        account.credentials.refresh_token.as_ref().map(|token| token.expose().to_owned())
    };
    assert_ne!(token(&renewed), token(&account), "it rotates");
    let end = renewed.credentials.refresh_expires_at.expect("a year");
    assert!(end.millis_since(year).abs() < 5_000, "a renewal does not make the year longer");

    shop.tiktok.revoke_authorization(AccountRequest::new(renewed.clone())).await.expect("given back");
    let dead = shop.tiktok.account_profile(AccountRequest::new(renewed)).await.expect_err("refused");
    assert_eq!((dead.class, dead.reason.as_str()), (ErrorClass::CredentialsExpired, "auth.expired"));
    shop.close();

    // These break rules on purpose: a code and a token are used again.
    let again = shop.tiktok.complete_authorization(request).await.expect_err("used");
    assert_eq!((again.class, again.reason.as_str()), (ErrorClass::Refused, "auth.expired"));
    let again = shop.tiktok.refresh_authorization(renewal).await.expect_err("used");
    assert_eq!((again.class, again.reason.as_str()), (ErrorClass::CredentialsRevoked, "auth.expired"));
}

#[tokio::test]
async fn what_an_owner_unticked_is_named_with_what_it_costs() {
    let shop = Shop::open().await;
    shop.sim.configure(|settings| {
        settings.withheld_scopes = ["message.list.send", "user.info.username"].map(str::to_owned).to_vec();
    });
    let request = CompleteAuthorizationRequest::new(consented(&shop).await, REDIRECT, now(&shop));
    let authorized = shop.tiktok.complete_authorization(request).await.expect("connected");
    assert_eq!(authorized.missing_scopes, ["user.info.username", "message.list.send"]);
    let request = AccountRequest::new(authorized.account.clone());
    let inspected = shop.tiktok.inspect_authorization(request).await.expect("told");
    let missing: Vec<_> =
        inspected.missing_scopes.iter().map(|one| (one.scope.as_str(), !one.effect.is_empty())).collect();
    assert_eq!(missing, [("user.info.username", true), ("message.list.send", true)]);
    let conversation = shop.asked_by("ana").await;
    let content = connector_api::Content::text("olá");
    let send = connector_api::SendRequest::new(authorized.account.clone(), conversation, content, "m-1");
    let refused = shop.tiktok.send(send).await.expect_err("refused");
    assert_eq!((refused.class, refused.reason.as_str()), (ErrorClass::Refused, "auth.scope_missing"));
    let links = shop.tiktok.entry_points(EntryPointsRequest::new(authorized.account)).await;
    assert_eq!(links.expect_err("no user name").reason.as_str(), "auth.scope_missing");
    shop.close();
}

#[tokio::test]
async fn the_end_of_the_year_asks_for_consent() {
    let shop = Shop::open().await;
    shop.sim.advance(std::time::Duration::from_secs(366 * 24 * 3600));
    let renewal = RefreshAuthorizationRequest::new(shop.account.clone(), now(&shop));
    let ended = shop.tiktok.refresh_authorization(renewal).await.expect_err("ended");
    assert_eq!((ended.class, ended.reason.as_str()), (ErrorClass::CredentialsRevoked, "auth.expired"));
    shop.close();
}

#[tokio::test]
async fn answers_with_only_the_necessary_are_enough() {
    let shop = Shop::open().await;
    shop.sim.configure(|settings| settings.minimal_token_answers = true);
    let request = CompleteAuthorizationRequest::new(consented(&shop).await, REDIRECT, now(&shop));
    let authorized = shop.tiktok.complete_authorization(request).await.expect("connected");
    assert_eq!(authorized.missing_scopes, Vec::<String>::new());
    assert_eq!(authorized.account.credentials.refresh_expires_at, None);
    shop.close();
}

#[tokio::test]
async fn the_account_has_a_name_a_picture_and_a_page() {
    let shop = Shop::open().await;
    let profile = shop.tiktok.account_profile(AccountRequest::new(shop.account.clone())).await.expect("told");
    assert_eq!(
        (profile.handle.as_deref(), profile.display_name.as_deref()),
        (Some("simshop"), Some("Sim Shop"))
    );
    assert!(profile.picture_url.is_some());
    assert_eq!(profile.profile_url.as_deref(), Some("https://www.tiktok.com/@simshop"));
    shop.close();
}

#[tokio::test]
async fn webhooks_are_registered_and_asked_for() {
    let shop = Shop::open().await;
    let configure = |url: Option<&str>| {
        let request = ConfigureWebhooksRequest::new(url.map(str::to_owned));
        async { shop.tiktok.configure_webhooks(request).await.expect("told").callback_url }
    };
    let url = "http://127.0.0.1:8080/webhooks/shop";
    assert_eq!(configure(None).await, None);
    assert_eq!(configure(Some(url)).await.as_deref(), Some(url));
    assert_eq!(configure(None).await.as_deref(), Some(url));
    shop.close();
}

#[tokio::test]
async fn links_need_a_question_only_where_the_user_name_is_unknown() {
    let shop = Shop::open().await;
    let request = EntryPointsRequest::new(shop.account.clone()).with_reference("spring_2026-A=");
    let points = shop.tiktok.entry_points(request).await.expect("links");
    assert_eq!(points.urls["qr_code"], "https://tiktok.me/simshop?ref=spring_2026-A%3D");
    shop.close();
}
