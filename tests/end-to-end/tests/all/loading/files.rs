//! Several files, several instances, one process.

use anyhow::Result;
use connector_api::{ChannelConnector, EventKind, Timestamp, WebhookRequest};
use connector_loader::{ConnectorLibrary, Instance, StartOptions, inspect};
use end_to_end::artifact;
use serde_json::json;
use tempfile::TempDir;

use super::{ECHO, TIKTOK, echo, policy, text_message, tiktok};
use crate::support::{Stub, exchange_all};

fn posted(from: &str) -> WebhookRequest {
    let body = json!({"from": from, "id": "1", "text": "hello out there"});
    WebhookRequest::post(Vec::new(), body.to_string().into_bytes(), Timestamp::from_millis(1))
}

/// Who wrote, and for which account, in the connector's words.
fn received(instance: &Instance, from: &str) -> Option<(String, String)> {
    let event = instance.try_receive(&posted(from)).ok()?.events.into_iter().next()?;
    match event.kind {
        EventKind::MessageReceived { contact, .. } => Some((event.account, contact.id)),
        _ => None,
    }
}

#[tokio::test]
async fn two_connectors_answer_side_by_side_in_one_process() -> Result<()> {
    let stub = Stub::listen().await?;
    let (echo, tiktok) = (echo("echo-1").await?, tiktok(&stub, |_| ()).await?);
    assert_eq!(echo.capabilities().connector.id, "echo");
    assert_eq!(tiktok.capabilities().connector.id, "tiktok");

    assert_eq!(received(&echo, "ana"), Some(("my-shop".to_owned(), "ana".to_owned())));
    let unsigned = tiktok.try_receive(&posted("ana"))?;
    assert_eq!((unsigned.status, unsigned.authentic), (401, false));

    let platform = async {
        let answer = json!({"code": 0, "data": {"message": {"message_id": "msg-1"}}});
        stub.request().await?.answer(&answer).await
    };
    let (sent, echoed, answered) = tokio::join!(
        tiktok.send(text_message("-000", "c", "oi")),
        echo.send(text_message("my-shop", "ana", "oi")),
        platform
    );
    answered?;
    assert_eq!(sent?.message_id.as_deref(), Some("msg-1"));
    assert_eq!(echoed?.message_id.as_deref(), Some("echo-message-1"));
    Ok(())
}

#[tokio::test]
async fn a_file_loaded_twice_gives_independent_libraries() -> Result<()> {
    let file = artifact(ECHO)?;
    let policy = policy()?;
    let (one, two) =
        (ConnectorLibrary::load(&file, &policy).await?, ConnectorLibrary::load(&file, &policy).await?);
    assert_eq!(one.sha256(), two.sha256());
    let first = one.start(StartOptions::new("first", json!({"account": "first-shop"}))).await?;
    let second = two.start(StartOptions::new("second", json!({"account": "second-shop"}))).await?;

    first.shutdown().await;
    assert!(first.send(text_message("first-shop", "ana", "oi")).await.is_err());
    assert_eq!(received(&first, "ana"), None);
    assert_eq!(received(&second, "ana"), Some(("second-shop".to_owned(), "ana".to_owned())));
    assert!(second.send(text_message("second-shop", "ana", "oi")).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn instances_of_one_library_are_independent() -> Result<()> {
    let library = ConnectorLibrary::load(&artifact(ECHO)?, &policy()?).await?;
    let start = |account: &str| library.start(StartOptions::new(account, json!({"account": account})));
    let (first, second) = (start("first").await?, start("second").await?);
    first.shutdown().await;
    assert_eq!(received(&first, "ana"), None);
    assert_eq!(received(&second, "ana"), Some(("second".to_owned(), "ana".to_owned())));
    Ok(())
}

#[tokio::test]
async fn a_different_file_is_never_taken_for_one_that_was_loaded_before() -> Result<()> {
    let folder = TempDir::new()?;
    let path = folder.path().join("connector.so");
    let echo = std::fs::read(artifact(ECHO)?)?;
    // Same path, same length, other content; and another library in between.
    for patch in [1, 2] {
        let version = format!("0.1.{patch}");
        let mut bytes = echo.clone();
        let (old, new) = (r#""name": "Echo", "version": "0.1.0""#, r#""name": "Echo", "version": ""#);
        exchange_all(&mut bytes, old.as_bytes(), format!("{new}{version}\"").as_bytes())?;
        std::fs::write(&path, bytes)?;
        assert_eq!(ConnectorLibrary::load(&path, &policy()?).await?.document().connector.version, version);

        std::fs::copy(artifact(TIKTOK)?, &path)?;
        assert_eq!(ConnectorLibrary::load(&path, &policy()?).await?.document().connector.id, "tiktok");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_says_what_it_is_without_being_run() -> Result<()> {
    for (file, package, id) in [(ECHO, "echo-connector", "echo"), (TIKTOK, "tiktok-connector", "tiktok")] {
        let found = inspect(&artifact(file)?)?;
        assert_eq!((found.manifest.package.as_str(), found.document.connector.id.as_str()), (package, id));
        assert_eq!(found.manifest.connector_api, connector_api::VERSION);
        assert_eq!(found.sha256.len(), 64);
        assert_eq!(found.document, **ConnectorLibrary::load(&artifact(file)?, &policy()?).await?.document());
    }
    Ok(())
}
