//! TikTok misbehaves, and the connector says honestly what that means.

use std::time::Duration;

use connector_api::{AccountRequest, ChannelConnector, Content, ErrorClass};
use tiktok_simulator::{EchoMode, Fault, FaultKind};

use crate::shop::Shop;

#[tokio::test]
async fn every_fault_of_a_send_has_its_class_and_happened_or_not_as_it_says() {
    let code = |code, message: &str| FaultKind::Code { code, message: message.to_owned() };
    let table = [
        (FaultKind::BadGateway, Err(ErrorClass::Uncertain), 0),
        (FaultKind::EmptyBody, Err(ErrorClass::Uncertain), 0),
        (FaultKind::DropBeforeAccept, Err(ErrorClass::Uncertain), 0),
        (FaultKind::DropAfterAccept { echo: true }, Err(ErrorClass::Uncertain), 1),
        (FaultKind::DropAfterAccept { echo: false }, Err(ErrorClass::Uncertain), 1),
        (FaultKind::AcceptWithoutId, Err(ErrorClass::Uncertain), 1),
        (FaultKind::Slow { millis: 50 }, Ok(()), 1),
        (FaultKind::EchoFirst, Ok(()), 1),
        (FaultKind::DuplicateEvent, Ok(()), 1),
        (FaultKind::SwapEvents, Ok(()), 1),
        (code(51065, "system error"), Err(ErrorClass::Uncertain), 0),
        (code(40100, "App reaches the QPS limit."), Err(ErrorClass::Throttled), 0),
        (code(40102, "expired"), Err(ErrorClass::CredentialsExpired), 0),
        (code(40105, "wrong"), Err(ErrorClass::CredentialsExpired), 0),
        (code(60001, "maintenance"), Err(ErrorClass::Unavailable), 0),
    ];
    for (kind, expected, sends) in table {
        let shop = Shop::open().await;
        let conversation = shop.asked_by("ana").await;
        let path = if matches!(kind, FaultKind::DuplicateEvent | FaultKind::SwapEvents) {
            "im_send_msg"
        } else {
            "/business/message/send/"
        };
        shop.sim.inject(Fault::next(kind.clone()).on(path));
        let outcome = shop.tiktok.send(shop.message(&conversation, Content::text("olá"))).await;
        assert_eq!(outcome.map(drop).map_err(|error| error.class), expected, "{kind:?}");
        assert_eq!(shop.sim.sends().len(), sends, "{kind:?}");
        shop.close();
    }
}

#[tokio::test]
async fn faults_of_a_question_are_errors_too() {
    let table = [
        (FaultKind::BadGateway, ErrorClass::Uncertain),
        (FaultKind::EmptyBody, ErrorClass::Uncertain),
        (FaultKind::DropBeforeAccept, ErrorClass::Uncertain),
        (FaultKind::Code { code: 40001, message: String::new() }, ErrorClass::Refused),
    ];
    for (kind, expected) in table {
        let shop = Shop::open().await;
        shop.sim.inject(Fault::next(kind.clone()));
        let error = shop.tiktok.account_profile(AccountRequest::new(shop.account.clone())).await;
        assert_eq!(error.expect_err("an error").class, expected, "{kind:?}");
        shop.tiktok.account_profile(AccountRequest::new(shop.account.clone())).await.expect("it passed");
        shop.close();
    }
}

#[tokio::test]
async fn an_echo_before_the_answer_names_the_same_message() {
    let shop = Shop::open().await;
    shop.sim.set_echo(EchoMode::BeforeResponse);
    let conversation = shop.asked_by("ana").await;
    let sent = shop.tiktok.send(shop.message(&conversation, Content::text("olá"))).await.expect("sent");
    let key = format!("message:{}", sent.message_id.expect("an id"));
    assert!(shop.arrived().iter().any(|event| event.dedup_key == key));
    shop.close();
}

#[tokio::test]
async fn tokens_that_ended_ask_for_a_renewal_and_windows_for_the_customer() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    let send = || shop.tiktok.send(shop.message(&conversation, Content::text("olá")));
    shop.sim.advance(Duration::from_secs(25 * 3600));
    assert_eq!(send().await.expect_err("expired").class, ErrorClass::CredentialsExpired);
    for code in [40001, 40105] {
        shop.sim.configure(|settings| settings.expired_token_code = code);
        let class = send().await.expect_err("expired").class;
        let expected = if code == 40001 { ErrorClass::Refused } else { ErrorClass::CredentialsExpired };
        assert_eq!(class, expected);
    }
    shop.close();
    shop.sim.advance(Duration::from_secs(24 * 3600));
    let fresh = shop.sim.issue_tokens().expect("tokens");
    let mut request = shop.message(&conversation, Content::text("olá"));
    request.account.credentials.access_token = connector_api::Secret::new(fresh.access_token);
    let closed = shop.tiktok.send(request).await.expect_err("closed");
    assert_eq!((closed.class, closed.reason.as_str()), (ErrorClass::Refused, "window.refused"));
}
