//! A host with two accounts, and a key of every role for each of them and for one only.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use end_to_end::{Api, HostOptions, SimulatorProcess};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{INSTANCE, Shop, ask};

pub(crate) const NOBODY: &str = "00000000-0000-7000-8000-000000000000";
const ECHO: &str = "
[instances.echo]
connector = \"echo\"
[instances.echo.settings]
account = \"elsewhere\"
";

pub(crate) struct Scenery {
    shop: Shop,
    /// What there is in the first account, by the names of the document's schemas.
    pub(crate) ids: BTreeMap<&'static str, String>,
    /// By role, and whether they are for the second account only.
    keys: BTreeMap<(&'static str, bool), String>,
}

impl Scenery {
    pub(crate) async fn open() -> Result<Self> {
        let with_echo = |options: HostOptions| options.configure(ECHO).connector("libecho_connector.so");
        let shop = Shop::open_with(SimulatorProcess::start().await?, with_echo).await?;
        let hello = json!({"from": "ben", "id": "1", "text": "hello out there"});
        shop.api().post("/webhooks/echo", &hello).await?.success()?;
        let conversation = shop.asked_by("ana").await?;
        let message = shop.messages(&conversation).await?[0]["id"].as_str().context("no id")?.to_owned();
        let contact = shop.conversation(&conversation).await?["contact"]["id"].clone();
        let contact = contact.as_str().context("no contact")?.to_owned();
        let accounts = shop.api().items("/v1/accounts").await?;
        let account = |instance: &str| {
            let account = accounts.iter().find(|account| account["instance"] == instance);
            Ok::<_, anyhow::Error>(account.context("no account")?["id"].as_str().context("no id")?.to_owned())
        };
        let upload = format!("/v1/accounts/{}/media", account(INSTANCE)?);
        let file = ask(shop.api().request(Method::POST, &upload).body("a file")).await?;
        let mut keys = BTreeMap::new();
        for role in ["read", "agent", "admin"] {
            keys.insert((role, false), key(&shop, &["--role", role]).await?);
            keys.insert((role, true), key(&shop, &["--role", role, "--account", &account("echo")?]).await?);
        }
        let endpoint = json!({"url": "https://example.com/", "enabled": false});
        let endpoint = shop.api().post("/v1/webhook-endpoints", &endpoint).await?.success()?;
        let ids = BTreeMap::from([
            ("AccountId", account(INSTANCE)?),
            ("CommentId", NOBODY.to_owned()),
            ("ContactId", contact),
            ("ConversationId", conversation),
            ("DeliveryId", NOBODY.to_owned()),
            ("EndpointId", endpoint["id"].as_str().context("no endpoint")?.to_owned()),
            ("MediumId", file.body["id"].as_str().context("no file")?.to_owned()),
            ("MessageId", message),
            ("text", INSTANCE.to_owned()),
        ]);
        Ok(Self { shop, ids, keys })
    }

    pub(crate) fn api(&self) -> &Api {
        self.shop.api()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api().base())
    }

    pub(crate) fn key(&self, role: &str, elsewhere: bool) -> &str {
        self.keys.iter().find(|((of, one), _)| *of == role && *one == elsewhere).map_or("", |(_, key)| key)
    }

    pub(crate) async fn close(self) -> Result<()> {
        self.shop.close().await
    }
}

/// A fresh key.
pub(crate) async fn key(shop: &Shop, how: &[&str]) -> Result<String> {
    let create = [&["keys", "create", "--name", "test", "--json"], how].concat();
    let made = shop.host.command(&create)?.output().await?;
    let made: Value = serde_json::from_slice(&made.stdout)?;
    Ok(made["key"].as_str().context("no key")?.to_owned())
}
