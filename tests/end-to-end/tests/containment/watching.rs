//! What changes while the host runs is noticed.

use std::{os::unix::fs::PermissionsExt, path::Path};

use anyhow::{Context, Result, ensure};
use end_to_end::{HostOptions, artifact, eventually};
use serde_json::Value;

use crate::support::{Channels, HOSTILE, Limits, Shim, Signer, row};

/// Returns once the file's row says so.
async fn becomes(channels: &Channels, file: &str, what: &str, value: &str) -> Result<Value> {
    let look = || async {
        let rows = channels.api().items("/v1/connectors").await?;
        Ok(row(&rows, file).ok().filter(|row| row[what] == value).cloned())
    };
    eventually(&format!("{file}: {what} is {value}"), look).await
}

async fn open(
    prepare: impl FnOnce(HostOptions) -> Result<HostOptions>,
) -> Result<(Channels, std::path::PathBuf)> {
    let options = prepare(Channels::options("auto", Limits::SHORT, &["hostile"])?)?;
    let file = options.connectors().join(HOSTILE);
    Ok((Channels { host: options.start().await? }, file))
}

fn permit(path: &Path, mode: u32) -> Result<()> {
    Ok(std::fs::set_permissions(path, PermissionsExt::from_mode(mode))?)
}

#[tokio::test]
async fn a_file_that_is_being_copied_is_incomplete_and_works_once_it_is_whole() -> Result<()> {
    let (channels, file) = open(Ok).await?;
    let whole = std::fs::read(artifact(HOSTILE)?)?;
    std::fs::write(&file, &whole[..whole.len() / 3])?;
    becomes(&channels, HOSTILE, "code", "object.incomplete").await?;
    ensure!(!channels.host.folder().join("connectors/.quarantine").exists(), "it is in quarantine");
    assert_eq!(channels.say("hostile", "ana", "hello out there").await?, 503);
    std::fs::write(&file, &whole)?;
    channels.receives_again("hostile", "ana").await?;
    becomes(&channels, HOSTILE, "state", "loaded").await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_released_file_is_tried_again_by_the_running_host() -> Result<()> {
    let (channels, file) = open(Ok).await?;
    Shim::new("abort").crashing().build(&file).await?;
    let found = |row: &Value| row["found"].as_str().map(str::to_owned).context("nothing found");
    let first = found(&becomes(&channels, HOSTILE, "code", "trial.crashed").await?)?;
    let release = channels.host.command(&["connectors", "release", "crashing"])?.output().await?;
    ensure!(release.status.success(), "{release:?}");
    let again = || async {
        let now = found(&becomes(&channels, HOSTILE, "code", "trial.crashed").await?)?;
        Ok((now != first && now.contains("2 times")).then_some(()))
    };
    eventually("the second crash", again).await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_signature_that_comes_later_is_noticed() -> Result<()> {
    let signer = Signer::new(3)?;
    let rules = format!("[connectors]\ntrust = \"signed\"\nkeys = [{:?}]\n", signer.public_key());
    let (channels, file) = open(|options| {
        std::fs::copy(artifact(HOSTILE)?, options.connectors().join(HOSTILE))?;
        Ok(options.configure(&rules))
    })
    .await?;
    becomes(&channels, HOSTILE, "code", "trust.not_signed").await?;
    signer.sign_beside(&file, &std::fs::read(&file)?)?;
    becomes(&channels, HOSTILE, "vouched_by", "signature").await?;
    channels.receives_again("hostile", "ana").await?;
    channels.host.stop().await
}

#[tokio::test]
async fn permissions_that_are_mended_are_noticed() -> Result<()> {
    let (channels, file) = open(|options| {
        let file = options.connectors().join(HOSTILE);
        std::fs::copy(artifact(HOSTILE)?, &file)?;
        permit(&file, 0o666)?;
        Ok(options)
    })
    .await?;
    becomes(&channels, HOSTILE, "code", "permissions.world_writable").await?;
    permit(&file, 0o644)?;
    becomes(&channels, HOSTILE, "state", "loaded").await?;
    let folder = channels.host.folder().join("connectors");
    permit(&folder, 0o777)?;
    becomes(&channels, HOSTILE, "code", "permissions.world_writable").await?;
    channels.receives_again("hostile", "ana").await.context("what runs goes on")?;
    permit(&folder, 0o755)?;
    becomes(&channels, HOSTILE, "state", "loaded").await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_file_whose_trial_could_not_be_made_is_tried_again_without_being_touched() -> Result<()> {
    let place = tempfile::TempDir::new()?;
    let worker = place.path().join("connector-worker");
    let path = worker.to_str().context("no text")?;
    let (channels, _) =
        open(|options| options.variable("JACKFIELD__CONNECTORS__WORKER", path).connector(HOSTILE)).await?;
    becomes(&channels, HOSTILE, "code", "trial.not_made").await?;
    std::fs::copy(artifact("connector-worker")?, &worker)?;
    becomes(&channels, HOSTILE, "state", "loaded").await?;
    channels.receives_again("hostile", "ana").await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_file_that_changes_all_the_time_holds_up_no_other() -> Result<()> {
    let (channels, file) = open(Ok).await?;
    let busy = channels.host.folder().join("connectors/busy.log");
    let writing = tokio::spawn(async move {
        for number in 0_u32.. {
            std::fs::write(&busy, number.to_string())?;
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        anyhow::Ok(())
    });
    std::fs::copy(artifact(HOSTILE)?, &file)?;
    channels.receives_again("hostile", "ana").await?;
    assert!(!writing.is_finished());
    writing.abort();
    channels.host.stop().await
}

/// A library that is opened stays open, so the same bytes must not be opened again.
#[tokio::test]
async fn a_file_that_is_touched_is_not_opened_once_more() -> Result<()> {
    let (channels, file) = open(|options| options.isolation("in_process").connector(HOSTILE)).await?;
    channels.receives_again("hostile", "ana").await?;
    let host = channels.host.id().context("the host died")?;
    let images = || -> Result<usize> {
        let entries = std::fs::read_dir(format!("/proc/{host}/fd"))?.flatten();
        let is_image = |link: &Path| link.to_string_lossy().contains("memfd:connector");
        Ok(entries
            .filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .filter(|link| is_image(link))
            .count())
    };
    let before = images()?;
    let changes = || channels.host.log().map(|log| log.matches("Connector folder has changed").count());
    for mode in [0o600, 0o644, 0o640] {
        let noticed = changes()? + 1;
        permit(&file, mode)?;
        let look = || async { Ok((changes()? == noticed).then_some(())) };
        eventually("the host looks again", look).await?;
        becomes(&channels, HOSTILE, "state", "loaded").await?;
    }
    assert_eq!(images()?, before);
    assert_eq!(channels.metric("jackfield_instance_starts_total", "hostile").await?, 1);
    channels.host.stop().await
}

#[tokio::test]
async fn a_file_that_is_replaced_while_the_host_starts_is_noticed() -> Result<()> {
    let options = Channels::options("process", Limits::SHORT, &[])?;
    let folder = options.connectors();
    Shim::new("hang").build(&folder.join("slow.so")).await?;
    let starting = tokio::spawn(options.start());
    // The trial of the slow file holds the start up.
    let replaced = folder.join("libecho_connector.so");
    let bytes = [std::fs::read(artifact("libecho_connector.so")?)?, b"another end".to_vec()].concat();
    let log = folder.with_file_name("host.log");
    let is_read = || async {
        Ok(std::fs::read_to_string(&log).unwrap_or_default().contains("Connector loaded").then_some(()))
    };
    eventually("the good file is read", is_read).await?;
    assert!(!folder.join(".quarantine").exists(), "the trial is over");
    std::fs::write(folder.join("beside"), &bytes)?;
    std::fs::rename(folder.join("beside"), &replaced)?;
    let channels = Channels { host: starting.await?? };
    let sha256 = connector_loader::inspect(&replaced)?.sha256;
    becomes(&channels, "libecho_connector.so", "sha256", &sha256).await?;
    channels.host.stop().await
}

#[tokio::test]
async fn a_signature_that_comes_first_is_one_once_its_library_is_there() -> Result<()> {
    let (channels, file) = open(Ok).await?;
    let signature = format!("{HOSTILE}.minisig");
    Signer::new(7)?.sign_beside(&file, &std::fs::read(artifact(HOSTILE)?)?)?;
    becomes(&channels, &signature, "state", "refused").await?;
    std::fs::copy(artifact(HOSTILE)?, &file)?;
    becomes(&channels, &signature, "state", "signature").await?;
    std::fs::remove_file(&file)?;
    becomes(&channels, &signature, "state", "refused").await?;
    channels.host.stop().await
}
