//! Commands that cannot be carried out: exit code 1 where something is wrong, 2 where the command is.

use std::process::Stdio;

use anyhow::Result;
use end_to_end::HostOptions;

#[tokio::test]
async fn a_command_that_fails_names_what_is_wrong() -> Result<()> {
    let options = HostOptions::new()?;
    std::fs::write(options.connectors().join("notes.so"), "not a library")?;
    let nobody = "00000000-0000-7000-8000-000000000000";
    let table: [(&[&str], i32, &[&str]); 14] = [
        (&["serve", "--config", "nowhere.toml"], 1, &["nowhere.toml", "--config"]),
        (&["keys", "list", "--config", "nowhere.toml"], 1, &["nowhere.toml"]),
        (&["keys", "revoke", nobody], 1, &[nobody, "keys list"]),
        (&["keys", "revoke", "mine"], 2, &["mine", "--help"]),
        (&["keys", "create", "--name", "x", "--role", "king"], 2, &["king", "agent"]),
        (&["keys", "create"], 2, &["--name"]),
        (&["connectors", "inspect", "nowhere.so"], 1, &["nowhere.so", "file.missing"]),
        (&["connectors", "inspect", "connectors/notes.so"], 1, &["notes.so", "object.not_a_library"]),
        (&["connectors", "inspect", "connectors"], 1, &["connectors", "file.not_a_file"]),
        (&["connectors", "list", "--dir", "nowhere"], 1, &["nowhere"]),
        (&["connectors", "inspect"], 2, &["<FILE>"]),
        (&["serve", "--log-format", "xml"], 2, &["xml", "json"]),
        (&["sing"], 2, &["sing"]),
        (&["serve", "--port", "80"], 2, &["--port"]),
    ];
    for (arguments, code, told) in table {
        let ended = options.command(arguments)?.output().await?;
        let says = String::from_utf8(ended.stderr)?;
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {says}");
        assert!(ended.stdout.is_empty(), "{arguments:?}: errors go to standard error");
        for word in told {
            assert!(says.contains(word), "{arguments:?}: no {word:?} in {says}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_with_a_file_that_is_no_connector_is_listed_with_exit_code_1() -> Result<()> {
    let options = HostOptions::new()?.connector("libecho_connector.so")?;
    let listed = options.command(&["connectors", "list"])?.output().await?;
    assert_eq!(listed.status.code(), Some(0));
    std::fs::write(options.connectors().join("notes.so"), "not a library")?;
    let listed = options.command(&["connectors", "list"])?.output().await?;
    assert_eq!(listed.status.code(), Some(1));
    let says = String::from_utf8(listed.stdout)?;
    let (good, bad) = says.split_once('\n').unwrap_or_default();
    assert!(good.starts_with("ok ") && good.contains("libecho_connector.so"), "{says}");
    assert!(bad.starts_with("refused ") && bad.contains("notes.so"), "{says}");
    Ok(())
}

#[tokio::test]
async fn an_output_that_takes_nothing_is_an_error_and_no_panic() -> Result<()> {
    let options = HostOptions::new()?.connector("libecho_connector.so")?;
    let table: [&[&str]; 3] = [
        &["connectors", "list"],
        &["connectors", "inspect", "connectors/libecho_connector.so"],
        &["new-connector", "parrot"],
    ];
    for arguments in table {
        let full = std::fs::File::options().write(true).open("/dev/full")?;
        let ended = options
            .command(arguments)?
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn()?
            .wait_with_output()
            .await?;
        let says = String::from_utf8(ended.stderr)?;
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}: {says}");
        assert!(says.contains("standard output") && !says.contains("panicked"), "{arguments:?}: {says}");
    }
    Ok(())
}
