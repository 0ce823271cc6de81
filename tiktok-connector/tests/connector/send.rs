//! One message, one request, and an honest word about its outcome.

use connector_api::{
    Account, ChannelConnector, ConnectorError, Content, Credentials, ErrorClass, Receipt, Secret, SendRequest,
};
use serde_json::json;
use tiktok_connector::TikTok;

use crate::{
    account,
    platform::{Platform, refusing_connections, writing, writing_instead_of_tls},
};

const BODY: &str = "Your order left — \"the\" warehouse 👋";

fn request() -> SendRequest {
    SendRequest::new(account(), "cnv+A1/b2==", Content::text(BODY), "m-1")
}

async fn send(tiktok: &TikTok) -> Result<Receipt, ConnectorError> {
    tiktok.send(request()).await
}

async fn refusal(tiktok: &TikTok) -> (ErrorClass, String) {
    let error = send(tiktok).await.expect_err("an error");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(BODY) && !shown.contains("access-1"), "{shown}");
    (error.class, error.reason.to_string())
}

fn uncertain() -> (ErrorClass, String) {
    (ErrorClass::Uncertain, "outcome.unknown".to_owned())
}

#[tokio::test]
async fn text_is_sent_as_the_reference_says() {
    let platform = Platform::saying(0, json!({ "message": { "message_id": "msg+77/==" } })).await;
    let receipt = send(&platform.tiktok).await.expect("accepted");
    assert_eq!(receipt, Receipt::new(Some("msg+77/==".to_owned())).with_request_id(Some("r-1".to_owned())));
    let asked = platform.asked();
    assert_eq!(
        (asked.method.as_str(), asked.uri.to_string().as_str()),
        ("POST", "/open_api/v1.3/business/message/send/")
    );
    assert_eq!(asked.headers["access-token"], "access-1");
    assert_eq!(asked.headers["content-type"], "application/json");
    assert!(!asked.headers.contains_key("authorization"));
    let expected = json!({
        "business_id": "-000SimBusinessOpenId0001", "recipient_type": "CONVERSATION", "recipient": "cnv+A1/b2==",
        "message_type": "TEXT", "text": { "body": BODY },
    });
    assert_eq!(asked.body, expected);
}

#[tokio::test]
async fn other_contents_are_refused_before_any_request() {
    let platform = Platform::saying(0, json!({})).await;
    let fallback =
        Content::Fallback { original_kind: "video".to_owned(), text: String::new(), url: None, medium: None };
    for content in [fallback, Content::Unknown] {
        let mut request = request();
        request.content = content;
        let error = platform.tiktok.send(request).await.expect_err("unsupported");
        assert_eq!(
            (error.class, error.reason.as_str()),
            (ErrorClass::Unsupported, "content.kind_unsupported")
        );
    }
    assert!(platform.is_untouched());
}

#[tokio::test]
async fn accepted_without_an_id_is_uncertain() {
    for data in
        [json!({}), json!(null), json!({ "message_id": "top" }), json!({ "message": { "message_id": "" } })]
    {
        let platform = Platform::saying(0, data).await;
        assert_eq!(refusal(&platform.tiktok).await, uncertain());
    }
    let platform = Platform::answering(200, r#"{"code":"0"}"#).await;
    assert_eq!(refusal(&platform.tiktok).await, uncertain());
}

#[tokio::test]
async fn codes_become_classes_and_keep_what_tiktok_said() {
    let table = [
        (40002, ErrorClass::Refused, "content.rejected"),
        (40064, ErrorClass::Refused, "window.refused"),
        (40100, ErrorClass::Throttled, "rate.limited"),
        (40102, ErrorClass::CredentialsExpired, "auth.expired"),
        (40001, ErrorClass::Refused, "auth.scope_missing"),
        (51065, ErrorClass::Uncertain, "outcome.unknown"),
        (60001, ErrorClass::Unavailable, "platform.unavailable"),
    ];
    for (code, class, reason) in table {
        let platform = Platform::saying(code, json!({})).await;
        let error = send(&platform.tiktok).await.expect_err("an error");
        assert_eq!((error.class, error.reason.as_str()), (class, reason), "{code}");
        assert!(!error.message.contains("TikTok's words"), "{error}");
        let said = error.platform.expect("what TikTok said");
        assert_eq!((said.code, said.message.as_str()), (Some(code.to_string()), "TikTok's words"));
        assert_eq!(said.request_id.as_deref(), Some("r-1"));
    }
}

#[tokio::test]
async fn a_long_message_of_tiktok_is_cut() {
    let envelope = json!({ "code": 40002, "message": "é".repeat(1_000) });
    let platform = Platform::answering(200, envelope.to_string()).await;
    let error = send(&platform.tiktok).await.expect_err("an error");
    assert_eq!(error.platform.expect("what TikTok said").message.chars().count(), 300);
}

#[tokio::test]
async fn whatever_is_not_the_api_is_uncertain() {
    let html = "<html>502 Bad Gateway</html>";
    let envelope = r#"{"code":0,"data":{"message":{"message_id":"m"}}}"#;
    for (status, body) in [
        (502, html),
        (500, envelope),
        (404, "404 page not found"),
        (301, ""),
        (201, envelope),
        (200, ""),
        (200, html),
        (200, "[]"),
        (200, "null"),
        (200, "{}"),
        (200, r#"{"code":1.5}"#),
        (200, r#"{"code":null}"#),
    ] {
        let platform = Platform::answering(status, body).await;
        assert_eq!(refusal(&platform.tiktok).await, uncertain(), "{status} {body}");
        platform.asked();
    }
    let endless = "a".repeat(4 * 1024 * 1024 + 1);
    assert_eq!(refusal(&Platform::answering(200, endless).await.tiktok).await, uncertain());
}

#[tokio::test]
async fn http_429_is_throttling() {
    let platform = Platform::answering(429, "slow down").await;
    assert_eq!(refusal(&platform.tiktok).await, (ErrorClass::Throttled, "rate.limited".to_owned()));
}

#[tokio::test]
async fn a_refused_connection_certainly_sent_nothing() {
    let unavailable = (ErrorClass::Unavailable, "platform.unavailable".to_owned());
    assert_eq!(refusal(&refusing_connections().await).await, unavailable);
}

#[tokio::test]
async fn a_failed_tls_handshake_certainly_sent_nothing() {
    let unavailable = (ErrorClass::Unavailable, "platform.unavailable".to_owned());
    for (answer, stay) in [("HTTP/1.1 400 Bad Request\r\n\r\n", false), ("", false), ("", true)] {
        assert_eq!(
            refusal(&writing_instead_of_tls(answer, stay).await).await,
            unavailable,
            "{answer} {stay}"
        );
    }
}

#[tokio::test]
async fn a_connection_that_ends_after_the_request_is_uncertain() {
    for answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":0"] {
        assert_eq!(refusal(&writing(answer, false).await).await, uncertain(), "{answer}");
    }
}

#[tokio::test]
async fn silence_after_the_request_is_uncertain() {
    assert_eq!(refusal(&writing("", true).await).await, uncertain());
    let half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{";
    assert_eq!(refusal(&writing(half, true).await).await, uncertain());
}

#[tokio::test]
async fn a_token_that_is_none_is_never_sent() {
    let platform = Platform::saying(0, json!({})).await;
    for token in ["", "a\r\nb: c"] {
        let mut request = request();
        request.account = Account::new("b", Credentials::permanent(Secret::new(token)));
        let error = platform.tiktok.send(request).await.expect_err("an error");
        assert_eq!(error.class, ErrorClass::Invalid);
    }
    assert!(platform.is_untouched());
}
