//! A host of a made-up future: does with one library what today's tests do, calls the new operation, and asks how the
//! new boundary and 1.0 of it fit. Says it as one line of JSON.

use std::{env, path::PathBuf};

use abi_compatibility::{
    exercise::{account, start},
    layout,
    records::record,
};
use anyhow::{Context, Result};
use connector_abi::abi_stable::{StableAbi, abi_stability::abi_checking::check_layout_compatibility};
use connector_api::{ChannelConnector, PinRequest};
use connector_loader::Isolation;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let library = arguments.next().context("which library?")?;
    let worker = arguments.next().context("which worker?")?;

    let now = <connector_abi::ConnectorMod_Ref as StableAbi>::LAYOUT;
    let old = <connector_abi_1_0::ConnectorMod_Ref as StableAbi>::LAYOUT;
    let refusal = |result: Result<(), _>| result.err().map(|error: anyhow::Error| error.to_string());
    let one_way = check_layout_compatibility(now, old).map_err(|e| anyhow::anyhow!("{e}"));
    let other_way = check_layout_compatibility(old, now).map_err(|e| anyhow::anyhow!("{e}"));

    let mut pins = Vec::new();
    for (isolation, name) in [(Isolation::InProcess, "here"), (Isolation::Process, "apart")] {
        let exercised = start(&library, &worker, isolation, name).await?;
        exercised.receives_sends_logs_and_cancels().await?;
        let request = PinRequest { account: account(), label: "👍".to_owned() };
        pins.push(match exercised.instance.pin(request).await {
            Ok(_) => json!("done"),
            Err(error) => serde_json::to_value(error.class)?,
        });
    }
    let asked = record("its health", |record| record.message == "Asked how it is").await?;
    let told = json!({
        "pins": pins,
        "health": asked.fields,
        "old library in new host": refusal(one_way),
        "new library in old host": refusal(other_way),
        "boundary": layout::description(),
    });
    println!("{told}");
    Ok(())
}
