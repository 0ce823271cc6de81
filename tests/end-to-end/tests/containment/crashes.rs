//! A file that crashed its trial is kept apart, with the evidence, until its bytes change or somebody releases it.

use std::{
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Output,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, ensure};
use connector_loader::Quarantine;
use end_to_end::{HostOptions, artifact, eventually};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::support::{ECHO, Shim, is_refused, listed, named, row, rows_of_dir, unique_name};

const FILE: &str = "crashes.so";

async fn crash_with(folder: &Path, how: &str) -> Result<()> {
    Shim::new(how).crashing().build(&folder.join(FILE)).await
}

/// The one record of the folder.
fn record(folder: &Path) -> Result<Value> {
    let entries = std::fs::read_dir(folder.join(".quarantine"))?;
    let entries = entries.collect::<std::io::Result<Vec<_>>>()?;
    let of_kind = |entry: &&std::fs::DirEntry| entry.path().extension().is_some_and(|e| e == "json");
    let records: Vec<_> = entries.iter().filter(of_kind).collect();
    let [record] = records.as_slice() else { anyhow::bail!("not one record: {records:?}") };
    Ok(serde_json::from_slice(&std::fs::read(record.path())?)?)
}

async fn released(folder: &Path, id: &str) -> Result<Output> {
    let mut command = Command::new(artifact("jackfield")?);
    Ok(command.args(["connectors", "release", "--dir"]).arg(folder).arg(id).output().await?)
}

async fn release(folder: &Path, id: &str) -> Result<bool> {
    Ok(released(folder, id).await?.status.success())
}

#[tokio::test]
async fn a_record_says_how_it_ended_what_it_printed_and_when() -> Result<()> {
    let table = [
        ("abort", json!(6), Value::Null),
        ("segfault", json!(11), Value::Null),
        ("exit-0", Value::Null, json!(0)),
        ("exit-3", Value::Null, json!(3)),
        ("leave-a-child-and-exit", Value::Null, json!(3)),
    ];
    for (how, signal, exit_code) in table {
        let folder = TempDir::new()?;
        crash_with(folder.path(), how).await?;
        let before = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let rows = rows_of_dir(folder.path()).await?;
        is_refused(row(&rows, FILE)?, "trial", "trial.crashed")?;
        let record = record(folder.path())?;
        assert_eq!((&record["signal"], &record["exit_code"]), (&signal, &exit_code), "{how}: {record}");
        assert_eq!((&record["file"], &record["count"]), (&json!(FILE), &json!(1)), "{how}");
        assert_eq!(record["timed_out"], json!(false), "{how}: {record}");
        let output = record["output"].as_str().unwrap_or_default();
        assert!(output.contains(&format!("constructor: {how}")), "{how}: {output:?}");
        let sha256 = connector_loader::inspect(&folder.path().join(FILE))?.sha256;
        assert_eq!(record["sha256"], json!(sha256), "{how}");
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        assert!(record["at"].as_u64().is_some_and(|at| (before..=now).contains(&at)), "{how}: {record}");
    }
    Ok(())
}

#[tokio::test]
async fn it_is_not_tried_again_until_it_is_released_and_crashes_are_counted() -> Result<()> {
    let (folder, elsewhere) = (TempDir::new()?, TempDir::new()?);
    let marker = elsewhere.path().join("it-ran+abort");
    crash_with(folder.path(), &format!("touch:{}", marker.display())).await?;
    // Whether it ran this time.
    let look = async || {
        let rows = rows_of_dir(folder.path()).await?;
        is_refused(row(&rows, FILE)?, "trial", "trial.crashed")?;
        anyhow::Ok(std::fs::remove_file(&marker).is_ok())
    };
    ensure!(look().await?, "it was not tried");
    let first = record(folder.path())?;
    ensure!(!look().await?, "it was tried again");
    assert_eq!(record(folder.path())?, first);

    let (path, sha256) = (folder.path().join(FILE), first["sha256"].as_str().context("no hash")?);
    let path = path.to_str().context("no text")?;
    for (id, count) in [("crashing", 2), (FILE, 3), (sha256, 4), (path, 5)] {
        ensure!(release(folder.path(), id).await?, "{id} was not released");
        ensure!(!release(folder.path(), id).await?, "{id} was released twice");
        ensure!(look().await?, "{id} was not tried");
        assert_eq!(record(folder.path())?["count"], json!(count), "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn other_bytes_under_the_same_name_are_tried() -> Result<()> {
    let folder = TempDir::new()?;
    crash_with(folder.path(), "abort").await?;
    rows_of_dir(folder.path()).await?;
    let path = folder.path().join(FILE);
    let old = connector_loader::inspect(&path)?.sha256;
    std::fs::remove_file(&path)?;
    std::fs::copy(artifact(ECHO)?, &path)?;
    assert_eq!(row(&rows_of_dir(folder.path()).await?, FILE)?["state"], "loaded");
    assert!(Quarantine::of(folder.path()).record(&old).is_some(), "the evidence is gone");
    Ok(())
}

#[tokio::test]
async fn a_constructor_that_hangs_is_killed_with_everything_it_started() -> Result<()> {
    let folder = TempDir::new()?;
    let name = unique_name();
    Shim::new("hang").process_name(&name).build(&folder.path().join(FILE)).await?;
    let hangs = async {
        eventually("two hanging processes", || async { Ok((named(&name).len() == 2).then_some(())) }).await
    };
    let (rows, hung) = tokio::join!(rows_of_dir(folder.path()), hangs);
    hung?;
    is_refused(row(&rows?, FILE)?, "trial", "trial.crashed")?;
    let record = record(folder.path())?;
    assert_eq!((&record["timed_out"], &record["signal"]), (&json!(true), &Value::Null));
    eventually("the end of both processes", || async { Ok(named(&name).is_empty().then_some(())) }).await
}

#[tokio::test]
async fn of_several_files_of_one_id_the_crashed_one_is_released_and_two_are_told_apart() -> Result<()> {
    let folder = TempDir::new()?;
    // Looked at first, and not in quarantine.
    Shim::new("nothing").crashing().build(&folder.path().join("a-good-one.so")).await?;
    crash_with(folder.path(), "abort").await?;
    is_refused(row(&rows_of_dir(folder.path()).await?, FILE)?, "trial", "trial.crashed")?;
    ensure!(release(folder.path(), "crashing").await?, "the crashed one was not found");
    ensure!(!release(folder.path(), "crashing").await?, "it was released twice");

    Shim::new("segfault").crashing().build(&folder.path().join("other.so")).await?;
    rows_of_dir(folder.path()).await?;
    let refused = released(folder.path(), "crashing").await?;
    let told = String::from_utf8(refused.stderr)?;
    ensure!(!refused.status.success() && told.contains(FILE) && told.contains("other.so"), "{told}");
    ensure!(release(folder.path(), "other.so").await? && release(folder.path(), FILE).await?, "{told}");
    Ok(())
}

#[tokio::test]
async fn a_file_that_speaks_for_the_worker_is_ended_and_its_row_says_so() -> Result<()> {
    let folder = TempDir::new()?;
    crash_with(folder.path(), "talk").await?;
    let rows = rows_of_dir(folder.path()).await?;
    is_refused(row(&rows, FILE)?, "trial", "trial.crashed")?;
    let record = record(folder.path())?;
    let found = record["found"].as_str().unwrap_or_default();
    ensure!(found.contains("on its socket") && !found.contains("in time"), "{found}");
    assert_eq!(record["timed_out"], json!(false), "{record}");
    Ok(())
}

#[tokio::test]
async fn a_worker_that_does_not_work_brings_no_file_into_quarantine() -> Result<()> {
    let folder = TempDir::new()?;
    let worker = folder.path().join("worker");
    std::fs::write(&worker, "#!/bin/sh\necho 'libz.so.1: cannot open shared object file' >&2\nexit 127\n")?;
    std::fs::set_permissions(&worker, PermissionsExt::from_mode(0o755))?;
    for worker in [worker.as_path(), Path::new("/bin/false"), Path::new("/bin/true"), Path::new("/bin/cat")] {
        let path = worker.to_str().context("no text")?;
        let options = HostOptions::new()?.variable("JACKFIELD__CONNECTORS__WORKER", path).connector(ECHO)?;
        let rows = listed(options.command(&["connectors", "list", "--json"])?).await?;
        is_refused(row(&rows, ECHO)?, "trial", "trial.not_made")?;
        ensure!(!options.connectors().join(".quarantine").exists(), "{path}: it is in quarantine");
        let working = options.variable(
            "JACKFIELD__CONNECTORS__WORKER",
            artifact("connector-worker")?.to_str().context("no text")?,
        );
        let rows = listed(working.command(&["connectors", "list", "--json"])?).await?;
        assert_eq!(row(&rows, ECHO)?["state"], "loaded", "{path}");
    }
    Ok(())
}
