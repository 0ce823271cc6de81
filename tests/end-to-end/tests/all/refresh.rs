//! One renewal of an account's credentials, however many messages need it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use end_to_end::{HostOptions, SimulatorProcess};
use futures_util::future::try_join_all;
use rusqlite::Connection;
use serde_json::json;

use crate::support::{Shop, statuses};

const CONVERSATIONS: usize = 10;
const REFRESH: &str = "/tt_user/oauth2/refresh_token/";
/// Longer than the rate limit spreads the sends, so that all of them wait for the one renewal.
const SLOWLY: u64 = 2_000;

/// A shop with ten conversations whose platform takes its time for a renewal.
async fn open() -> Result<(Shop, Vec<String>)> {
    let shop = Shop::open_with(SimulatorProcess::start().await?, Ok).await?;
    shop.simulator.control("settings", &json!({"echo": "off"})).await?;
    let customers: Vec<_> = (0..CONVERSATIONS).map(|number| format!("customer {number}")).collect();
    let conversations = try_join_all(customers.iter().map(|customer| shop.asked_by(customer))).await?;
    let slow = json!({"kind": "slow", "millis": SLOWLY, "path": REFRESH, "times": 1});
    shop.simulator.control("faults", &slow).await?;
    Ok((shop, conversations))
}

/// Sends in all conversations at once; every message is sent once.
async fn all_are_sent(shop: &Shop, conversations: &[String]) -> Result<()> {
    let text = |conversation: &str| format!("answer in {conversation}");
    let send = |conversation: &String| {
        let conversation = conversation.clone();
        async move { shop.send(&conversation, &text(&conversation)).await }
    };
    let messages = try_join_all(conversations.iter().map(send)).await?;
    try_join_all(messages.iter().map(|message| shop.reaches(message, "sent"))).await?;
    for conversation in conversations {
        assert_eq!(shop.accepted(&text(conversation)).await?, 1, "{conversation}");
    }
    Ok(())
}

/// The only account's token ends in a minute, as far as the host knows; its database.
fn token_ends_soon(shop: &Shop) -> Result<Connection> {
    let database = Connection::open(shop.host.folder().join("jackfield.db"))?;
    database.busy_timeout(Duration::from_secs(5))?;
    let soon = "UPDATE accounts SET access_expires_at = (unixepoch() + 60) * 1000";
    assert_eq!(database.execute(soon, [])?, 1);
    Ok(database)
}

#[tokio::test]
async fn a_renewal_takes_a_place_of_its_own_in_the_rate() -> Result<()> {
    let slow = |options: HostOptions| Ok(options.variable("JACKFIELD__INSTANCES__SHOP__APP_RATE", "1"));
    let shop = Shop::open_with(SimulatorProcess::start().await?, slow).await?;
    let accounts = shop.api().items("/v1/accounts").await?;
    let grant = format!("/v1/accounts/{}/grant", accounts[0]["id"].as_str().context("no id")?);
    shop.api().get(&grant).await?.success()?;
    let began = Instant::now();
    for renewals in 1..=2 {
        token_ends_soon(&shop)?;
        shop.api().get(&grant).await?.success()?;
        assert_eq!(shop.renewals()?, renewals);
    }
    // Four places after the first one, a second and a little each; two where renewals take none.
    assert!(began.elapsed() > Duration::from_secs(3), "{:?}", began.elapsed());
    shop.close().await
}

#[tokio::test]
async fn t16_ten_messages_with_a_token_past_its_life_renew_it_once() -> Result<()> {
    let (shop, conversations) = open().await?;
    // A day and an hour: the token has ended, the reply windows have not. Only the platform knows.
    shop.simulator.control("clock/advance", &json!({"seconds": 25 * 3600})).await?;
    all_are_sent(&shop, &conversations).await?;
    assert_eq!(shop.renewals()?, 1);
    shop.close().await
}

#[tokio::test]
async fn a_renewal_of_which_nobody_knows_leaves_no_message_in_doubt() -> Result<()> {
    let shop = Shop::open().await?;
    shop.simulator.control("settings", &json!({"echo": "off"})).await?;
    let conversation = shop.asked_by("ana").await?;
    shop.simulator.control("clock/advance", &json!({"seconds": 25 * 3600})).await?;
    let lost = json!({"kind": "code", "code": 50000, "message": "simulated", "path": REFRESH, "times": 1});
    shop.simulator.control("faults", &lost).await?;
    let message = shop.send(&conversation, "answer").await?;
    let sent = shop.reaches(&message, "sent").await?;
    assert!(!statuses(&sent).contains(&"uncertain"), "{sent:#}");
    shop.close().await
}

#[tokio::test]
async fn ten_messages_with_a_token_near_its_end_renew_it_once_before_its_use() -> Result<()> {
    let (shop, conversations) = open().await?;
    let database = token_ends_soon(&shop)?;
    all_are_sent(&shop, &conversations).await?;
    assert_eq!(shop.renewals()?, 1);
    let renewed = "SELECT access_expires_at > (unixepoch() + 3600) * 1000 FROM accounts";
    assert!(database.query_row(renewed, [], |row| row.get::<_, bool>(0))?, "the new token's end is known");
    shop.close().await
}
