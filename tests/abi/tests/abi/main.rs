//! Years of compatibility: old, new and differently built connector libraries in today's host.

mod layout;
mod matrix;
mod platform;
mod versions;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Where libraries are built that other compilers or other sources make; kept from run to run.
const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/abi");

/// The folder of this workspace.
fn workspace() -> Result<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    Ok(own.ancestors().nth(2).context("no workspace")?.to_owned())
}
