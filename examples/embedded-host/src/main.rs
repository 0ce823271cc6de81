//! Jackfield inside a program of your own: configured in code, asked what a channel can do, stopped in order.
//!
//! Needs a folder with the echo connector:
//!
//! ```text
//! cargo build --package echo-connector
//! mkdir -p connectors && cp target/debug/libecho_connector.so connectors/
//! cargo run --package embedded-host -- connectors inbox.db
//! ```
//!
//! Then be a customer: `curl localhost:8080/webhooks/echo-1 -d '{"from": "ana", "id": "1", "text": "hello"}'`

use std::{env, process::ExitCode};

use anyhow::{Context, Result};
use connector_api::capabilities::{Action, Context as Situation, Policy, Verdict, WindowLedger, check};
use jackfield::{
    Config, Host,
    clock::Clock,
    config::InstanceConfig,
    keys,
    model::{Role, Scope},
    seal::SealKey,
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("embedded-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let mut arguments = env::args().skip(1);
    let connectors = arguments.next().context("usage: embedded-host CONNECTOR-FOLDER DATABASE [ADDRESS]")?;
    let database = arguments.next().context("usage: embedded-host CONNECTOR-FOLDER DATABASE [ADDRESS]")?;

    // A real program keeps its key where it keeps its other secrets; with a new one, stored tokens cannot be read.
    let mut config = Config::new(database, connectors, SealKey::generate()?);
    if let Some(address) = arguments.next() {
        config.server.listen = address.parse().context("ADDRESS is no address, such as 127.0.0.1:8080")?;
    }
    let mut echo = InstanceConfig::new("echo");
    echo.settings.insert("account".to_owned(), "my-shop".into());
    config.instances.insert("echo-1".to_owned(), echo);

    let host = Host::start(config).await?;
    say_what_it_can_do(&host)?;
    let (_, key) =
        keys::create(&**host.store(), "embedded", Role::Agent, Scope::Everything, Clock::system().now())
            .await?;
    println!("listening on http://{} with the key {}", host.address(), key.expose());

    tokio::signal::ctrl_c().await?;
    host.stop().await;
    Ok(())
}

/// Before a button is shown: what does the channel allow?
fn say_what_it_can_do(host: &Host) -> Result<()> {
    let echo = host.instances().lease("echo-1")?;
    let now = Clock::system().now();
    let situation = Situation::new(now, WindowLedger::default().inbound(now));
    for (name, action) in [("answer", Action::SendText("Hello!")), ("broadcast", Action::Broadcast)] {
        match check(&echo.document, &situation, action, &Policy::EXACT) {
            Verdict::Denied { reasons } => println!("{name}: no, {}", reasons[0].text),
            _ => println!("{name}: yes"),
        }
    }
    Ok(())
}
