//! `jackfield doctor`.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use jackfield::doctor::{Finding, Health, examine};

use super::{ConfigFile, runtime, say};

/// Asks no platform anything; needs no running host and hurts none. Exit code 0 where nothing is bad, 1 otherwise.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    config: ConfigFile,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        let findings = runtime()?.block_on(examine(&self.config.load()?));
        if self.json {
            say(format_args!("{:#}", serde_json::json!({ "items": findings })))?;
        } else {
            findings.iter().try_for_each(|finding| say(line(finding)))?;
        }
        let is_well = findings.iter().all(|finding| finding.health < Health::Bad);
        Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn line(finding: &Finding) -> String {
    let mark = match finding.health {
        Health::Good => "good   ",
        Health::Warning => "warning",
        Health::Bad => "bad    ",
    };
    let fix = if finding.fix.is_empty() { String::new() } else { format!("\n         {}", finding.fix) };
    format!("{mark}  {}: {}{fix}", finding.subject, finding.text)
}
