//! `jackfield replay`.

use std::process::ExitCode;

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ConfigFile, running_host, runtime, say};

/// What one answer counts, as the API names it, and what it says to people.
const COUNTS: &[(&str, &str)] = &[
    ("payloads", "raw bodies decoded again"),
    ("applied", "events that changed something"),
    ("known", "events that were known already"),
    ("unrouted", "events of accounts that are not connected here"),
    ("unverified", "raw bodies that do not verify any more, or of which too little is kept"),
    ("failed", "raw bodies of instances that do not run, or whose connector failed"),
];

const EXAMPLES: &str = "Examples:
  jackfield replay --since 2026-01-31T00:00:00Z
  jackfield replay --since 2026-01-31T00:00:00Z --instance shop --json

Worth doing after a connector was replaced by one that understands more, or after an account was connected late. What
was understood before changes nothing. Goes through the running host.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(flatten)]
    config: ConfigFile,
    /// Only what has arrived since then: RFC 3339, such as 2026-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    since: jiff::Timestamp,
    /// Only of this instance.
    #[arg(long, value_name = "NAME")]
    instance: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let counts = runtime()?.block_on(self.counts())?;
        if self.json {
            say(Value::from_iter(COUNTS.iter().zip(counts).map(|((name, _), count)| (*name, count))))?;
        } else {
            for ((_, words), count) in COUNTS.iter().zip(counts).filter(|(_, count)| *count > 0) {
                say(format_args!("{count:>8}  {words}"))?;
            }
            if counts.iter().all(|count| *count == 0) {
                say("Nothing is kept from then.")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Asks again until nothing is left.
    async fn counts(&self) -> anyhow::Result<[u64; COUNTS.len()]> {
        running_host::ask(&self.config.load()?, async |host| {
            let mut counts = [0; COUNTS.len()];
            let mut body = json!({"since": self.since.to_string(), "instance": self.instance, "after": 0});
            loop {
                let answer = host.ask(Method::POST, "/v1/replay", Some(&body)).await?;
                for (sum, (name, _)) in counts.iter_mut().zip(COUNTS) {
                    *sum += answer.get(name).and_then(Value::as_u64).unwrap_or_default();
                }
                match answer.get("next") {
                    Some(Value::Number(next)) => body["after"] = next.clone().into(),
                    _ => return Ok(counts),
                }
            }
        })
        .await
    }
}
