//! `cargo xtask docs`: the files in docs/ that are generated.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use connector_capabilities::{CapabilityDocument, markdown};

use crate::command::{cargo, output};

/// The documents of the connectors in this workspace, in the order of their columns.
const DOCUMENTS: &[&str] = &[
    "tiktok-connector/capabilities.json",
    "examples/echo-connector/capabilities.json",
    "examples/postcard-connector/capabilities.json",
];

/// Write the generated files in docs/: the JSON Schema of capability documents, the table of all connectors, and the
/// OpenAPI document of the host, which is built for it.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Writes docs/capabilities.schema.json, docs/capabilities.md and docs/openapi.json. Tests compare them."
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
    settle(&root, "docs/capabilities.schema.json", &schema()?, options)?;
    settle(&root, "docs/capabilities.md", &matrix(&root)?, options)?;
    // Last, because the host embeds the schema.
    settle(&root, "docs/openapi.json", &openapi()?, options)
}

fn settle(root: &Path, path: &str, text: &str, options: &Options) -> Result<()> {
    let file = root.join(path);
    if fs::read_to_string(&file).is_ok_and(|found| found == text) {
        return Ok(());
    }
    if options.check {
        bail!("{path} is not what the sources say; run `cargo xtask docs`");
    }
    fs::write(&file, text).with_context(|| format!("writing {path}"))?;
    println!("wrote {path}");
    Ok(())
}

/// The host prints it, so that this program need not be built from the host.
fn openapi() -> Result<String> {
    output(&mut cargo([
        "run",
        "--quiet",
        "--locked",
        "-p",
        "jackfield",
        "--bin",
        "jackfield",
        "--",
        "openapi",
    ]))
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

    /// docs/openapi.json is compared by a test of the host.
    #[test]
    fn the_generated_files_are_what_the_sources_say() {
        let (root, check) = (Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), Options { check: true });
        settle(&root, "docs/capabilities.schema.json", &schema().unwrap(), &check).unwrap();
        settle(&root, "docs/capabilities.md", &matrix(&root).unwrap(), &check).unwrap();
    }
}
