//! What cargo has built.

use std::{env, path::PathBuf};

use anyhow::{Context, Result, ensure};

/// Set by `cargo xtask`; otherwise the folder of the running program is looked at.
const BIN_DIR: &str = "JACKFIELD_TEST_BIN_DIR";

/// The path of a built program or library, such as `jackfield` or `libtiktok_connector.so`.
///
/// # Errors
/// Where it was not built.
pub fn artifact(name: &str) -> Result<PathBuf> {
    let path = bin_dir()?.join(name);
    ensure!(
        path.is_file(),
        "{} is not built; run `cargo build --workspace`, or everything with `cargo xtask test`",
        path.display()
    );
    Ok(path)
}

fn bin_dir() -> Result<PathBuf> {
    if let Some(dir) = env::var_os(BIN_DIR) {
        return Ok(dir.into());
    }
    let own = env::current_exe()?;
    let dir = own.parent().context("this program has no folder")?;
    Ok(if dir.ends_with("deps") { dir.parent().unwrap_or(dir).to_owned() } else { dir.to_owned() })
}
