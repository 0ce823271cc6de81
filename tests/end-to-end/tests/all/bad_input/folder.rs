//! A connector folder with anything in it, or none.

use std::path::Path;

use anyhow::{Context, Result};
use end_to_end::{HostOptions, HostProcess, artifact};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    loading::of_the_system,
    support::{Asked, ask},
};

const ECHO: &str = "
[instances.echo]
connector = \"echo\"
[instances.echo.settings]
account = \"my-shop\"
";

async fn receives(host: &HostProcess) -> Result<u16> {
    let body = json!({"from": "ana", "id": "1", "text": "hello out there"});
    Ok(ask(host.api().request(Method::POST, "/webhooks/echo").json(&body)).await?.status)
}

/// The row of the file of that name.
fn row<'a>(rows: &'a [Value], file: &str) -> Result<&'a Value> {
    let of_file = |row: &&Value| row["file"].as_str().is_some_and(|path| Path::new(path).ends_with(file));
    rows.iter().find(of_file).with_context(|| format!("no row for {file}: {rows:?}"))
}

#[tokio::test]
async fn every_file_gets_a_row_and_the_good_ones_work() -> Result<()> {
    let options = HostOptions::new()?.quiet().configure(ECHO).connector("libecho_connector.so")?;
    let folder = options.connectors();
    let whole = std::fs::read(artifact("libtiktok_connector.so")?)?;
    std::fs::write(folder.join("notes.so"), "not a library")?;
    std::fs::write(folder.join("README.md"), "Put connectors here.")?;
    std::fs::write(folder.join("libtiktok_connector.so"), &whole[..whole.len() / 2])?;
    std::fs::copy(of_the_system()?, folder.join("libother.so"))?;
    std::fs::create_dir(folder.join("old"))?;
    std::os::unix::fs::symlink("/nowhere", folder.join("dangling.so"))?;
    let host = options.start().await?;

    let table = [
        ("notes.so", "object_file", "object.not_a_library"),
        ("README.md", "object_file", "object.not_a_library"),
        ("libtiktok_connector.so", "object_file", "object.incomplete"),
        ("libother.so", "manifest", "manifest.missing"),
        ("old", "found", "file.not_a_file"),
        ("dangling.so", "found", "file.missing"),
    ];
    let rows = host.api().items("/v1/connectors").await?;
    assert_eq!(rows.len(), table.len() + 1);
    for (file, step, code) in table {
        let row = row(&rows, file)?;
        assert_eq!(
            (&row["state"], &row["step"], &row["code"]),
            (&json!("refused"), &json!(step), &json!(code))
        );
        for told in ["expected", "found", "fix"] {
            assert!(row[told].as_str().is_some_and(|text| !text.is_empty()), "{told}: {row}");
        }
    }
    let good = row(&rows, "libecho_connector.so")?;
    assert_eq!((&good["state"], &good["connector"]), (&json!("loaded"), &json!("echo")));
    assert_eq!(receives(&host).await?, 200);
    Asked::is_alive(&host).await?;

    let listed = host.command(&["connectors", "list", "--json"])?.output().await?;
    assert_eq!(listed.status.code(), Some(1), "something in the folder is no connector");
    let listed: Value = serde_json::from_slice(&listed.stdout)?;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(rows.len()));
    host.stop().await
}

#[tokio::test]
async fn a_folder_that_cannot_be_read_costs_the_connectors_and_not_the_host() -> Result<()> {
    for (name, spoil) in [("absent", absent as fn(&Path) -> Result<()>), ("a file", a_file)] {
        let options = HostOptions::new()?.quiet().configure(ECHO);
        spoil(&options.connectors())?;
        let host = options.start().await?;
        let rows = host.api().items("/v1/connectors").await?;
        let [row] = rows.as_slice() else { anyhow::bail!("{name}: not one row: {rows:?}") };
        assert_eq!(
            (&row["state"], &row["code"]),
            (&json!("unreadable"), &json!("folder.unreadable")),
            "{name}"
        );
        assert!(row["fix"].as_str().is_some_and(|fix| fix.contains("connectors.dir")), "{name}: {row}");
        let instances = host.api().items("/v1/instances").await?;
        assert_eq!(
            (&instances[0]["state"], &instances[0]["code"]),
            (&json!("failed"), &json!("connector.unavailable"))
        );
        assert!(instances[0]["error"].as_str().is_some_and(|error| error.contains("folder")), "{name}");
        assert_eq!(receives(&host).await?, 503, "{name}");
        Asked::is_alive(&host).await?;
        host.stop().await?;
    }
    Ok(())
}

fn absent(folder: &Path) -> Result<()> {
    Ok(std::fs::remove_dir(folder)?)
}

fn a_file(folder: &Path) -> Result<()> {
    absent(folder)?;
    Ok(std::fs::write(folder, "not a folder")?)
}

#[tokio::test]
async fn of_two_files_with_one_connector_none_is_guessed_at() -> Result<()> {
    let options = HostOptions::new()?.quiet().configure(ECHO).connector("libecho_connector.so")?;
    std::fs::copy(artifact("libecho_connector.so")?, options.connectors().join("copy.so"))?;
    let host = options.start().await?;
    let rows = host.api().items("/v1/connectors").await?;
    for row in &rows {
        assert_eq!((&row["state"], &row["code"]), (&json!("ambiguous"), &json!("connector.ambiguous")));
        assert_eq!(row["others"].as_array().map(Vec::len), Some(1));
    }
    assert_eq!((rows.len(), receives(&host).await?), (2, 503));
    host.stop().await
}

#[tokio::test]
async fn settings_that_a_connector_refuses_cost_only_their_instance() -> Result<()> {
    let wrong = "[instances.wrong]\nconnector = \"echo\"\n[instances.wrong.settings]\naccount = 7\n";
    let options = HostOptions::new()?.quiet().configure(ECHO).configure(wrong);
    let host = options.connector("libecho_connector.so")?.start().await?;
    let instances = host.api().items("/v1/instances").await?;
    assert_eq!((&instances[0]["name"], &instances[0]["state"]), (&json!("echo"), &json!("running")));
    let refused = &instances[1];
    assert_eq!(
        (&refused["state"], &refused["code"]),
        (&json!("failed"), &json!("connector.settings_invalid"))
    );
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("account")), "{refused}");
    assert_eq!(receives(&host).await?, 200);
    host.stop().await
}

#[tokio::test]
async fn settings_are_held_against_the_document_and_every_problem_is_named_without_a_value() -> Result<()> {
    let wrong = "
[instances.wrong]
connector = \"tiktok\"
[instances.wrong.settings]
app_id = 70008888
colour = \"turquoise\"
stale_signatures = \"perhaps\"
";
    let options = HostOptions::new()?.quiet().configure(ECHO).configure(wrong);
    let options = options.connector("libecho_connector.so")?.connector("libtiktok_connector.so")?;
    let host = options.start().await?;
    let instances = host.api().items("/v1/instances").await?;
    let refused = &instances[1];
    assert_eq!(
        (&refused["name"], &refused["state"], &refused["code"]),
        (&json!("wrong"), &json!("failed"), &json!("connector.settings_invalid"))
    );
    let error = refused["error"].as_str().context("no error")?;
    for problem in [
        "secrets.app_secret is missing",
        "settings.app_id must be of the type string",
        "settings.colour is not a setting of this connector",
        "settings.stale_signatures must be one of",
    ] {
        assert!(error.contains(problem), "{problem}: {error}");
    }
    for value in ["70008888", "turquoise", "perhaps"] {
        assert!(!error.contains(value) && !host.log()?.contains(value), "{value} is shown: {error}");
    }
    assert_eq!(receives(&host).await?, 200, "the other instance works");
    host.stop().await
}
