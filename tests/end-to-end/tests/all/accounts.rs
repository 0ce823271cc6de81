//! Accounts: taken out, connected again, and their credentials kept fresh and under the present key.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use end_to_end::eventually;
use reqwest::{Method, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::Shop;

impl Shop {
    async fn only_account(&self) -> Result<Value> {
        let accounts = self.api().items("/v1/accounts").await?;
        let [account] = accounts.as_slice() else { anyhow::bail!("{accounts:?}") };
        Ok(account.clone())
    }

    async fn remove(&self, account: &str) -> Result<StatusCode> {
        Ok(self.api().request(Method::DELETE, &format!("/v1/accounts/{account}")).send().await?.status())
    }

    fn writable_database(&self) -> Result<Connection> {
        let database = Connection::open(self.host.folder().join("jackfield.db"))?;
        database.busy_timeout(Duration::from_secs(5))?;
        Ok(database)
    }
}

fn id(view: &Value) -> Result<&str> {
    view["id"].as_str().context("no id")
}

#[tokio::test]
async fn an_account_that_is_taken_out_leaves_no_credentials_and_keeps_its_conversations() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let account = shop.only_account().await?;
    let sealed: Vec<u8> =
        shop.database()?.query_row("SELECT credentials FROM accounts", [], |row| row.get(0))?;

    assert_eq!(shop.remove(id(&account)?).await?, StatusCode::NO_CONTENT);
    assert_eq!(shop.remove(id(&account)?).await?, StatusCode::NOT_FOUND);
    ensure!(shop.api().items("/v1/accounts").await?.is_empty());
    let one = shop.api().get(&format!("/v1/accounts/{}", id(&account)?)).await?.success()?;
    assert_eq!(one["status"], "removed");
    assert_eq!(shop.messages(&conversation).await?.len(), 1);
    let refused = shop.api().send_text(&conversation, "still there?").await?;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("account.removed"))
    );

    shop.writable_database()?.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    for file in fs::read_dir(shop.host.folder())? {
        let path = file?.path();
        let is_there = path.is_file() && fs::read(&path)?.windows(sealed.len()).any(|part| part == sealed);
        ensure!(!is_there, "{} still has the credentials", path.display());
    }
    shop.close().await
}

#[tokio::test]
async fn what_arrives_for_an_account_that_was_taken_out_waits_for_its_return() -> Result<()> {
    let shop = Shop::open().await?;
    let conversation = shop.asked_by("ana").await?;
    let account = shop.only_account().await?;
    shop.remove(id(&account)?).await?;
    let payloads = shop.payloads()?;
    // Its owner has other programs; the platform goes on delivering.
    shop.simulator.customer_says("ana", "anybody?").await?;
    eventually("the webhook is kept", || async { Ok((shop.payloads()? > payloads).then_some(())) }).await?;
    assert_eq!(shop.messages(&conversation).await?.len(), 1);

    let path = format!("/v1/accounts/{}/authorizations", id(&account)?);
    let begun = shop.api().post(&path, &Value::Null).await?.success()?;
    let url = begun["url"].as_str().context("no consent page")?;
    ensure!(end_to_end::http_client().get(url).send().await?.status().is_success());
    let back = shop.only_account().await?;
    assert_eq!((&back["id"], &back["status"]), (&account["id"], &json!("connected")));
    shop.close().await
}

#[tokio::test]
async fn credentials_near_their_end_are_renewed_without_anybody_using_them() -> Result<()> {
    let shop = Shop::open().await?;
    let soon = "UPDATE accounts SET access_expires_at = (unixepoch() + 60) * 1000";
    assert_eq!(shop.writable_database()?.execute(soon, [])?, 1);
    let Shop { simulator, host } = shop;
    let shop = Shop { simulator, host: host.crash_and_restart().await? };
    eventually("a renewal", || async { Ok((shop.renewals()? == 1).then_some(())) }).await?;
    shop.close().await
}
