//! Library files in this process: loaded, refused, and called over the boundary.

mod calls;
mod files;
mod refusals;

pub(crate) use refusals::of_the_system;

use anyhow::Result;
use connector_api::{Account, Content, Credentials, Secret, SendRequest};
use connector_loader::{ConnectorLibrary, Instance, StartOptions};
use end_to_end::artifact;
use serde_json::json;

use crate::support::Stub;

const ECHO: &str = "libecho_connector.so";
const TIKTOK: &str = "libtiktok_connector.so";

/// An instance of the echo connector.
fn echo(name: &str) -> Result<Instance> {
    let library = ConnectorLibrary::load(&artifact(ECHO)?)?;
    Ok(library.start(StartOptions::new(name, json!({"account": "my-shop"})))?)
}

/// An instance of the TikTok connector whose API is the stub.
pub(crate) fn tiktok(stub: &Stub, change: impl FnOnce(&mut StartOptions)) -> Result<Instance> {
    let settings = json!({
        "app_id": "7000000000000000001",
        "app_secret": "sim-app-secret-0001",
        "api_base": format!("http://{}/open_api/v1.3", stub.address()?),
    });
    let mut options = StartOptions::new("shop", settings);
    change(&mut options);
    Ok(ConnectorLibrary::load(&artifact(TIKTOK)?)?.start(options)?)
}

/// A text of the account into the conversation.
pub(crate) fn text_message(account: &str, conversation: &str, text: &str) -> SendRequest {
    let account = Account::new(account, Credentials::permanent(Secret::new("act.test")));
    SendRequest::new(account, conversation, Content::text(text), "message-1")
}
