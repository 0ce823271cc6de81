//! TikTok's connector, which brings its own HTTP and TLS, exercised against a platform that answers when told to.

use std::{path::Path, time::Duration};

use abi_compatibility::records::{self, record};
use anyhow::{Context, Result, bail, ensure};
use connector_api::{
    Account, ChannelConnector, Content, Credentials, EventKind, Secret, SendRequest, Timestamp,
    WebhookRequest,
};
use connector_loader::{ConnectorLibrary, Instance, Isolation, LoadPolicy, StartOptions};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(30);
const SECRET: &str = "sim-app-secret-0001";
const BUSINESS: &str = "-000SimBusinessOpenId0001";
const NOW_SECONDS: i64 = 1_767_225_600;

/// Receives a signed webhook, sends one message, gives one up, and finds the records of all that in the log.
pub(crate) async fn tiktok_receives_sends_logs_and_cancels(
    library: &Path,
    worker: &Path,
    name: &str,
) -> Result<()> {
    records::collect()?;
    let platform = TcpListener::bind("127.0.0.1:0").await?;
    let mut policy = LoadPolicy::new(worker);
    policy.isolation = Some(Isolation::InProcess);
    policy.trial_deadline = Duration::from_secs(60);
    let settings = json!({
        "app_id": "7000000000000000001",
        "app_secret": SECRET,
        "api_base": format!("http://{}/open_api/v1.3", platform.local_addr()?),
    });
    let library = ConnectorLibrary::load(library, &policy).await?;
    let instance = library.start(StartOptions::new(name, settings)).await?;
    receives(&instance)?;
    sends(&instance, &platform).await?;
    cancels(&instance, &platform).await?;
    let id = format!("id={name}");
    for message in ["Refused a webhook request", "TikTok accepted"] {
        record(message, |record| record.message == message && record.span.contains(&id)).await?;
    }
    Ok(())
}

fn receives(instance: &Instance) -> Result<()> {
    let content = json!({
        "from": "ana.lima", "to": "simshop", "unique_identifier": "Zx+9/kQ",
        "from_user": {"id": "Zx+9/kQ", "role": "personal_account"},
        "to_user": {"id": BUSINESS, "role": "business_account"},
        "conversation_id": "cnv+A1b2==", "message_id": "m-1", "timestamp": NOW_SECONDS * 1000,
        "type": "text", "text": {"body": "olá"},
    });
    let envelope = json!({
        "client_key": "7000000000000000001", "event": "im_receive_msg", "create_time": NOW_SECONDS,
        "user_openid": BUSINESS, "content": content.to_string(),
    });
    let body = envelope.to_string().into_bytes();
    let post = |secret: &str| {
        let signature = tiktok_simulator::signature_header(secret, &body, NOW_SECONDS);
        let headers = vec![("TikTok-Signature".to_owned(), signature)];
        let request = WebhookRequest::post(headers, body.clone(), Timestamp::from_millis(NOW_SECONDS * 1000));
        instance.try_receive(&request)
    };
    ensure!(!post("another secret")?.authentic, "a forged request was believed");
    let outcome = post(SECRET)?;
    let [event] = outcome.events.as_slice() else { bail!("{outcome:?}") };
    let EventKind::MessageReceived { message, .. } = &event.kind else { bail!("{event:?}") };
    ensure!(message.content == Content::text("olá"), "{message:?}");
    Ok(())
}

fn message() -> SendRequest {
    let account = Account::new(BUSINESS, Credentials::permanent(Secret::new("act.test")));
    SendRequest::new(account, "cnv+A1b2==", Content::text("oi"), "m-2")
}

async fn sends(instance: &Instance, platform: &TcpListener) -> Result<()> {
    let answered = async {
        let mut stream = request(platform).await?;
        let body =
            json!({"code": 0, "message": "OK", "data": {"message": {"message_id": "msg-1"}}}).to_string();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
        stream
            .write_all(format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes())
            .await?;
        anyhow::Ok(stream.shutdown().await?)
    };
    let (receipt, answered) = tokio::join!(instance.send(message()), answered);
    answered?;
    ensure!(receipt?.message_id.as_deref() == Some("msg-1"), "another receipt");
    Ok(())
}

/// Gives a send up while the platform has not answered; the connection must go.
async fn cancels(instance: &Instance, platform: &TcpListener) -> Result<()> {
    let mut stream = tokio::select! {
        sent = instance.send(message()) => bail!("nobody has answered: {sent:?}"),
        stream = request(platform) => stream?,
    };
    let read = timeout(PATIENCE, stream.read(&mut [0; 16])).await.context("it still waits")?;
    ensure!(matches!(read, Ok(0) | Err(_)), "it says something instead of going away");
    Ok(())
}

/// The next request, read to its end.
async fn request(platform: &TcpListener) -> Result<TcpStream> {
    let (mut stream, _) = timeout(PATIENCE, platform.accept()).await.context("nobody asks")??;
    let mut bytes = Vec::new();
    while !is_whole(&bytes) {
        let read = timeout(PATIENCE, stream.read_buf(&mut bytes)).await.context("half a request")??;
        ensure!(read > 0, "the request ended early");
    }
    Ok(stream)
}

fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}
