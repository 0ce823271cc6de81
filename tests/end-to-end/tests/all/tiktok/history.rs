//! What TikTok remembers of an account, read back once it is connected.

use anyhow::{Context, Result, ensure};
use end_to_end::{SimulatorProcess, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Shop, ask};

/// The state of reading back, once it has ended.
async fn read_back(shop: &Shop) -> Result<Value> {
    let look = || async {
        let import = shop.does(Method::GET, "history", None).await?;
        Ok((import["state"] != "running").then_some(import))
    };
    eventually("the end of reading back", look).await
}

async fn conversation_with(shop: &Shop, platform_id: &Value) -> Result<Value> {
    let conversations = shop.api().items("/v1/conversations?limit=200").await?;
    let found = conversations.into_iter().find(|conversation| conversation["platform_id"] == *platform_id);
    found.context("no such conversation")
}

async fn texts(shop: &Shop, conversation: &Value) -> Result<Vec<String>> {
    let id = conversation["id"].as_str().context("no id")?;
    let messages = shop.messages(id).await?;
    let texts = messages.iter().rev().map(|message| message["content"]["text"].as_str().map(str::to_owned));
    texts.collect::<Option<_>>().context("a message without a text")
}

/// How often listeners were told of something of this kind.
fn told(shop: &Shop, kind: &str) -> Result<i64> {
    let count = "SELECT count(*) FROM events WHERE kind = ?";
    Ok(shop.database()?.query_row(count, [kind], |row| row.get(0))?)
}

#[tokio::test]
async fn what_was_written_before_the_account_was_connected_is_read_back_and_is_not_new() -> Result<()> {
    let simulator = SimulatorProcess::start().await?;
    // Nobody is told yet: no webhook is registered.
    let ana = simulator.customer_says("ana", "do you ship?").await?;
    let reply = json!({"customer": "ana", "text": "we do", "source": "APP"});
    simulator.control("colleague/says", &reply).await?;
    simulator.customer_says("ana", "how much?").await?;
    let ben = simulator.customer_says("ben", "hello").await?;

    let shop = Shop::open_with(simulator, Ok).await?;
    let import = read_back(&shop).await?;
    assert_eq!(
        (&import["state"], &import["found"], &import["conversations"], &import["messages"]),
        (&json!("done"), &json!(2), &json!(2), &json!(4)),
        "{import}"
    );
    let with_ana = conversation_with(&shop, &ana["conversation_id"]).await?;
    assert_eq!(texts(&shop, &with_ana).await?, ["do you ship?", "we do", "how much?"]);
    let with_ben = conversation_with(&shop, &ben["conversation_id"]).await?;
    for conversation in [&with_ana, &with_ben] {
        assert_eq!(conversation["unread"], 0, "{conversation}");
        assert_eq!(conversation["window"]["state"], "open", "{conversation}");
    }
    assert_eq!((told(&shop, "message.created")?, told(&shop, "history.imported")?), (0, 1));

    // What arrives now is new, and what is known stays once when it is read back again.
    shop.asked_by("ana").await?;
    assert_eq!(told(&shop, "message.created")?, 1);
    shop.does(Method::POST, "history", None).await?;
    assert_eq!(read_back(&shop).await?["messages"], 5);
    let again = conversation_with(&shop, &ana["conversation_id"]).await?;
    assert_eq!(texts(&shop, &again).await?.len(), 4);
    assert_eq!((&again["unread"], told(&shop, "message.created")?), (&json!(1), 1));
    shop.close().await
}

#[tokio::test]
async fn a_page_that_tiktok_does_not_give_is_asked_for_again() -> Result<()> {
    let simulator = SimulatorProcess::start().await?;
    simulator.customer_says("ana", "do you ship?").await?;
    for path in ["/business/message/conversation/list/", "/business/message/content/list/"] {
        let fault = json!({"kind": "code", "code": 40100, "message": "simulated", "path": path});
        simulator.control("faults", &fault).await?;
    }
    let shop = Shop::open_with(simulator, Ok).await?;
    let import = read_back(&shop).await?;
    assert_eq!((&import["state"], &import["messages"]), (&json!("done"), &json!(1)), "{import}");
    let faults = shop.simulator.state().await?["faults"].clone();
    ensure!(faults == json!([]), "it was not asked: {faults}");
    shop.close().await
}

#[tokio::test]
async fn an_erased_contact_does_not_come_back_by_history() -> Result<()> {
    let shop = Shop::open().await?;
    let id = shop.asked_by("ana").await?;
    read_back(&shop).await?;
    // Of this the host never hears by a webhook, so that only history could bring it.
    shop.simulator.control("webhook", &json!({"url": null})).await?;
    shop.simulator.customer_says("ana", "is anybody there?").await?;
    let contact = shop.conversation(&id).await?["contact"]["id"].clone();
    let path = format!("/v1/contacts/{}", contact.as_str().context("no id")?);
    let erased = ask(shop.api().request(Method::DELETE, &path)).await?;
    ensure!(erased.status < 300, "{}", erased.body);
    shop.does(Method::POST, "history", None).await?;
    assert_eq!(read_back(&shop).await?["found"], 1, "TikTok has not forgotten");
    ensure!(shop.api().items("/v1/conversations").await?.is_empty(), "they are back");
    ensure!(shop.api().items("/v1/contacts").await?.is_empty(), "they are back");
    shop.close().await
}
