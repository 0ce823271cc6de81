//! The demo to play with.

use anyhow::Result;
use end_to_end::{HostOptions, HostProcess, SimulatorProcess, eventually};
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

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
    let host = options.connector("libecho_connector.so")?.start().await?;
    begin(&host, &simulator).await?;
    let conversation = eventually("the first conversation", || first_conversation(&host)).await?;
    say_what_to_try(&host, &simulator, &conversation)?;
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

async fn first_conversation(host: &HostProcess) -> Result<Option<String>> {
    let conversations = host.api().items("/v1/conversations").await?;
    Ok(conversations.first().and_then(|one| one["id"].as_str()).map(str::to_owned))
}

fn say_what_to_try(host: &HostProcess, simulator: &SimulatorProcess, conversation: &str) -> Result<()> {
    let (api, sim) = (host.api().base(), simulator.ready("listening")?);
    println!(
        "
The host:       {api}
The simulator:  {sim}   (open it: a page on which you write as the customer)

A business account is connected, and the customer ana has written. Try:

  export KEY={key}
  curl -s {api}/v1/conversations -H \"Authorization: Bearer $KEY\"
  export CONVERSATION={conversation}
  curl -s {api}/v1/conversations/$CONVERSATION/messages -H \"Authorization: Bearer $KEY\"

Watch what happens, in another terminal:

  curl -sN \"{api}/v1/events?after=0\" -H \"Authorization: Bearer $KEY\"

Answer, and see the status go from queued to delivered:

  curl -s {api}/v1/conversations/$CONVERSATION/messages -H \"Authorization: Bearer $KEY\" \\
       -H 'Content-Type: application/json' -d '{{\"content\": {{\"kind\": \"text\", \"text\": \"Sim, temos!\"}}}}'

Be the customer:

  curl -s {sim}/control/customer/says -H 'Content-Type: application/json' -d '{{\"customer\": \"ana\", \"text\": \"oi\"}}'
  curl -s {sim}/control/customer/reads -H 'Content-Type: application/json' -d '{{\"customer\": \"ana\"}}'

Ctrl-C stops everything.",
        key = host.api().key(),
    );
    Ok(())
}
