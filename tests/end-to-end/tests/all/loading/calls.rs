//! Operations over the boundary.

use std::{future::Future, time::Duration};

use anyhow::Result;
use connector_api::{
    Account, AccountRequest, BeginAuthorizationRequest, ChannelConnector, CompleteAuthorizationRequest,
    ConfigureWebhooksRequest, ConnectorError, Credentials, ErrorClass, ReasonCode,
    RefreshAuthorizationRequest, Secret, Timestamp, WebhookRequest,
};
use connector_loader::{ConnectorLibrary, Isolation, StartOptions, traced};
use end_to_end::artifact;
use serde_json::json;

use super::{ECHO, EVERYWHERE, TIKTOK, echo, echo_in, policy_for, text_message, tiktok_in};
use crate::support::{Stub, records};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

fn account() -> Account {
    Account::new("my-shop", Credentials::permanent(Secret::new("none")))
}

#[tokio::test]
async fn an_operation_that_a_connector_does_not_offer_is_unsupported() -> Result<()> {
    async fn refusal<T>(call: impl Future<Output = Result<T, ConnectorError>>) -> Option<ConnectorError> {
        call.await.err()
    }
    let echo = echo("unsupporting").await?;
    let code = || Secret::new("code");
    let asked: ConfigureWebhooksRequest = serde_json::from_value(json!({}))?;
    let refusals = [
        refusal(echo.begin_authorization(BeginAuthorizationRequest::new("http://localhost/", "s"))).await,
        refusal(echo.complete_authorization(CompleteAuthorizationRequest::new(code(), "", NOW))).await,
        refusal(echo.refresh_authorization(RefreshAuthorizationRequest::new(account(), NOW))).await,
        refusal(echo.revoke_authorization(AccountRequest::new(account()))).await,
        refusal(echo.account_profile(AccountRequest::new(account()))).await,
        refusal(echo.configure_webhooks(asked)).await,
    ];
    for (place, refusal) in refusals.into_iter().enumerate() {
        let refusal = refusal.ok_or_else(|| anyhow::anyhow!("operation {place} was not refused"))?;
        assert_eq!(refusal.class, ErrorClass::Unsupported, "{place}: {refusal}");
        assert_eq!(refusal.reason, ReasonCode::OPERATION_UNSUPPORTED, "{place}");
    }
    Ok(())
}

#[tokio::test]
async fn settings_that_do_not_fit_are_named() -> Result<()> {
    for isolation in EVERYWHERE {
        settings_are_named(isolation).await?;
    }
    Ok(())
}

async fn settings_are_named(isolation: Isolation) -> Result<()> {
    let policy = policy_for(isolation)?;
    let load = async |file: &str| anyhow::Ok(ConnectorLibrary::load(&artifact(file)?, &policy).await?);
    let (echo, tiktok) = (load(ECHO).await?, load(TIKTOK).await?);
    let table = [
        (&echo, json!({}), "account"),
        (&echo, json!({"account": 5}), "account"),
        (&tiktok, json!({"app_id": "1"}), "app_secret"),
        (&tiktok, json!({"app_id": "1", "app_secret": ""}), "app_secret"),
        (&tiktok, json!({"app_id": "1", "app_secret": "s", "colour": "blue"}), "colour"),
        (&tiktok, json!({"app_id": "1", "app_secret": "s", "api_base": "http://example.com"}), "api_base"),
    ];
    for (library, settings, named) in table {
        let Err(error) = library.start(StartOptions::new("shop", settings.clone())).await else {
            anyhow::bail!("started with {settings}");
        };
        assert_eq!(error.reason, ReasonCode::CONNECTOR_SETTINGS_INVALID, "{settings}");
        assert!(error.message.contains(named), "{settings}: {error}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_called_after_a_shutdown() -> Result<()> {
    for isolation in EVERYWHERE {
        let echo = echo_in(isolation, "shut-down").await?;
        echo.shutdown().await;
        echo.shutdown().await;
        let sent = echo.send(text_message("my-shop", "ana", "oi")).await;
        assert_eq!(sent.err().map(|error| error.class), Some(ErrorClass::Uncertain));
        let body = br#"{"from": "ana", "id": "1", "text": "hello out there"}"#.to_vec();
        let received = echo.try_receive(&WebhookRequest::post(Vec::new(), body, NOW));
        assert_eq!(received.err().map(|error| error.message), Some("The call was cancelled.".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_inside_the_library() -> Result<()> {
    for isolation in EVERYWHERE {
        let stub = Stub::listen().await?;
        let tiktok = tiktok_in(isolation, &stub, |_| ()).await?;
        let waiting = tokio::select! {
            sent = tiktok.send(text_message("-000", "c", "oi")) => anyhow::bail!("unasked: {sent:?}"),
            waiting = stub.request() => waiting?,
        };
        waiting.given_up().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_call_past_its_deadline_is_uncertain_and_cancelled() -> Result<()> {
    for isolation in EVERYWHERE {
        let stub = Stub::listen().await?;
        let tiktok =
            tiktok_in(isolation, &stub, |options| options.deadline = Duration::from_millis(300)).await?;
        let (sent, waiting) = tokio::join!(tiktok.send(text_message("-000", "c", "oi")), stub.request());
        assert_eq!(sent.err().map(|error| error.class), Some(ErrorClass::Uncertain));
        waiting?.given_up().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_shutdown_cancels_what_runs() -> Result<()> {
    for isolation in EVERYWHERE {
        let stub = Stub::listen().await?;
        let tiktok = tiktok_in(isolation, &stub, |_| ()).await?;
        let stopped = async {
            let waiting = stub.request().await?;
            tiktok.shutdown().await;
            waiting.given_up().await
        };
        let (sent, stopped) = tokio::join!(tiktok.send(text_message("-000", "c", "oi")), stopped);
        stopped?;
        assert_eq!(sent.err().map(|error| error.class), Some(ErrorClass::Uncertain));
    }
    Ok(())
}

#[tokio::test]
async fn a_connectors_log_arrives_with_its_target_its_fields_and_its_span() -> Result<()> {
    records();
    let echo = echo("logged-echo").await?;
    let sent = traced("trace-7".to_owned(), echo.send(text_message("my-shop", "ana", "private"))).await?;
    assert_eq!(sent.message_id.as_deref(), Some("echo-message-1"));
    let records = records();
    let of_instance: Vec<_> = records.iter().filter(|record| record.span.contains("logged-echo")).collect();
    let [record] = of_instance.as_slice() else {
        anyhow::bail!("not one record of the instance: {of_instance:?}");
    };
    assert_eq!((record.level.as_str(), record.target.as_str()), ("INFO", "echo_connector"));
    assert_eq!(record.message, "Echoed");
    assert!(record.fields.contains("message-1"), "{record:?}");
    assert_eq!(record.span, "instance{id=logged-echo}:call{operation=send trace=trace-7}");
    assert!(!format!("{records:?}").contains("private"), "a message body is in the log");
    Ok(())
}
