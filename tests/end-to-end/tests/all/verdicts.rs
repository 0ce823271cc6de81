//! Asking a library file what its channel can do: no configuration, no host, and nothing of the file runs.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};
use end_to_end::artifact;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with both connectors, and nothing else.
fn folder() -> Result<TempDir> {
    let folder = tempfile::tempdir()?;
    for file in ["libtiktok_connector.so", "libecho_connector.so"] {
        fs::copy(artifact(file)?, folder.path().join(file))?;
    }
    Ok(folder)
}

fn jackfield(folder: &TempDir, arguments: &[&str]) -> Result<(i32, String)> {
    let output = Command::new(artifact("jackfield")?).args(arguments).current_dir(folder.path()).output()?;
    Ok((output.status.code().context("killed")?, String::from_utf8(output.stdout)?))
}

#[test]
fn a_verdict_needs_only_the_file_or_the_id_in_a_folder() -> Result<()> {
    let folder = folder()?;
    let question = ["--text", "Look!", "--button", "Buy", "--since-inbound", "47h59m", "--json"];
    for (named, code, verdict) in [
        (&["./libtiktok_connector.so"][..], 10, "degraded"),
        (&["tiktok", "--dir", "."], 10, "degraded"),
        (&["echo", "--dir", "."], 20, "denied"),
    ] {
        let arguments = [&["check"], named, &question].concat();
        let (found, said) = jackfield(&folder, &arguments)?;
        let said: Value = serde_json::from_str(&said)?;
        ensure!((found, &said["verdict"]) == (code, &json!(verdict)), "{named:?}: {found} {said}");
    }
    Ok(())
}

#[test]
fn the_hash_is_that_of_the_document_that_is_checked_in() -> Result<()> {
    let (_, said) = jackfield(&folder()?, &["capabilities", "./libtiktok_connector.so", "--json"])?;
    let said: Value = serde_json::from_str(&said)?;
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tiktok-connector/capabilities.json");
    let document: Value = serde_json::from_slice(&fs::read(file)?)?;
    ensure!(said["capabilities"] == document, "another document");
    ensure!(said["sha256"] == jackfield::document::hash(&document), "{}", said["sha256"]);
    Ok(())
}
