//! `jackfield doctor`.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use jackfield::{
    Config,
    doctor::{Finding, Health, examine, examine_live},
    report::printable,
};
use reqwest::Method;
use serde_json::Value;

use super::{ConfigFile, running_host, runtime, say};

/// A host answers one examination in less.
const ANSWER_WITHIN: Duration = Duration::from_secs(75);

/// Needs no running host and hurts none. Exit code 0 where nothing is bad, 1 otherwise. Without --live it asks no platform
/// anything.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    config: ConfigFile,
    /// Ask the platforms as well: where they deliver webhooks, whether they let the app in, what each account granted and
    /// may send. Nothing is changed. Where a host runs it does the asking, within the rate of each app.
    #[arg(long)]
    live: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        let config = self.config.load()?;
        let findings = runtime()?.block_on(async {
            let mut findings = examine(&config).await;
            if self.live {
                findings.extend(live(&config).await);
            }
            findings
        });
        if self.json {
            say(format_args!("{:#}", serde_json::json!({ "items": findings })))?;
        } else {
            findings.iter().try_for_each(|finding| say(line(finding)))?;
        }
        let is_well = findings.iter().all(|finding| finding.health < Health::Bad);
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

async fn live(config: &Config) -> Vec<Finding> {
    if let Some(findings) = examine_live(config).await {
        return findings;
    }
    through_host(config).await.unwrap_or_else(|error| {
        let fix = "A host runs on this database: ask with the configuration that it has, or stop it first.";
        vec![Finding::bad("platforms", printable(&format!("{error:#}")), fix)]
    })
}

/// Has the running host ask.
async fn through_host(config: &Config) -> Result<Vec<Finding>> {
    running_host::ask(config, async |host| {
        let mut findings = Vec::new();
        for (list, name) in [("instances", "name"), ("accounts", "id")] {
            let known = host.ask(Method::GET, &format!("/v1/{list}"), None).await?;
            let known = known.get("items").and_then(Value::as_array).context("the host lists nothing")?;
            let is_there = |one: &&Value| one.get("status").is_none_or(|status| status != "removed");
            for one in known.iter().filter(is_there) {
                let id = one.get(name).and_then(Value::as_str).context("the host names nothing")?;
                let path = format!("/v1/{list}/{id}/examination");
                let asked = tokio::time::timeout(ANSWER_WITHIN, host.ask(Method::POST, &path, None)).await;
                let told = asked.context("the host does not answer").flatten().and_then(|told| {
                    let items = told.get("items").cloned().unwrap_or_default();
                    Ok(serde_json::from_value::<Vec<Finding>>(items)?)
                });
                findings.extend(told.unwrap_or_else(|error| {
                    let subject = format!("{} {}", list.trim_end_matches('s'), printable(id));
                    let fix =
                        "The host's log says more; `jackfield doctor` without --live looks at the instance.";
                    vec![Finding::bad(subject, printable(&format!("{error:#}")), fix)]
                }));
            }
        }
        Ok(findings)
    })
    .await
}

fn line(finding: &Finding) -> String {
    let mark = match finding.health {
        Health::Good => "good   ",
        Health::Unknown => "unknown",
        Health::Warning => "warning",
        Health::Bad => "bad    ",
    };
    let fix = if finding.fix.is_empty() { String::new() } else { format!("\n         {}", finding.fix) };
    format!("{mark}  {}: {}{fix}", finding.subject, finding.text)
}
