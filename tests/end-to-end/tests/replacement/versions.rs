//! Versions of the echo connector that differ in nothing but their version.

use std::path::Path;

use anyhow::{Result, ensure};
use end_to_end::artifact;

const LIBRARY: &str = "libecho_connector.so";
const BUILT: &[u8] = b"\"name\": \"Echo\", \"version\": \"0.1.0\"";

/// Puts version `number` into the folder as an operator would: written beside it, then renamed into it. Returns the
/// version as the instance shows it.
pub(crate) fn install(connectors: &Path, number: u32) -> Result<String> {
    let version = format!("0.1.{}", (b'0' + u8::try_from(number % 10)?) as char);
    let version = if number >= 10 { version.replace("0.1", "0.2") } else { version };
    let new = format!("\"name\": \"Echo\", \"version\": \"{version}\"").into_bytes();
    ensure!(new.len() == BUILT.len(), "versions of equal length, so that nothing else moves");
    let mut bytes = std::fs::read(artifact(LIBRARY)?)?;
    let mut found = 0;
    for at in 0..bytes.len() - BUILT.len() {
        if bytes[at..].starts_with(BUILT) {
            bytes[at..at + new.len()].copy_from_slice(&new);
            found += 1;
        }
    }
    ensure!(found > 0, "the built library does not say its version as expected");
    install_bytes(connectors, &bytes)?;
    Ok(version)
}

/// Puts bytes into the folder under the connector's name.
pub(crate) fn install_bytes(connectors: &Path, bytes: &[u8]) -> Result<()> {
    let beside = connectors.with_file_name("newcomer.so");
    std::fs::write(&beside, bytes)?;
    std::fs::rename(beside, connectors.join(LIBRARY))?;
    Ok(())
}
