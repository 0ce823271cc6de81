//! A file whose boundary was made with another version of the library that ours is made with.

use anyhow::{Result, ensure};

use crate::support::{Channels, ECHO, Limits, is_refused, old_abi_stable, row};

#[tokio::test]
async fn a_root_module_of_abi_stable_0_10_has_its_row_and_costs_only_itself() -> Result<()> {
    let options = Channels::options("in_process", Limits::LONG, &[])?;
    std::fs::copy(old_abi_stable().await?, options.connectors().join("old.so"))?;
    let channels = Channels { host: options.start().await? };
    let rows = channels.api().items("/v1/connectors").await?;
    is_refused(row(&rows, "old.so")?, "header", "header.incompatible")?;
    let found = row(&rows, "old.so")?["found"].as_str().unwrap_or_default();
    ensure!(found.contains("0.10"), "{found}");
    assert_eq!(row(&rows, ECHO)?["state"], "loaded");
    channels.others_answer(channels.host.id()).await?;
    channels.host.stop().await
}
