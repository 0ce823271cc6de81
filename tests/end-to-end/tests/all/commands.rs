//! Commands that look at accounts, and those that change something through the running host.

use anyhow::{Context, Result, ensure};
use end_to_end::{HostOptions, http_client};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::{INSTANCE, Shop};

/// What a command has printed, and how it ended.
struct Ran {
    code: Option<i32>,
    out: String,
    errors: String,
}

async fn run(mut command: Command) -> Result<Ran> {
    let output = command.stderr(std::process::Stdio::piped()).output().await?;
    Ok(Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout)?,
        errors: String::from_utf8(output.stderr)?,
    })
}

impl Ran {
    fn good(self) -> Result<String> {
        ensure!(self.code == Some(0), "{:?}: {}", self.code, self.errors);
        Ok(self.out)
    }

    fn refused(self, with: &str) -> Result<()> {
        ensure!(self.code == Some(1), "{:?}: {}{}", self.code, self.out, self.errors);
        ensure!(self.errors.contains(with), "not {with:?}: {}", self.errors);
        Ok(())
    }
}

#[tokio::test]
async fn accounts_are_listed_connected_narrowed_and_removed_by_commands() -> Result<()> {
    let shop = Shop::open().await?;
    let command =
        async |arguments: &[&str]| run(shop.host.command(&[&["accounts"], arguments].concat())?).await;
    let of_api = shop.api().items("/v1/accounts").await?.remove(0);
    let id = of_api["id"].as_str().context("no id")?;
    let mut listed: Vec<Value> = serde_json::from_str(&command(&["list", "--json"]).await?.good()?)?;
    ensure!(listed.len() == 1 && listed[0]["type"] == "account", "{listed:?}");
    listed[0].as_object_mut().context("no object")?.remove("type");
    assert_eq!(listed[0], of_api, "not as the API shows it");
    let line = command(&["list"]).await?.good()?;
    ensure!(line.contains(id) && line.contains(INSTANCE) && line.contains("connected"), "{line}");
    assert_eq!(command(&["show", id]).await?.good()?, line);

    let layer = command(&["layer", id, "--set", "{\"region\": \"BR\"}"]).await?.good()?;
    assert_eq!(serde_json::from_str::<Value>(&layer)?["region"], "BR");
    assert_eq!(command(&["layer", id]).await?.good()?, layer);

    let page = command(&["connect", INSTANCE, "--json"]).await?.good()?;
    let page: Value = serde_json::from_str(&page)?;
    let consent = http_client().get(page["url"].as_str().context("no page")?).send().await?;
    ensure!(consent.status().is_success(), "{consent:?}");
    command(&["remove", id]).await?.good()?;
    ensure!(command(&["show", id]).await?.good()?.contains("removed"), "it is not removed");
    ensure!(command(&["list"]).await?.good()?.contains("accounts connect INSTANCE"), "no next step");
    let url = command(&["connect", "--again", id]).await?.good()?;
    ensure!(http_client().get(url.trim()).send().await?.status().is_success(), "not connected again");
    ensure!(command(&["list"]).await?.good()?.contains("connected"), "not connected again");

    let audit = shop.api().items("/v1/audit?limit=200").await?;
    let removed = audit.iter().find(|entry| entry["action"] == "DELETE /v1/accounts/{id}");
    assert_eq!(removed.context("no entry")?["actor"], "cli");
    let keys: Vec<Value> =
        serde_json::from_str(&run(shop.host.command(&["keys", "list", "--json"])?).await?.good()?)?;
    assert_eq!(keys.len(), 1, "keys of commands are left in force: {keys:?}");
    shop.close().await
}

#[tokio::test]
async fn a_command_that_cannot_be_done_says_why_and_what_to_do() -> Result<()> {
    let nobody = "00000000-0000-7000-8000-000000000000";
    let options = HostOptions::new()?.listen("127.0.0.1:1");
    let alone = async |arguments: &[&str]| run(options.command(arguments)?).await;
    alone(&["accounts", "list"]).await?.refused("there is no database")?;
    alone(&["accounts", "remove", nobody]).await?.refused("start `jackfield serve`")?;
    alone(&["replay", "--since", "2000-01-01T00:00:00Z"]).await?.refused("start `jackfield serve`")?;

    let shop = Shop::open().await?;
    let command = async |arguments: &[&str]| run(shop.host.command(arguments)?).await;
    command(&["accounts", "show", nobody]).await?.refused("jackfield accounts list")?;
    command(&["accounts", "remove", nobody]).await?.refused("request.not_found")?;
    command(&["accounts", "connect", "nowhere"]).await?.refused("it has: shop")?;
    command(&["accounts", "layer", nobody, "--set", "{"]).await?.refused("--set takes JSON")?;
    let mut other = shop.host.command(&["accounts", "remove", nobody])?;
    let folder = tempfile::tempdir()?;
    let another = folder.path().join("another.db");
    let to = another.to_str().context("a path that is no text")?;
    run(shop.host.command(&["backup", to])?).await?.good()?;
    other.env("JACKFIELD__STORE__PATH", &another);
    run(other).await?.refused("another database")?;
    shop.close().await
}

#[tokio::test]
async fn a_replay_by_command_says_what_became_of_all_that_is_kept() -> Result<()> {
    let shop = Shop::open().await?;
    shop.asked_by("ana").await?;
    let replay = ["replay", "--since", "2000-01-01T00:00:00Z"];
    let json = [&replay[..], &["--json"]].concat();
    let counts: Value = serde_json::from_str(&run(shop.host.command(&json)?).await?.good()?)?;
    assert_eq!(counts["payloads"], shop.payloads()?, "{counts}");
    assert_eq!(counts["failed"], json!(0), "{counts}");
    let words = run(shop.host.command(&replay)?).await?.good()?;
    ensure!(words.contains("events that were known already"), "{words}");
    let later = ["replay", "--since", "9999-01-01T00:00:00Z"];
    ensure!(run(shop.host.command(&later)?).await?.good()?.contains("Nothing is kept"), "something is");
    shop.close().await
}
