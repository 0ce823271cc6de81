//! `jackfield-fuzz SCHEMATHESIS`: a host with a conversation on the echo channel, and schemathesis over its OpenAPI
//! document with an admin's key. `cargo xtask test --full` runs it.

use std::{
    env,
    ffi::OsString,
    process::{ExitCode, Stdio},
};

use anyhow::{Context, Result};
use end_to_end::{HostOptions, HostProcess, eventually};
use serde_json::json;
use tokio::process::Command;

const CHANNEL: &str = "
[instances.shop]
connector = \"echo\"
[instances.shop.settings]
account = \"my-shop\"
";
/// What has to hold of every answer. Whether a request that the document forbids is refused is what the tests of routes
/// ask, of each operation and in words.
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
const PHASES: &str = "coverage,fuzzing";
/// Fuzzing goes on until then.
const SECONDS: &str = "180";
const SEED: &str = "20261128";
/// The events never end.
const ENDLESS: &str = "/v1/events";

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let schemathesis = env::args_os().nth(1).context("usage: jackfield-fuzz SCHEMATHESIS")?;
    let options = HostOptions::new()?.quiet().configure(CHANNEL).connector("libecho_connector.so")?;
    let host = options.start().await?;
    furnish(&host).await?;
    let good = fuzz(schemathesis, &host).await?;
    // Its log is looked through as well.
    host.stop().await?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Something of every kind, so that its ids are found in lists.
async fn furnish(host: &HostProcess) -> Result<()> {
    let api = host.api();
    for (id, customer) in (1..).zip(["ana", "ben", "cleo"]) {
        let hello =
            json!({"from": customer, "id": id.to_string(), "text": format!("{customer} asks for help")});
        api.post("/webhooks/shop", &hello).await?.success()?;
    }
    let conversations = api.items("/v1/conversations").await?;
    let id = conversations.first().and_then(|c| c["id"].as_str()).context("no conversation")?;
    let sent = api.send_text(id, "an answer for them").await?.success()?;
    let path = format!("/v1/messages/{}", sent["id"].as_str().context("no message")?);
    let is_sent = || async {
        let message = api.get(&path).await?.success()?;
        Ok((message["status"] == "delivered" || message["status"] == "sent").then_some(()))
    };
    eventually("the answer to be sent", is_sent).await?;
    api.post(&format!("/v1/conversations/{id}/notes"), &json!({"text": "a note for colleagues"})).await?;
    let endpoint = json!({"url": "https://example.com/", "enabled": false});
    api.post("/v1/webhook-endpoints", &endpoint).await?.success()?;
    Ok(())
}

async fn fuzz(schemathesis: OsString, host: &HostProcess) -> Result<bool> {
    let mut command = Command::new(schemathesis);
    command
        .args(["run", &format!("{}/v1/openapi.json", host.api().base())])
        .args(["--header", &format!("Authorization: Bearer {}", host.api().key())])
        .args(["--checks", CHECKS, "--phases", PHASES, "--max-time", SECONDS, "--seed", SEED, "--no-shrink"])
        .args(["--exclude-path", ENDLESS, "--continue-on-failure", "--warnings", "off", "--no-color"])
        .current_dir(host.folder())
        .stdin(Stdio::null());
    Ok(command.status().await.context("schemathesis cannot be started")?.success())
}
