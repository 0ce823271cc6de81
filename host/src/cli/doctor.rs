//! `jackfield doctor`.

use std::{collections::BTreeMap, process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use jackfield::{
    Config,
    doctor::{Finding, Health, examine_configuration, examine_live, nothing_to_ask},
    report::printable,
};
use reqwest::Method;
use serde_json::Value;

use super::{
    ConfigFile,
    running_host::{self, RunningHost},
    runtime, say,
};

/// A host answers one examination in less.
const ANSWER_WITHIN: Duration = Duration::from_secs(75);

/// Looks at the configuration, the database, accounts, connector files and instances, and names everything that is wrong at
/// once. Needs no running host and hurts none. Exit code 0 where nothing is bad, 1 otherwise. Without --live it asks no
/// platform anything.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
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

const EXAMPLES: &str = "Examples:
  jackfield doctor
  jackfield doctor --config /etc/jackfield/jackfield.toml --live
  jackfield doctor --json | jq '.items[] | select(.health == \"bad\")'";

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        let examined = self.config.examine();
        let findings = runtime()?.block_on(async {
            let mut findings = examine_configuration(&examined).await;
            match &examined.config {
                Some(config) if self.live && examined.problems.is_empty() => {
                    findings.extend(live(config).await);
                }
                _ if self.live => {
                    let text = "They were not asked, because the configuration is wrong.";
                    findings.push(Finding::bad("platforms", text, "Mend it first."));
                }
                _ => {}
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
        let instances = listed(host, "instances").await?;
        let accounts = listed(host, "accounts").await?;
        let mut findings = started_otherwise(config, &instances);
        for (list, id) in [("instances", "name", &instances), ("accounts", "id", &accounts)]
            .into_iter()
            .flat_map(|(list, name, known)| known.iter().map(move |one| (list, one.get(name))))
        {
            let id = id.and_then(Value::as_str).context("the host names nothing")?;
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
        findings.extend(nothing_to_ask(accounts.len(), &findings));
        Ok(findings)
    })
    .await
}

/// What the host lists, but accounts that were taken out.
async fn listed(host: &RunningHost, list: &str) -> Result<Vec<Value>> {
    let known = host.ask(Method::GET, &format!("/v1/{list}"), None).await?;
    let known = known.get("items").and_then(Value::as_array).context("the host lists nothing")?;
    let is_there = |one: &&Value| one.get("status").is_none_or(|status| status != "removed");
    Ok(known.iter().filter(is_there).cloned().collect())
}

/// Instances of which the file says now something else than the running host was started with.
fn started_otherwise(config: &Config, running: &[Value]) -> Vec<Finding> {
    let said = |one: &Value, key: &str| one.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut started: BTreeMap<String, Option<String>> = running
        .iter()
        .filter_map(|one| Some((said(one, "name")?, said(one, "configuration_sha256"))))
        .collect();
    let mut findings = Vec::new();
    let mut found = |name: &str, text: &str| {
        let subject = format!("instance {}", printable(name));
        findings.push(Finding::warning(subject, text, "Start the host again, which reads the file."));
    };
    for (name, instance) in &config.instances {
        match started.remove(name) {
            None => found(name, "The file has it, and the running host does not."),
            Some(Some(digest)) if digest != instance.digest() => {
                found(name, "The file says something else of it than the running host was started with.");
            }
            Some(_) => {}
        }
    }
    for name in started.keys() {
        found(name, "The running host has it, and the file does not.");
    }
    findings
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
