//! The load report.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use end_to_end::artifact;
use serde_json::Value;
use tokio::process::Command;

/// What `jackfield connectors list --json` says, of whatever command it is.
pub(crate) async fn listed(mut command: Command) -> Result<Vec<Value>> {
    let output = command.output().await?;
    let report: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("no report: {}", String::from_utf8_lossy(&output.stderr)))?;
    let rows = report["items"].as_array().context("no items")?.clone();
    let is_good = |row: &Value| row["state"] == "loaded" || row["state"] == "signature";
    ensure!(output.status.success() == rows.iter().all(is_good), "{} for {rows:?}", output.status);
    Ok(rows)
}

/// The same for a folder that no configuration names.
pub(crate) async fn rows_of_dir(folder: &Path) -> Result<Vec<Value>> {
    let mut command = Command::new(artifact("jackfield")?);
    command.args(["connectors", "list", "--json", "--dir"]).arg(folder);
    listed(command).await
}

/// The one row of the file of that name.
pub(crate) fn row<'a>(rows: &'a [Value], file: &str) -> Result<&'a Value> {
    let of_file = |row: &&Value| row["file"].as_str().is_some_and(|path| Path::new(path).ends_with(file));
    let mut found = rows.iter().filter(of_file);
    let row = found.next().with_context(|| format!("no row for {file}: {rows:#?}"))?;
    ensure!(found.next().is_none(), "several rows for {file}: {rows:#?}");
    Ok(row)
}

/// It is refused at that step with that code, and says what was expected, what was found, and what to do.
pub(crate) fn is_refused(row: &Value, step: &str, code: &str) -> Result<()> {
    ensure!(
        row["state"] == "refused" && row["step"] == step && row["code"] == code,
        "{step} {code}: {row:#}"
    );
    for told in ["expected", "found", "fix"] {
        let text = row[told].as_str().unwrap_or_default();
        ensure!(!text.trim().is_empty() && text.lines().count() == 1, "{told} in {row:#}");
    }
    Ok(())
}
