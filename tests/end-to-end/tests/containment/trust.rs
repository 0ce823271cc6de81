//! Nothing runs before it is allowed, and looking at a file never runs it.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use end_to_end::{HostOptions, artifact};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{ECHO, HOSTILE, Shim, Signer, is_refused, listed, row};

/// A folder with the echo connector, for which nobody vouches.
fn folder(rules: &str) -> Result<(HostOptions, PathBuf)> {
    let options = HostOptions::new()?.configure(&format!("[connectors]\n{rules}\n"));
    let file = options.connectors().join(ECHO);
    std::fs::copy(artifact(ECHO)?, &file)?;
    Ok((options, file))
}

async fn echo_row(options: &HostOptions) -> Result<Value> {
    let rows = listed(options.command(&["connectors", "list", "--json"])?).await?;
    Ok(row(&rows, ECHO)?.clone())
}

#[tokio::test]
async fn whoever_vouches_decides_where_a_file_runs() -> Result<()> {
    let sha256 = connector_loader::inspect(&artifact(ECHO)?)?.sha256;
    let signer = Signer::new(1)?;
    let pinned = format!("trust = \"pinned\"\npins = [{sha256:?}]");
    let signed = format!("trust = \"signed\"\nkeys = [{:?}]", signer.public_key());
    for (rules, voucher, isolation) in [
        ("trust = \"any\"", "nobody", "process"),
        (&pinned, "pin", "in_process"),
        (&signed, "signature", "in_process"),
    ] {
        let (options, file) = folder(rules)?;
        signer.sign_beside(&file, &std::fs::read(&file)?)?;
        let row = echo_row(&options).await?;
        assert_eq!(
            (&row["state"], &row["vouched_by"], &row["isolation"]),
            (&json!("loaded"), &json!(voucher), &json!(isolation)),
            "{rules}: {row}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_nobody_vouches_for_is_refused() -> Result<()> {
    let other = connector_loader::inspect(&artifact(HOSTILE)?)?.sha256;
    let (options, _) = folder(&format!("trust = \"pinned\"\npins = [{other:?}]"))?;
    is_refused(&echo_row(&options).await?, "trust", "trust.not_pinned")?;

    let signer = Signer::new(1)?;
    let rules = format!("trust = \"signed\"\nkeys = [{:?}]", signer.public_key());
    let (options, file) = folder(&rules)?;
    is_refused(&echo_row(&options).await?, "trust", "trust.not_signed")?;
    let bytes = std::fs::read(&file)?;
    let signature = Signer::new(2)?.sign_beside(&file, &bytes)?;
    is_refused(&echo_row(&options).await?, "trust", "trust.signature_wrong")?;
    signer.sign_beside(&file, &bytes[1..])?;
    is_refused(&echo_row(&options).await?, "trust", "trust.signature_wrong")?;
    std::fs::write(&signature, signer.sign(&bytes).replace("timestamp:1", "timestamp:2"))?;
    let changed = echo_row(&options).await?;
    is_refused(&changed, "trust", "trust.signature_wrong")?;
    ensure!(changed["found"].as_str().is_some_and(|found| found.contains("trusted comment")), "{changed}");
    std::fs::write(&signature, signer.sign_legacy(&bytes))?;
    let legacy = echo_row(&options).await?;
    is_refused(&legacy, "trust", "trust.signature_legacy")?;
    ensure!(legacy["fix"].as_str().is_some_and(|fix| fix.contains("without the option -l")), "{legacy}");
    std::fs::write(signature, "not a signature\n")?;
    is_refused(&echo_row(&options).await?, "trust", "trust.signature_malformed")?;
    signer.sign_beside(&file, &bytes)?;
    assert_eq!(echo_row(&options).await?["state"], "loaded");
    Ok(())
}

#[tokio::test]
async fn a_signature_that_is_there_must_be_right_even_where_none_is_needed() -> Result<()> {
    let (options, file) = folder(&format!("trust = \"any\"\nkeys = [{:?}]", Signer::new(1)?.public_key()))?;
    Signer::new(1)?.sign_beside(&file, b"other bytes")?;
    is_refused(&echo_row(&options).await?, "trust", "trust.signature_wrong")
}

#[tokio::test]
async fn without_a_key_nothing_is_asked_of_a_signature() -> Result<()> {
    let (options, file) = folder("trust = \"any\"")?;
    let signature = file.with_extension("so.minisig");
    let loads = async |what| {
        assert_eq!(echo_row(&options).await?["state"], "loaded", "{what}");
        anyhow::Ok(())
    };
    std::fs::write(&signature, b"\xff\xfe")?;
    loads("no text").await?;
    std::fs::remove_file(&signature)?;
    std::fs::create_dir(&signature)?;
    loads("a folder").await?;
    std::fs::remove_dir(&signature)?;
    ensure!(Command::new("mkfifo").arg(&signature).status().await?.success(), "no pipe");
    loads("a pipe").await
}

#[tokio::test]
async fn listing_runs_no_library_in_its_own_process() -> Result<()> {
    let elsewhere = TempDir::new()?;
    let built = elsewhere.path().join("built.so");
    Shim::new("nothing").around(ECHO).build(&built).await?;
    let sha256 = connector_loader::inspect(&built)?.sha256;
    let (options, file) = folder(&format!("trust = \"pinned\"\npins = [{sha256:?}]"))?;
    std::fs::copy(built, file)?;
    let output = options.command(&["connectors", "list", "--json"])?.output().await?;
    let told = String::from_utf8(output.stderr)?;
    ensure!(output.status.success() && !told.contains("constructor: "), "{told}");
    let row = echo_row(&options).await?;
    assert_eq!((&row["isolation"], &row["vouched_by"]), (&json!("in_process"), &json!("pin")), "{row}");
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_not_allowed_is_not_run_and_neither_is_one_that_is_inspected() -> Result<()> {
    let elsewhere = TempDir::new()?;
    let marker = elsewhere.path().join("it-ran");
    let how = format!("touch:{}", marker.to_str().context("no text")?);
    let (options, file) = folder("trust = \"pinned\"")?;
    Shim::new(&how).around(ECHO).build(&file).await?;

    let inspected = options.command(&["connectors", "inspect", "--json"])?.arg(&file).output().await?;
    assert!(inspected.status.success(), "{inspected:?}");
    let found: Value = serde_json::from_slice(&inspected.stdout)?;
    assert_eq!(found["capabilities"]["connector"]["id"], "echo");
    assert_eq!(found["manifest"]["package"], "echo-connector");
    is_refused(&echo_row(&options).await?, "trust", "trust.not_pinned")?;
    assert!(!marker.exists(), "it ran");

    let mut anyway = Command::new(artifact("jackfield")?);
    anyway.args(["connectors", "list", "--json", "--dir"]).arg(options.connectors());
    assert_eq!(row(&listed(anyway).await?, ECHO)?["state"], "loaded");
    assert!(marker.exists(), "the marker proves nothing");
    Ok(())
}
