//! `jackfield capabilities`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use connector_api::capabilities::{
    diff::{Change, Effect, diff},
    markdown,
};
use jackfield::document;
use serde_json::{Value, json};

use super::{
    connectors::Folder,
    documents::{Found, find},
    say,
};

/// What is read: the document in the file. The library is not run.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true, after_help = EXAMPLES)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// A library, a capabilities.json, or the id of a connector in the folder.
    #[arg(value_name = "FILE|ID", required = true)]
    connector: Option<String>,
    #[command(flatten)]
    folder: Folder,
    /// Print JSON: the document as it stands in the file, and the SHA-256 of its canonical spelling.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print tables in Markdown.
    #[arg(long)]
    markdown: bool,
}

const EXAMPLES: &str = "`?` means that nobody has said, and is refused.

Examples:
  jackfield capabilities connectors/libecho_connector.so
  jackfield capabilities echo --dir connectors --markdown
  jackfield capabilities diff old/libecho_connector.so new/libecho_connector.so";

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what is different in NEW. Exit code 1 where something is not possible any more, 0 where nothing is narrowed, 2
    /// where the two cannot be compared.
    Diff(Diff),
}

#[derive(Debug, Args)]
struct Diff {
    /// What was: a library, a capabilities.json, or a connector's id.
    old: String,
    /// What is.
    new: String,
    #[command(flatten)]
    folder: Folder,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    pub(super) fn run(self) -> Result<ExitCode> {
        if let Some(Command::Diff(options)) = self.command {
            return options.run().or_else(|error| super::cannot_say(&error));
        }
        let found = find(&self.connector.context("FILE or ID is missing")?, &self.folder)?;
        if self.json {
            let all = json!({"sha256": document::hash(&found.json), "capabilities": found.json});
            say(format_args!("{all:#}"))?;
        } else if self.markdown {
            say(markdown::page(&found.document))?;
        } else {
            say(text(&found))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn text(found: &Found) -> String {
    let connector = &found.document.connector;
    let mut lines = vec![
        format!("{} ({} {})", connector.name, connector.id, connector.version),
        format!("sha256 of the document  {}", document::hash(&found.json)),
    ];
    lines.extend(found.document.maturity.note.lines().map(str::to_owned));
    for section in markdown::sections(std::slice::from_ref(&found.document)) {
        if section.rows.is_empty() {
            continue;
        }
        lines.push(format!("\n{}", section.title));
        for (name, cells) in section.rows {
            let cell = cells.join("").replace("<br>", &format!("\n  {:22}", ""));
            lines.push(format!("  {name:22}{cell}"));
        }
    }
    lines.join("\n")
}

impl Diff {
    fn run(self) -> Result<ExitCode> {
        let (old, new) = (find(&self.old, &self.folder)?, find(&self.new, &self.folder)?);
        let changes = diff(&old.document, &new.document);
        if self.json {
            say(format_args!("{:#}", serde_json::to_value(&changes)?))?;
        } else if changes.is_empty() {
            say("Both allow the same.")?;
        } else {
            for change in &changes {
                say(line(change))?;
            }
        }
        let narrowed = changes.iter().any(|change| change.effect == Effect::Narrowed);
        Ok(if narrowed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn line(change: &Change) -> String {
    let effect = match change.effect {
        Effect::Narrowed => "narrowed",
        Effect::Widened => "widened ",
        Effect::Other => "changed ",
    };
    let said = |value: &Value| if value.is_null() { "nothing".to_owned() } else { value.to_string() };
    format!("{effect}  {}: {} → {}", change.rule, said(&change.before), said(&change.after))
}
