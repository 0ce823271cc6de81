//! Connector files are replaced while the host runs and works.

mod load;
mod versions;

use anyhow::Result;
use end_to_end::{HostOptions, HostProcess, eventually};
use load::Load;
use serde_json::Value;
use versions::{install, install_bytes};

const REPLACEMENTS: u32 = 10;

const CONFIG: &str = "
[instances.echo]
connector = \"echo\"
[instances.echo.settings]
account = \"shop\"
";

async fn host(isolation: &'static str) -> Result<HostProcess> {
    let options = HostOptions::new()?.quiet().isolation(isolation).configure(CONFIG);
    install(&options.connectors(), 0)?;
    options.start().await
}

/// What runs in the instance: its state, version and bytes.
async fn instance(host: &HostProcess) -> Result<Value> {
    Ok(host.api().items("/v1/instances").await?.remove(0))
}

async fn serves(host: &HostProcess, version: &str) -> Result<Option<()>> {
    Ok((instance(host).await?["version"] == version).then_some(()))
}

#[tokio::test]
async fn ten_replacements_under_load_lose_and_repeat_nothing_in_the_hosts_process() -> Result<()> {
    ten_replacements("in_process").await
}

#[tokio::test]
async fn ten_replacements_under_load_lose_and_repeat_nothing_in_processes_of_their_own() -> Result<()> {
    ten_replacements("process").await
}

async fn ten_replacements(isolation: &'static str) -> Result<()> {
    let host = host(isolation).await?;
    let connectors = host.folder().join("connectors");
    let load = Load::begin(host.api().clone(), host.webhook_url("echo"));
    for number in 1..=REPLACEMENTS {
        let version = install(&connectors, number)?;
        eventually("the new version", || serves(&host, &version)).await?;
    }
    let report = load.end().await?;
    report.expect_nothing_lost_or_repeated()?;
    let running = instance(&host).await?;
    assert_eq!(running["isolation"], isolation);
    host.stop().await
}

#[tokio::test]
async fn a_newcomer_that_fails_leaves_the_old_one_serving() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let host = host(isolation).await?;
        let connectors = host.folder().join("connectors");
        let before = instance(&host).await?;
        install_bytes(&connectors, b"not a library at all")?;
        let refused = || async {
            let files = host.api().items("/v1/connectors").await?;
            Ok(files.iter().any(|file| file["code"] == "object.not_a_library").then_some(()))
        };
        eventually("the row of the bad newcomer", refused).await?;
        assert_eq!(instance(&host).await?, before);
        let load = Load::begin(host.api().clone(), host.webhook_url("echo"));
        let version = install(&connectors, 1)?;
        eventually("a good newcomer after it", || serves(&host, &version)).await?;
        load.end().await?.expect_nothing_lost_or_repeated()?;
        host.stop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_instance_whose_connector_comes_later_starts_then() -> Result<()> {
    let options = HostOptions::new()?.quiet().configure(CONFIG);
    let connectors = options.connectors();
    let host = options.start().await?;
    assert_eq!(instance(&host).await?["state"], "failed");
    let version = install(&connectors, 3)?;
    eventually("the start", || serves(&host, &version)).await?;
    host.stop().await
}
