//! `jackfield doctor`: a well host has nothing bad, and each ailment is named with its remedy.

use std::{fs, os::unix::fs::PermissionsExt};

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
        ("instance gone", "bad", "the connector \"pigeon\"; there are: echo."),
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
    let text = of(&findings, "connector libecho_connector.so")?["text"].as_str().context("no text")?;
    ensure!(text.starts_with("echo "), "its state and path are told twice: {text}");
    Ok(())
}

#[tokio::test]
async fn a_secret_file_that_others_can_read_is_told_with_its_remedy() -> Result<()> {
    let options = HostOptions::new()?.configure(
        "[instances.shop]\nconnector = \"tiktok\"\n[instances.shop.secrets]\napp_secret = { file = \"app.txt\" }\n",
    );
    let file = options.connectors().join("../app.txt");
    fs::write(&file, "secret")?;
    for (mode, is_told) in [(0o644, true), (0o602, true), (0o640, false), (0o600, false)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        let (_, findings) = examined(options.command(DOCTOR)?).await?;
        let told = said(&findings, "secrets", "app.txt");
        ensure!(told.iter().any(|(health, _)| *health == "warning") == is_told, "{mode:o}: {findings:#?}");
        if is_told {
            let fix = of(&findings, "secrets")?["fix"].as_str().context("no fix")?;
            ensure!(fix.contains("chmod 600 ") && fix.contains("app.txt"), "{fix}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_none_is_not_called_missing_as_well() -> Result<()> {
    let options = HostOptions::new()?.configure("[server]\npublic_url = \"inbox\"\n");
    let (code, findings) = examined(options.command(DOCTOR)?).await?;
    assert_eq!(code, 1);
    holds(&findings, &[("configuration", "server.public_url: \"inbox\" is not a URL", "bad")])?;
    ensure!(said(&findings, "server.public_url", "").is_empty(), "{findings:#?}");
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
        [said("bad", "settings.app_secret is a secret, and whoever reads the configuration would have it."),]
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
        let health = if code == 40100 { "warning" } else { "bad" };
        let told = said(&findings, "", &format!("{kind}: "));
        let told: Vec<_> = told.iter().filter(|(_, text)| text.contains(&code.to_string())).collect();
        ensure!(matches!(told.as_slice(), [(found, _)] if *found == health), "{path}: {findings:#?}");
    }
    shop.close().await
}

#[tokio::test]
async fn a_platform_that_does_not_answer_is_bad() -> Result<()> {
    let shop = Shop::open().await?;
    let fault = json!({"kind": "drop-before-accept", "path": "/business/get/", "times": 5});
    shop.simulator.control("faults", &fault).await?;
    let (code, findings) = examined(shop.host.command(LIVE)?).await?;
    assert_eq!(code, 1, "{findings:#?}");
    holds(&findings, &[("account", "The platform does not answer. How it presents itself: ", "bad")])?;
    shop.close().await
}

#[tokio::test]
async fn where_no_account_is_connected_it_is_said_that_there_was_nothing_to_ask() -> Result<()> {
    let options = HostOptions::new()?
        .quiet()
        .connector("libecho_connector.so")?
        .configure("[instances.echo]\nconnector = \"echo\"\nsettings = { account = \"me\" }\n");
    let nothing = [("platforms", "Nothing to ask: no account is connected.", "unknown")];
    // Quiet is what the host logs; what the command says is looked at.
    let (code, findings) = examined(options.command(LIVE)?).await?;
    assert_eq!(code, 0, "{findings:#?}");
    holds(&findings, &nothing)?;
    let host = options.start().await?;
    let (code, findings) = examined(host.command(LIVE)?).await?;
    assert_eq!(code, 0, "{findings:#?}");
    holds(&findings, &nothing)?;
    host.stop().await
}

#[tokio::test]
async fn what_the_running_host_was_started_with_is_held_against_the_file() -> Result<()> {
    let shop = Shop::open().await?;
    let (_, findings) = examined(shop.host.command(LIVE)?).await?;
    ensure!(said(&findings, "instance", "running host").is_empty(), "{findings:#?}");
    let mut changed = shop.host.command(LIVE)?;
    changed.env("JACKFIELD__INSTANCES__SHOP__SETTINGS__SIGNATURE_TOLERANCE_SECONDS", "600");
    changed.env("JACKFIELD__INSTANCES__NEW__CONNECTOR", "tiktok");
    let (_, findings) = examined(changed).await?;
    holds(
        &findings,
        &[
            ("instance shop", "The file says something else of it than the running host", "warning"),
            ("instance new", "The file has it, and the running host does not.", "warning"),
        ],
    )?;
    shop.close().await
}

#[tokio::test]
async fn every_problem_of_the_configuration_is_told_at_once_and_the_rest_is_looked_at() -> Result<()> {
    let options = HostOptions::new()?
        .connector("libtiktok_connector.so")?
        .configure("[server]\nlisten_on = 1\npublic_url = 7\n[limits]\nbody_bytes = 0\n")
        .configure("[instances.shop]\nconnector = \"tiktok\"\n[instances.shop.settings]\napp_id = 7\n")
        .configure("[instances.shop.secrets]\napp_secret = { env = \"UNSET\" }\nnonsense = \"hunter2\"\n")
        .configure("[instances.none]\n")
        .variable("JACKFIELD__LIMITS__CONCURRENT_SENDS", "many");
    let mut command = options.command(LIVE)?;
    command.env_remove("DEMO_ENCRYPTION_KEY");
    let (code, findings) = examined(command).await?;
    assert_eq!(code, 1);
    holds(
        &findings,
        &[
            ("configuration", "CONCURRENT_SENDS: limits.concurrent_sends", "bad"),
            ("configuration", "encryption.key: the environment variable", "bad"),
            ("configuration", "server.listen_on: unknown key", "bad"),
            ("configuration", "server.public_url: ", "bad"),
            ("configuration", "limits.body_bytes: 0 is out of range", "bad"),
            ("configuration", "instances.shop.secrets.app_secret: the environment variable UNSET", "bad"),
            ("configuration", "instances.shop.secrets.nonsense: a secret must not be written here", "bad"),
            ("configuration", "instances.none.connector: missing", "bad"),
            ("store", "does not exist yet", "good"),
            ("connector libtiktok_connector.so", "tiktok", "good"),
            ("instance shop", "settings.app_id must be of the type string", "bad"),
            ("platforms", "not asked", "bad"),
        ],
    )?;
    assert_eq!(said(&findings, "instance shop", "").len(), 1, "something is told twice: {findings:#?}");
    assert_eq!(said(&findings, "configuration", "").len(), 8, "{findings:#?}");
    ensure!(!format!("{findings:?}").contains("hunter2"), "a secret is shown");
    Ok(())
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_one_finding_with_its_own_remedy() -> Result<()> {
    let options = HostOptions::new()?;
    let folder = options.connectors().join("..");
    fs::write(folder.join("latin.toml"), b"# caf\xe9\n")?;
    fs::write(folder.join("open.toml"), "[server\n")?;
    for (file, text, fix) in [
        ("latin.toml", "latin.toml: cannot be read: it is not UTF-8.", "Save it as UTF-8."),
        (
            "none/x.toml",
            "none/x.toml: cannot be read: No such file",
            "Create it, or name another one with --config.",
        ),
        ("open.toml", "open.toml:1:8: not valid TOML", "Mend that line."),
    ] {
        let (code, findings) = examined(options.command(&["doctor", "--json", "--config", file])?).await?;
        let [finding] = findings.as_slice() else { anyhow::bail!("not one finding: {findings:#?}") };
        assert_eq!((code, &finding["subject"], &finding["fix"]), (1, &json!("configuration"), &json!(fix)));
        let said = finding["text"].as_str().context("no text")?;
        ensure!(said.starts_with(text), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_damaged_database_and_a_missing_folder_say_how_to_mend_them() -> Result<()> {
    let options = HostOptions::new()?;
    for made in [&["keys", "create", "--name", "any"], &["backup", "whole.db", "--config", "jackfield.toml"]]
    {
        let made = options.command(made)?.output().await?;
        ensure!(made.status.success(), "{made:?}");
    }
    let whole = options.connectors().join("../whole.db");
    let mut bytes = fs::read(&whole)?;
    let damaged = bytes.get_mut(8_192..32_768).context("the database is too small to be damaged")?;
    damaged.fill(0x5a);
    fs::write(whole, bytes)?;
    let mut command = options.command(DOCTOR)?;
    command.env("JACKFIELD__STORE__PATH", "whole.db");
    command.env("JACKFIELD__CONNECTORS__DIR", "nowhere");
    let (code, findings) = examined(command).await?;
    assert_eq!(code, 1);
    let store = of(&findings, "store")?;
    ensure!(store["health"] == "bad", "{store:#}");
    ensure!(store["fix"].as_str().is_some_and(|fix| fix.contains("jackfield restore FILE")), "{store:#}");
    let folder = of(&findings, "connectors.dir")?;
    ensure!(
        folder["text"].as_str().is_some_and(|text| text.contains("nowhere cannot be read")),
        "{folder:#}"
    );
    ensure!(folder["fix"].as_str().is_some_and(|fix| fix.starts_with("Make the folder")), "{folder:#}");
    Ok(())
}

#[tokio::test]
async fn what_is_no_file_is_neither_waited_for_nor_read_without_end() -> Result<()> {
    let options = HostOptions::new()?;
    let folder = options.connectors().join("..");
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("pipe"), rustix::fs::Mode::RUSR)?;
    std::os::unix::fs::symlink("loop", folder.join("loop"))?;
    for (path, why) in [("pipe", "no regular file"), ("loop", "symbolic links"), (".", "no regular file")] {
        let mut command = options.command(DOCTOR)?;
        command.env("JACKFIELD__STORE__PATH", path);
        let (code, findings) = examined(command).await?;
        let store = of(&findings, "store")?;
        ensure!(code == 1 && store["health"] == "bad", "{path}: {store:#}");
        ensure!(store["text"].as_str().is_some_and(|text| text.contains(why)), "{path}: {store:#}");
    }
    for file in ["pipe", "/dev/zero"] {
        let (code, findings) = examined(options.command(&["doctor", "--json", "--config", file])?).await?;
        let text = of(&findings, "configuration")?["text"].to_string();
        ensure!(code == 1 && text.contains("no regular file"), "{file}: {text}");
        let options = HostOptions::new()?.configure(&format!(
            "[instances.shop]\nconnector = \"echo\"\n[instances.shop.secrets]\ntoken = {{ file = \"{file}\" }}\n"
        ));
        rustix::fs::mkfifoat(rustix::fs::CWD, options.connectors().join("../pipe"), rustix::fs::Mode::RUSR)?;
        let (_, findings) = examined(options.command(DOCTOR)?).await?;
        let told = said(&findings, "configuration", "no regular file");
        ensure!(told.len() == 1, "{file}: {findings:#?}");
    }
    Ok(())
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
