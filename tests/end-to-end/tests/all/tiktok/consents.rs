//! A consent of TikTok lasts for a year, however often the access token is renewed.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::Shop;

impl Shop {
    async fn only(&self) -> Result<Value> {
        Ok(self.api().items("/v1/accounts").await?.first().context("no account")?.clone())
    }

    /// The access token is used up here, so that its next use renews it.
    fn wears_out(&self) -> Result<()> {
        let database = Connection::open(self.host.folder().join("jackfield.db"))?;
        database.busy_timeout(Duration::from_secs(5))?;
        let soon = "UPDATE accounts SET access_expires_at = (unixepoch() + 60) * 1000";
        assert_eq!(database.execute(soon, [])?, 1);
        Ok(())
    }
}

fn ends_at(account: &Value) -> Result<jiff::Timestamp> {
    Ok(account["consent_ends_at"].as_str().context("no end")?.parse()?)
}

#[tokio::test]
async fn a_consent_that_is_eleven_months_old_is_warned_of_once_and_doctor_says_so() -> Result<()> {
    let shop = Shop::open().await?;
    let fresh = shop.only().await?;
    let days = |account: &Value| {
        Ok::<_, anyhow::Error>((ends_at(account)? - jiff::Timestamp::now()).get_seconds() / 86_400)
    };
    assert_eq!((days(&fresh)?, &fresh["consent_ending"]), (364, &json!(false)), "{fresh}");

    shop.simulator.control("clock/advance", &json!({"seconds": 340 * 86_400})).await?;
    shop.wears_out()?;
    shop.does(Method::GET, "grant", None).await?;
    let told = shop.tells("account.consent_ending").await?;
    assert_eq!(told["account"], fresh["id"]);
    let old = shop.only().await?;
    assert_eq!(
        (days(&old)?, &old["consent_ending"], &old["status"]),
        (24, &json!(true), &json!("connected")),
        "{old}"
    );
    shop.wears_out()?;
    shop.does(Method::GET, "grant", None).await?;
    assert_eq!(shop.renewals()?, 2);

    let doctor = shop.host.command(&["doctor", "--json"])?.output().await?;
    let said: Value = serde_json::from_slice(&doctor.stdout)?;
    let mut findings = said["items"].as_array().context("no findings")?.iter();
    let day = ends_at(&old)?.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let about = findings.find(|finding| finding["text"].as_str().is_some_and(|text| text.contains(&day)));
    assert_eq!(about.context("doctor does not say it")?["health"], "warning");

    shop.api().connect_account(crate::support::INSTANCE).await?;
    let again = shop.only().await?;
    assert_eq!((&again["id"], days(&again)?, &again["consent_ending"]), (&fresh["id"], 364, &json!(false)));
    let warnings = "SELECT count(*) FROM events WHERE kind = 'account.consent_ending'";
    assert_eq!(shop.database()?.query_row(warnings, [], |row| row.get::<_, i64>(0))?, 1);
    shop.close().await
}
