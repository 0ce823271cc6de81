//! Traps on the way out.

use connector_api::{
    AccountRequest, AutomaticAction, AutomaticMessagesRequest, BeginAuthorizationRequest, ChannelConnector,
    ConfigureWebhooksRequest, ConnectorError, Content, ErrorClass, FetchMediaRequest, HistoryRequest, Medium,
    ProbeRequest, Receipt, SendRequest, UploadMediaRequest,
};
use serde_json::json;
use url::Url;

use crate::{APP_SECRET, account, logged, platform::Platform, tiktok};

fn request(content: Content) -> SendRequest {
    SendRequest::new(account(), "cnv+A1/b2==", content, "m-1")
}

async fn sent(platform: &Platform) -> Result<Receipt, ConnectorError> {
    platform.tiktok.send(request(Content::text("hi"))).await
}

fn wanted() -> FetchMediaRequest {
    FetchMediaRequest::new(account(), "cnv+A1==", "msg+1==", "med_77", "image", 1_000)
}

#[tokio::test]
async fn t07_the_id_of_a_send_is_nested() {
    let platform =
        Platform::saying(0, json!({ "message": { "message_id": "m" }, "message_id": "wrong" })).await;
    assert_eq!(sent(&platform).await.expect("sent").message_id.as_deref(), Some("m"));
    let platform = Platform::saying(0, json!({ "message_id": "wrong" })).await;
    assert_eq!(sent(&platform).await.expect_err("no id").class, ErrorClass::Uncertain);
}

#[tokio::test]
async fn t11_the_token_goes_to_the_address_that_tiktok_named_and_no_further() {
    let platform = Platform::handing_out(200, "the bytes").await;
    let fetched = platform.tiktok.fetch_media(wanted()).await.expect("fetched");
    assert_eq!(fetched.bytes, b"the bytes");
    let asked = platform.all_asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].headers["x-user"], "access-1");
    assert!(
        !asked[1].headers.contains_key("access-token") && !asked[1].headers.contains_key("authorization")
    );

    let platform = Platform::handing_out(302, "").await;
    let error = platform.tiktok.fetch_media(wanted()).await.expect_err("a redirect");
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Refused, "media.address_forbidden"));
    assert_eq!(platform.all_asked().len(), 2, "nothing was followed");

    for elsewhere in
        ["http://cdn.example/a", "https://u:p@cdn.example/a", "https://10.0.0.1/a", "ftp://a/", "no URL"]
    {
        let platform = Platform::saying(0, json!({ "download_url": elsewhere })).await;
        let error = platform.tiktok.fetch_media(wanted()).await.expect_err("elsewhere");
        assert_eq!(error.reason.as_str(), "media.address_forbidden", "{elsewhere}");
    }
}

#[tokio::test]
async fn t11_bytes_that_do_not_come_are_asked_for_again_and_those_that_never_will_are_not() {
    for (status, class) in [
        (401, ErrorClass::Refused),
        (403, ErrorClass::Refused),
        (404, ErrorClass::Refused),
        (429, ErrorClass::Throttled),
        (500, ErrorClass::Unavailable),
        (206, ErrorClass::Unavailable),
    ] {
        let platform = Platform::handing_out(status, "").await;
        let error = platform.tiktok.fetch_media(wanted()).await.expect_err("no bytes");
        assert_eq!(error.class, class, "{status}");
    }
    let platform = Platform::handing_out(200, "a".repeat(1_001)).await;
    let error = platform.tiktok.fetch_media(wanted()).await.expect_err("too large");
    assert_eq!(error.reason.as_str(), "content.media_too_large");
}

#[tokio::test]
async fn t12_a_plus_in_a_query_is_encoded() {
    let platform = Platform::saying(0, json!({})).await;
    let request = HistoryRequest::new(account()).with_conversation("cnv+A1/b2==");
    platform.tiktok.history(request).await.expect("a page");
    let query = platform.asked().uri.query().unwrap_or_default().to_owned();
    assert!(query.contains("conversation_id=cnv%2BA1%2Fb2%3D%3D"), "{query}");
}

#[tokio::test]
async fn t13_every_path_ends_with_a_slash() {
    let kind = "chat_prompt";
    for path in 0..5 {
        let platform = Platform::saying(0, json!({})).await;
        let (tiktok, account) = (&platform.tiktok, account());
        let automatic = AutomaticMessagesRequest::new(account.clone(), kind, AutomaticAction::List);
        match path {
            0 => drop(tiktok.send(request(Content::text("hi"))).await),
            1 => drop(tiktok.history(HistoryRequest::new(account)).await),
            2 => drop(tiktok.automatic_messages(automatic).await),
            3 => drop(tiktok.configure_webhooks(ConfigureWebhooksRequest::new(None)).await),
            _ => drop(tiktok.inspect_authorization(AccountRequest::new(account)).await),
        }
        assert!(platform.asked().uri.path().ends_with('/'));
    }
}

#[tokio::test]
async fn t14_the_code_decides_and_says_what_it_says() {
    for (code, class) in [
        (40100, ErrorClass::Throttled),
        (40001, ErrorClass::Refused),
        (40002, ErrorClass::Refused),
        (40102, ErrorClass::CredentialsExpired),
    ] {
        assert_eq!(
            sent(&Platform::saying(code, json!({})).await).await.expect_err("a code").class,
            class,
            "{code}"
        );
    }
}

#[tokio::test]
async fn t15_the_token_stands_bare_in_a_header_of_its_own() {
    let platform = Platform::saying(0, json!({ "message": { "message_id": "m" } })).await;
    sent(&platform).await.expect("sent");
    let headers = platform.asked().headers;
    assert_eq!((headers["access-token"].as_bytes(), headers.get("authorization")), (&b"access-1"[..], None));
}

#[tokio::test]
async fn t17_only_what_is_needed_is_asked_for_and_the_question_is_always_asked() {
    let page = tiktok().begin_authorization(BeginAuthorizationRequest::new("https://a.example/", "s")).await;
    let url = Url::parse(&page.expect("a page").url).expect("a URL");
    let value =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let needed = "user.info.basic,user.info.username,message.list.read,message.list.send,message.list.manage";
    assert_eq!(value("scope").as_deref(), Some(needed));
    assert_eq!(value("disable_auto_auth").as_deref(), Some("1"));
}

#[tokio::test]
async fn t18_what_was_not_granted_is_named() {
    let granted =
        json!({ "app_id": crate::APP_ID, "creator_id": "b", "scope": "message.list.read, user.info.basic" });
    let platform = Platform::saying(0, granted).await;
    let inspected =
        platform.tiktok.inspect_authorization(AccountRequest::new(account())).await.expect("told");
    let missing: Vec<&str> = inspected.missing_scopes.iter().map(|missing| missing.scope.as_str()).collect();
    assert_eq!(missing, ["user.info.username", "message.list.send", "message.list.manage"]);
    assert!(inspected.missing_scopes.iter().all(|missing| missing.effect.ends_with('.')));
}

#[tokio::test]
async fn t19_a_message_carries_one_content() {
    let platform = Platform::saying(0, json!({})).await;
    let captioned = Content::Media(Medium::by_id("image", "1").with_caption("look"));
    let error = platform.tiktok.send(request(captioned)).await.expect_err("a caption");
    assert_eq!(error.reason.as_str(), "content.caption_unsupported");
    let quoting = request(Content::Media(Medium::by_id("image", "1"))).quoting(Some("m".to_owned()));
    let error = platform.tiktok.send(quoting).await.expect_err("a quote");
    assert_eq!(error.reason.as_str(), "content.combination_unsupported");
    assert!(platform.is_untouched());
}

#[tokio::test]
async fn t21_a_long_text_is_sent_whole() {
    let platform = Platform::saying(0, json!({ "message": { "message_id": "m" } })).await;
    let text = "é".repeat(6_000);
    platform.tiktok.send(request(Content::text(&text))).await.expect("sent");
    assert_eq!(platform.asked().body["text"]["body"], text);
}

#[tokio::test]
async fn t36_a_first_contact_is_asked_about_as_a_stranger() {
    for (answered, kind) in [(false, "STRANGER"), (true, "SINGLE")] {
        let platform = Platform::saying(0, json!({})).await;
        let request = ProbeRequest::new(account(), vec!["region.media".to_owned()])
            .with_conversation("c")
            .with_answered(answered);
        platform.tiktok.probe(request).await.expect("an answer");
        let query = platform.asked().uri.query().unwrap_or_default().to_owned();
        assert!(query.contains(&format!("conversation_type={kind}")), "{query}");
    }
}

#[tokio::test]
async fn t37_an_upload_names_its_own_boundary() {
    let platform = Platform::saying(0, json!({ "media_id": "med_1" })).await;
    let request = UploadMediaRequest::new(account(), "image/png", b"png".to_vec());
    platform.tiktok.upload_media(request).await.expect("uploaded");
    let asked = platform.asked();
    let form = asked.headers["content-type"].to_str().expect("text").to_owned();
    let boundary = form.strip_prefix("multipart/form-data; boundary=").expect("a form");
    let raw = String::from_utf8_lossy(&asked.raw).into_owned();
    assert!(raw.starts_with(&format!("--{boundary}\r\n")), "{raw}");
    assert!(raw.contains("filename=\"picture.png\"") && raw.contains("Content-Type: image/png"), "{raw}");
}

#[tokio::test]
async fn t38_the_secret_in_a_query_reaches_no_log_and_no_error() {
    let (log, guard) = logged();
    let platform = Platform::answering(502, "<html>").await;
    let refused = platform.tiktok.configure_webhooks(ConfigureWebhooksRequest::new(None)).await;
    assert!(platform.asked().uri.to_string().contains(APP_SECRET), "it is in the query");
    let away = crate::platform::refusing_connections().await;
    let unreached = away.configure_webhooks(ConfigureWebhooksRequest::new(None)).await;
    for error in [refused, unreached] {
        let error = error.expect_err("an error");
        assert!(!format!("{error} {error:?}").contains(APP_SECRET), "{error}");
    }
    drop(guard);
    let log = log.text();
    assert!(log.contains("business/webhook/list") && !log.contains(APP_SECRET), "{log}");
}

#[tokio::test]
async fn t41_a_refusal_by_the_rules_waits_for_the_customer() {
    let error = sent(&Platform::saying(40064, json!({})).await).await.expect_err("refused");
    assert_eq!((error.class, error.reason.as_str()), (ErrorClass::Refused, "window.refused"));
    assert_eq!(error.retry_after_ms, None);
}
