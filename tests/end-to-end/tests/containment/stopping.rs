//! Connectors that do not stop as they should.

use anyhow::Result;

use crate::support::{Channels, HOSTILE, Limits};

#[tokio::test]
async fn an_answer_that_comes_after_the_shutdown_harms_nobody() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let channels =
            Channels::open(isolation, Limits { receive: 1_000, call: 3_000 }, &["hostile"]).await?;
        let conversation = channels.conversation("hostile", "ana").await?;
        let late = channels.send(&conversation, "late").await?;
        channels.reaches(&late, "sending").await?;
        // The host waits for the send, which ends at its deadline.
        channels.host.stop().await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_instance_that_never_stops_holds_up_nobody_for_longer_than_its_deadline() -> Result<()> {
    for isolation in ["in_process", "process"] {
        let options = Channels::options(isolation, Limits::SHORT, &[])?.connector(HOSTILE)?;
        let stubborn = |name: &str| {
            let settings = "account = \"x\"\nshutdown = \"hang\"";
            format!("[instances.{name}]\nconnector = \"hostile\"\n[instances.{name}.settings]\n{settings}\n")
        };
        // One after the other they would take longer than the host has for its stop.
        let toml: String = ('a'..='h').map(|name| stubborn(&name.to_string())).collect();
        let channels = Channels { host: options.configure(&toml).start().await? };
        channels.receives_again("a", "ana").await?;
        channels.host.stop().await?;
    }
    Ok(())
}
