//! Configurations that the host cannot start with: it says what, where, and how to mend it.

use std::time::Duration;

use anyhow::{Context, Result};
use end_to_end::HostOptions;
use tokio::{net::TcpListener, time::timeout};

const KEY: &str = "[encryption]\nkey = { env = \"DEMO_ENCRYPTION_KEY\" }\n";

/// Starts the host with this configuration; its exit code and what it says.
async fn serve(toml: &str, listen: &str) -> Result<(Option<i32>, String)> {
    let options = HostOptions::new()?.listen(listen);
    let file = options.connectors().join("../other.toml");
    std::fs::write(&file, toml)?;
    let mut command = options.command(&["serve", "--config", "other.toml"])?;
    let ended = timeout(Duration::from_secs(20), command.kill_on_drop(true).output()).await;
    let ended = ended.context("it runs with such a configuration")??;
    Ok((ended.status.code(), String::from_utf8(ended.stderr)?))
}

#[tokio::test]
async fn a_wrong_configuration_is_one_error_that_names_the_key() -> Result<()> {
    let instance = |lines: &str| format!("{KEY}[instances.shop]\n{lines}");
    let table = [
        ("nothing in it", String::new(), vec!["encryption.key", "missing", "openssl rand"]),
        (
            "no connector",
            instance("redirect_uri = \"http://localhost/\""),
            vec!["instances.shop.connector", "missing"],
        ),
        (
            "an unknown key",
            format!("{KEY}[server]\nlisten_on = \"x\""),
            vec!["server.listen_on", "unknown key", "listen"],
        ),
        ("an unknown table", format!("{KEY}[servers]\n"), vec!["servers", "did you mean `server`"]),
        (
            "a literal secret",
            instance("connector = \"x\"\n[instances.shop.secrets]\napp_secret = \"hunter2\""),
            vec!["instances.shop.secrets.app_secret", "{ env = \"NAME\" }"],
        ),
        (
            "a literal key",
            "[encryption]\nkey = \"hunter2\"".to_owned(),
            vec!["encryption.key", "{ env = \"NAME\" }"],
        ),
        (
            "an unset variable",
            "[encryption]\nkey = { env = \"UNSET_VARIABLE\" }".to_owned(),
            vec!["encryption.key", "UNSET_VARIABLE", "not set"],
        ),
        (
            "a secret in no file",
            "[encryption]\nkey = { file = \"nowhere.key\" }".to_owned(),
            vec!["encryption.key", "nowhere.key", "cannot be read"],
        ),
        ("no TOML", format!("{KEY}[server\n"), vec!["other.toml:3:", "not valid TOML"]),
        ("a wrong type", format!("{KEY}[limits]\nbody_bytes = \"many\""), vec!["limits.body_bytes"]),
        ("out of range", format!("{KEY}[limits]\nbody_bytes = 0"), vec!["limits.body_bytes", "out of range"]),
        (
            "a name that is none",
            format!("{KEY}[instances.\"My Shop\"]\nconnector = \"x\""),
            vec!["My Shop", "a-z"],
        ),
    ];
    for (name, toml, told) in table {
        let (code, says) = serve(&toml, "127.0.0.1:0").await.with_context(|| name.to_owned())?;
        assert_eq!(code, Some(1), "{name}: {says}");
        assert_eq!(says.lines().count(), 1, "{name}: one error: {says}");
        for word in told {
            assert!(says.contains(word), "{name}: no {word:?} in {says}");
        }
        assert!(!says.contains("hunter2"), "{name}: the secret is told: {says}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_address_is_one_error_that_names_the_setting() -> Result<()> {
    let holder = TcpListener::bind("127.0.0.1:0").await?;
    let taken = holder.local_addr()?.to_string();
    let (code, says) = serve(KEY, &taken).await?;
    assert_eq!(code, Some(1), "{says}");
    let last = says.lines().last().unwrap_or_default();
    assert!(last.contains(&taken) && last.contains("server.listen") && last.contains("in use"), "{says}");

    let (code, says) = serve(KEY, "localhost").await?;
    assert_eq!(code, Some(1), "{says}");
    assert!(says.contains("JACKFIELD__SERVER__LISTEN") && says.contains("127.0.0.1:8080"), "{says}");
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_none_is_one_error() -> Result<()> {
    let broken = |path: &str| format!("{KEY}[store]\npath = \"{path}\"\n");
    for path in ["nowhere/inbox.db", "connectors", "other.toml"] {
        let (code, says) = serve(&broken(path), "127.0.0.1:0").await?;
        assert_eq!(code, Some(1), "{path}: {says}");
        let last = says.lines().last().unwrap_or_default();
        assert!(last.starts_with("jackfield: ") && last.contains("store"), "{path}: {says}");
    }
    Ok(())
}

#[tokio::test]
async fn an_instance_gets_from_the_environment_what_its_connector_declares_and_no_secret_in_clear()
-> Result<()> {
    let host = HostOptions::new()?
        .quiet()
        .connector("libtiktok_connector.so")?
        .configure("[instances.given]\nconnector = \"tiktok\"\n[instances.given.secrets]\n")
        .configure("app_secret = { env = \"APP_SECRET\" }\n")
        .configure("[instances.late]\nconnector = \"tiktok\"\n[instances.late.settings]\napp_id = \"7\"\n")
        .configure("[instances.late.secrets]\napp_secret = { env = \"APP_SECRET\" }\n")
        .configure("[instances.clear]\nconnector = \"tiktok\"\n[instances.clear.settings]\n")
        .configure("app_id = \"7\"\napp_secret = \"hunter2hunter2\"\n")
        .variable("APP_SECRET", "correct horse")
        .variable("JACKFIELD__INSTANCES__GIVEN__SETTINGS__APP_ID", "7000000000000000001")
        .variable("JACKFIELD__INSTANCES__GIVEN__SETTINGS__REQUEST_TIMEOUT_SECONDS", "5")
        .variable("JACKFIELD__INSTANCES__GIVEN__SETTINGS__SCOPES", "user.info.basic, message.list.read")
        .variable("JACKFIELD__INSTANCES__LATE__SETTINGS__REQUEST_TIMEOUT_SECONDS", "soon")
        .start()
        .await?;
    let instances = host.api().items("/v1/instances").await?;
    let error = |name: &str| {
        let found = instances.iter().find(|instance| instance["name"] == name);
        let said = found.map(|instance| instance["error"].as_str().unwrap_or("it runs"));
        said.with_context(|| format!("no instance {name}: {instances:?}"))
    };
    assert_eq!(error("given")?, "it runs");
    assert_eq!(error("late")?, "settings.request_timeout_seconds must be of the type integer.");
    assert_eq!(
        error("clear")?,
        "settings.app_secret is a secret, and whoever reads the configuration would have it: write it under secrets, \
         as app_secret = { env = \"NAME\" } or { file = \"PATH\" }."
    );
    let log = host.log()?;
    assert!(!log.contains("hunter2"), "{log}");
    host.stop().await
}
