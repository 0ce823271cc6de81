//! `jackfield doctor`: a well host has nothing bad, and each ailment is named with its remedy.

use std::fs;

use anyhow::{Context, Result, ensure};
use end_to_end::HostOptions;
use serde_json::Value;
use tokio::process::Command;

use crate::support::Shop;

const DOCTOR: &[&str] = &["doctor", "--json"];

/// What the doctor says of a configuration: its exit code and its findings.
async fn examined(mut doctor: Command) -> Result<(i32, Vec<Value>)> {
    let output = doctor.output().await?;
    let said: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("{}", String::from_utf8_lossy(&output.stderr)))?;
    let findings = said["items"].as_array().context("no findings")?.clone();
    Ok((output.status.code().context("killed")?, findings))
}

fn of<'a>(findings: &'a [Value], subject: &str) -> Result<&'a Value> {
    let found =
        findings.iter().find(|finding| finding["subject"].as_str().is_some_and(|s| s.contains(subject)));
    found.with_context(|| format!("nothing about {subject}: {findings:#?}"))
}

#[tokio::test]
async fn a_host_that_works_has_nothing_bad_also_while_it_runs() -> Result<()> {
    let shop = Shop::open().await?;
    let (code, findings) = examined(shop.host.command(DOCTOR)?).await?;
    ensure!(code == 0, "{findings:#?}");
    for subject in ["store", "connector libtiktok_connector.so", "instance shop", "account"] {
        ensure!(of(&findings, subject)?["health"] == "good", "{findings:#?}");
    }
    shop.close().await
}

#[tokio::test]
async fn each_ailment_is_named_with_what_to_do_about_it() -> Result<()> {
    let options = HostOptions::new()?
        .connector("libecho_connector.so")?
        .configure("[instances.gone]\nconnector = \"pigeon\"\n[instances.mute]\nconnector = \"echo\"\n");
    fs::write(options.connectors().join("broken.so"), "no library")?;
    let folder = options.connectors();
    let folder = folder.parent().context("no folder")?;
    fs::write(folder.join("jackfield.db"), "no database".repeat(100))?;

    let (code, findings) = examined(options.command(DOCTOR)?).await?;
    assert_eq!(code, 1);
    for (subject, health, part) in [
        ("server.public_url", "warning", "not set"),
        ("store", "bad", "not a database"),
        ("connector broken.so", "bad", "object"),
        ("connector libecho_connector.so", "good", "echo"),
        ("instance gone", "bad", "pigeon"),
        ("instance mute", "bad", "settings"),
    ] {
        let finding = of(&findings, subject)?;
        ensure!(finding["health"] == health, "{finding:#}");
        ensure!(finding["text"].as_str().is_some_and(|text| text.contains(part)), "{finding:#}");
        ensure!(
            health == "good" || finding["fix"].as_str().is_some_and(|fix| !fix.is_empty()),
            "{finding:#}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn each_problem_of_the_settings_is_a_finding_and_so_is_a_secret_in_clear() -> Result<()> {
    let options = HostOptions::new()?
        .connector("libtiktok_connector.so")?
        .configure("[instances.wrong]\nconnector = \"tiktok\"\n[instances.wrong.settings]\n")
        .configure("app_id = 70008888\nscopes = [\"user.info.basic\", \"\"]\n")
        .configure("[instances.plain]\nconnector = \"tiktok\"\n[instances.plain.settings]\n")
        .configure("app_id = \"7\"\napp_secret = \"hunter2hunter2\"\n");
    let (code, findings) = examined(options.command(DOCTOR)?).await?;
    assert_eq!(code, 1);
    let about = |subject: &str| {
        let of_it = |finding: &&Value| finding["subject"] == subject;
        let said = |finding: &Value| {
            ensure!(finding["health"] == "good" || finding["fix"].is_string(), "no fix: {finding:#}");
            Ok((finding["health"].clone(), finding["text"].as_str().context("no text")?.to_owned()))
        };
        findings.iter().filter(of_it).map(said).collect::<Result<Vec<_>>>()
    };
    let said = |health: &str, text: &str| (Value::from(health), text.to_owned());
    assert_eq!(
        about("instance wrong")?,
        [
            said("bad", "secrets.app_secret is missing."),
            said("bad", "settings.app_id must be of the type string."),
            said("bad", "settings.scopes[1] is empty."),
        ]
    );
    assert_eq!(
        about("instance plain")?,
        [
            said("warning", "settings.app_secret is a secret, and whoever reads the configuration has it."),
            said("good", "The connector takes its settings."),
        ]
    );
    ensure!(!format!("{findings:?}").contains("hunter2"), "a secret is shown");
    Ok(())
}
