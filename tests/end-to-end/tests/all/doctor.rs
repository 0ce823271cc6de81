//! `jackfield doctor`: a well host has nothing bad, and each ailment is named with its remedy.

use std::fs;

use anyhow::{Context, Result, ensure};
use end_to_end::{HostOptions, SimulatorProcess};
use serde_json::{Value, json};
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

const LIVE: &[&str] = &["doctor", "--live", "--json"];

/// The health and the text of each finding about `subject` that says `part`.
fn said<'a>(findings: &'a [Value], subject: &str, part: &str) -> Vec<(&'a str, &'a str)> {
    let texts =
        findings.iter().filter(|finding| finding["subject"].as_str().is_some_and(|s| s.starts_with(subject)));
    let texts = texts.filter_map(|finding| Some((finding["health"].as_str()?, finding["text"].as_str()?)));
    texts.filter(|(_, text)| text.contains(part)).collect()
}

/// What is found, each as subject, a part of the text, and health.
fn holds(findings: &[Value], table: &[(&str, &str, &str)]) -> Result<()> {
    for (subject, part, health) in table {
        let said = said(findings, subject, part);
        ensure!(
            matches!(said.as_slice(), [(found, _)] if found == health),
            "{subject}, {part}, {health}: {said:?} in {findings:#?}"
        );
    }
    for finding in findings {
        ensure!(finding["health"] == "good" || finding["fix"].is_string(), "no fix: {finding:#}");
    }
    Ok(())
}

#[tokio::test]
async fn platforms_are_asked_through_the_running_host_and_nothing_is_changed() -> Result<()> {
    let shop = Shop::open().await?;
    let (code, findings) = examined(shop.host.command(LIVE)?).await?;
    ensure!(code == 0, "{findings:#?}");
    holds(
        &findings,
        &[
            ("instance shop", "delivers webhooks to", "good"),
            ("instance shop", "which rate", "unknown"),
            ("instance shop", "\"everyone\"", "unknown"),
            ("account", "is granted", "good"),
            ("account", "knows it as simshop", "good"),
            ("account", "region.media: told of single conversations", "unknown"),
        ],
    )?;
    shop.asked_by("ana").await?;
    let before = shop.simulator.state().await?;
    let (code, findings) = examined(shop.host.command(LIVE)?).await?;
    ensure!(code == 0, "{findings:#?}");
    holds(&findings, &[("account", "region.media: allowed in the newest conversation", "good")])?;
    let after = shop.simulator.state().await?;
    for unchanged in ["callbacks", "conversations", "sends", "sender_actions", "accounts"] {
        assert_eq!(before[unchanged], after[unchanged], "{unchanged}");
    }
    assert_eq!(shop.renewals()?, 0);
    shop.close().await
}

#[tokio::test]
async fn what_a_platform_says_otherwise_than_it_should_is_found_with_its_remedy() -> Result<()> {
    let simulator = SimulatorProcess::start().await?;
    let withheld = json!({"withheld_scopes": ["message.list.manage"]});
    simulator.control("settings", &withheld).await?;
    simulator.control("customer/profile", &json!({"customer": "ana", "country": "US"})).await?;
    let shop = Shop::open_with(simulator, Ok).await?;
    shop.asked_by("ana").await?;
    let elsewhere = format!("{}?token=hush", shop.host.webhook_url("other"));
    shop.simulator.control("webhook", &json!({"url": elsewhere})).await?;
    let (code, findings) = examined(shop.host.command(LIVE)?).await?;
    assert_eq!(code, 1, "{findings:#?}");
    holds(
        &findings,
        &[
            ("instance shop", "/webhooks/other, and not to", "bad"),
            ("account", "message.list.manage is not granted: ", "warning"),
            ("account", "region.media: not allowed in the newest conversation", "warning"),
        ],
    )?;
    ensure!(!format!("{findings:?}").contains("hush"), "what stands behind an address is nobody's business");

    for (path, kind, code) in [
        ("/business/webhook/list/", "Where webhooks go", 40118),
        ("/tt_user/token_info/get/", "What was granted", 40105),
        ("/business/get/", "How it presents itself", 40100),
        ("/business/message/capabilities/get/", "region.media", 50000),
    ] {
        let fault = json!({"kind": "code", "code": code, "message": "simulated", "path": path});
        shop.simulator.control("faults", &fault).await?;
        let (_, findings) = examined(shop.host.command(LIVE)?).await?;
        let health = if code == 40100 || code == 50000 { "warning" } else { "bad" };
        let told = said(&findings, "", &format!("{kind}: "));
        let told: Vec<_> = told.iter().filter(|(_, text)| text.contains(&code.to_string())).collect();
        ensure!(matches!(told.as_slice(), [(found, _)] if *found == health), "{path}: {findings:#?}");
    }
    shop.close().await
}

#[tokio::test]
async fn without_a_running_host_platforms_are_asked_all_the_same() -> Result<()> {
    let mut shop = Shop::open().await?;
    shop.asked_by("ana").await?;
    shop.host.kill().await?;
    let (code, findings) = examined(shop.host.command(LIVE)?).await?;
    ensure!(code == 0, "{findings:#?}");
    holds(
        &findings,
        &[
            ("instance shop", "delivers webhooks to", "good"),
            ("account", "is granted", "good"),
            ("account", "region.media: allowed in the newest conversation", "good"),
        ],
    )?;
    shop.host.restart().await?;
    assert_eq!(shop.renewals()?, 0);
    shop.close().await
}

#[tokio::test]
async fn a_host_that_runs_but_is_not_reached_is_no_reason_to_ask_beside_it() -> Result<()> {
    let shop = Shop::open().await?;
    let mut command = shop.host.command(LIVE)?;
    command.env("JACKFIELD__SERVER__LISTEN", "127.0.0.1:1");
    let (code, findings) = examined(command).await?;
    assert_eq!(code, 1);
    holds(&findings, &[("platforms", "no host answers at 127.0.0.1:1", "bad")])?;
    shop.close().await
}
