//! Finding a capability document without running the connector.

use std::path::Path;

use anyhow::{Context, Result};
use connector_api::CapabilityDocument;
use connector_loader::inspect;
use serde_json::Value;

use super::connectors::Folder;

/// A document as it stands in its file, and as it is understood.
pub(super) struct Found {
    pub(super) document: CapabilityDocument,
    pub(super) json: Value,
}

/// Reads the document that `named` means: a library, a capabilities.json, or the id of a connector in the folder.
///
/// # Errors
/// Where there is no such file or connector, or no document in it.
pub(super) fn find(named: &str, folder: &Folder) -> Result<Found> {
    let path = Path::new(named);
    if named.ends_with(".json") {
        let bytes = std::fs::read(path).with_context(|| format!("reading {named}"))?;
        return parsed(&bytes).with_context(|| format!("{named} is no capability document"));
    }
    if path.is_file() || named.contains(['/', '.']) {
        return parsed(&inspect(path)?.document_bytes);
    }
    let dir = folder.rules()?.dir;
    let entries = std::fs::read_dir(&dir).with_context(|| format!("the folder {}", dir.display()))?;
    let mut files = entries.filter_map(|entry| inspect(&entry.ok()?.path()).ok());
    let file = files.find(|file| file.document.connector.id == named);
    let missing =
        || format!("no connector in {} has the id {named}, and no file has that name", dir.display());
    parsed(&file.with_context(missing)?.document_bytes)
}

fn parsed(bytes: &[u8]) -> Result<Found> {
    Ok(Found { document: serde_json::from_slice(bytes)?, json: serde_json::from_slice(bytes)? })
}
