//! The demo to play with.

use anyhow::Result;
use end_to_end::{HostOptions, HostProcess, SimulatorProcess};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use super::{SIMULATED_MEDIA, tour::Tour};

const USUAL: &str = "127.0.0.1:8080";
const INSTANCE: &str = "shop";

pub(super) async fn run(isolation: &'static str) -> Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    let interrupted = tokio::signal::ctrl_c();
    tokio::pin!(interrupted);
    let simulator = SimulatorProcess::start().await?;
    let usual_is_free = TcpListener::bind(USUAL).await.is_ok();
    let listen = if usual_is_free { USUAL } else { "127.0.0.1:0" };
    let options = HostOptions::new()?.listen(listen).isolation(isolation).tiktok(INSTANCE, &simulator)?;
    let host = options.configure(SIMULATED_MEDIA).connector("libecho_connector.so")?.start().await?;
    begin(&host, &simulator).await?;
    println!("{}", Tour::begin(&host, &simulator).await?.text()?);
    tokio::select! {
        done = &mut interrupted => done?,
        _ = terminated.recv() => {}
        _ = hung_up.recv() => {}
    }
    eprintln!("\nStopping.");
    host.stop().await?;
    simulator.stop().await
}

async fn begin(host: &HostProcess, simulator: &SimulatorProcess) -> Result<()> {
    simulator.control("webhook", &json!({"url": host.webhook_url(INSTANCE)})).await?;
    host.api().connect_account(INSTANCE).await?;
    simulator.customer_says("ana", "oi, tem em azul?").await?;
    Ok(())
}
