//! Library files in this process: loaded, refused, and called over the boundary.

mod calls;
mod files;
mod refusals;

pub(crate) use refusals::of_the_system;

use anyhow::Result;
use connector_api::{Account, Content, Credentials, Secret, SendRequest};
use connector_loader::{ConnectorLibrary, Instance, Isolation, LoadPolicy, StartOptions};
use end_to_end::artifact;
use serde_json::json;

use crate::support::Stub;

const ECHO: &str = "libecho_connector.so";
const TIKTOK: &str = "libtiktok_connector.so";

/// Where a library can run.
const EVERYWHERE: [Isolation; 2] = [Isolation::InProcess, Isolation::Process];

/// Every file may run, in this process.
fn policy() -> Result<LoadPolicy> {
    policy_for(Isolation::InProcess)
}

/// Every file may run there.
fn policy_for(isolation: Isolation) -> Result<LoadPolicy> {
    let mut policy = LoadPolicy::new(artifact("connector-worker")?);
    policy.isolation = Some(isolation);
    Ok(policy)
}

/// An instance of the echo connector in this process.
async fn echo(name: &str) -> Result<Instance> {
    echo_in(Isolation::InProcess, name).await
}

/// An instance of the echo connector.
async fn echo_in(isolation: Isolation, name: &str) -> Result<Instance> {
    let library = ConnectorLibrary::load(&artifact(ECHO)?, &policy_for(isolation)?).await?;
    Ok(library.start(StartOptions::new(name, json!({"account": "my-shop"}))).await?)
}

/// An instance of the TikTok connector in this process, whose API is the stub.
pub(crate) async fn tiktok(stub: &Stub, change: impl FnOnce(&mut StartOptions)) -> Result<Instance> {
    tiktok_in(Isolation::InProcess, stub, change).await
}

/// The same, there.
async fn tiktok_in(
    isolation: Isolation,
    stub: &Stub,
    change: impl FnOnce(&mut StartOptions),
) -> Result<Instance> {
    let settings = json!({
        "app_id": "7000000000000000001",
        "app_secret": "sim-app-secret-0001",
        "api_base": format!("http://{}/open_api/v1.3", stub.address()?),
    });
    let mut options = StartOptions::new("shop", settings);
    change(&mut options);
    let library = ConnectorLibrary::load(&artifact(TIKTOK)?, &policy_for(isolation)?).await?;
    Ok(library.start(options).await?)
}

/// A text of the account into the conversation.
pub(crate) fn text_message(account: &str, conversation: &str, text: &str) -> SendRequest {
    let account = Account::new(account, Credentials::permanent(Secret::new("act.test")));
    SendRequest::new(account, conversation, Content::text(text), "message-1")
}
