//! `cargo xtask docs`: the files in docs/ that are generated.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use connector_capabilities::{CapabilityDocument, markdown};

/// The documents of the connectors in this workspace, in the order of their columns.
const DOCUMENTS: &[&str] = &[
    "tiktok-connector/capabilities.json",
    "examples/echo-connector/capabilities.json",
    "examples/postcard-connector/capabilities.json",
];

/// Write the generated files in docs/: the JSON Schema of capability documents, and the table of all connectors.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Writes docs/capabilities.schema.json and docs/capabilities.md. A test compares them."
)]
pub(crate) struct Options {
    /// Write nothing, and fail where a file is not what would be written.
    #[arg(long)]
    check: bool,
}

/// Writes the files, or compares them.
///
/// # Errors
/// Where a document cannot be read, or a compared file differs.
pub(crate) fn run(options: &Options) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = [("docs/capabilities.schema.json", schema()?), ("docs/capabilities.md", matrix(&root)?)];
    for (path, text) in files {
        let file = root.join(path);
        if fs::read_to_string(&file).is_ok_and(|found| found == text) {
            continue;
        }
        if options.check {
            bail!("{path} is not what the sources say; run `cargo xtask docs`");
        }
        fs::write(&file, text).with_context(|| format!("writing {path}"))?;
        println!("wrote {path}");
    }
    Ok(())
}

fn schema() -> Result<String> {
    let schema = schemars::schema_for!(CapabilityDocument);
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}

fn matrix(root: &Path) -> Result<String> {
    let read = |path: &&str| -> Result<CapabilityDocument> {
        let file: PathBuf = root.join(path);
        let text = fs::read_to_string(&file).with_context(|| format!("reading {path}"))?;
        serde_json::from_str(&text).with_context(|| format!("{path} is no capability document"))
    };
    let documents = DOCUMENTS.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(markdown::matrix(&documents))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_files_are_what_the_sources_say() {
        run(&Options { check: true }).unwrap();
    }
}
