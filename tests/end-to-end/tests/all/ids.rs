//! Ids of platforms are opaque: whatever they hold, they survive every path.

use anyhow::{Context, Result};
use connector_api::ChannelConnector;
use end_to_end::{SimulatorProcess, eventually};
use serde_json::{Value, json};

use crate::{
    loading::{text_message, tiktok},
    support::{Shop, Stub},
};

const BUSINESS: &str = "-000+/Ünï🦀%2B&?#";

async fn open() -> Result<Shop> {
    let account = format!("{BUSINESS}=simshop");
    let simulator = SimulatorProcess::start_with(&["--account", &account]).await?;
    Shop::open_with(simulator, Ok).await
}

#[tokio::test]
async fn t34_ids_that_begin_with_a_hyphen_survive_the_command_line_the_way_in_the_way_out_and_the_echo()
-> Result<()> {
    let shop = open().await?;
    let accounts = shop.api().items("/v1/accounts").await?;
    assert_eq!(accounts[0]["platform_id"], BUSINESS);
    assert_eq!(accounts[0]["handle"], "simshop", "its id survived the query string of the profile");
    for echo in ["after-response", "before-response"] {
        shop.simulator.control("settings", &json!({"echo": echo})).await?;
        let conversation = shop.asked_by("ana").await?;
        let sent = shop.send(&conversation, echo).await?;
        let sent = shop.reaches(&sent, "delivered").await?;

        let state = shop.simulator.state().await?;
        let theirs = &state["conversations"][0];
        let ours = shop.conversation(&conversation).await?;
        assert_eq!(ours["platform_id"], theirs["conversation_id"]);
        assert_eq!(ours["contact"]["platform_id"], state["customers"][0]["unique_identifier"]);
        let at_platform = state["sends"].as_array().and_then(|sends| sends.last()).context("no send")?;
        assert_eq!(sent["platform_id"], at_platform["message_id"]);
        assert_eq!(at_platform["business_id"], BUSINESS);
        assert_eq!(at_platform["conversation_id"], theirs["conversation_id"]);
        for id in [&ours["platform_id"], &sent["platform_id"]] {
            let id = id.as_str().context("no id")?;
            assert!(id.contains('+') && id.contains('/') && id.ends_with("=="), "{id} is not awkward");
        }
    }
    shop.close().await
}

#[tokio::test]
async fn ids_that_no_platform_has_had_yet_arrive_unchanged() -> Result<()> {
    let shop = open().await?;
    // Spaces that do not break: a plain one in a query is a `+` that nobody encoded, to the simulator's judge.
    let ids = [
        "-c+/==",
        "ü/🦀+=",
        "--help",
        "a\u{a0}b",
        "../../etc/passwd",
        "';\u{a0}DROP\u{a0}TABLE\u{a0}messages;\u{a0}--",
        "%2B",
        "0",
    ];
    for id in ids {
        let content = json!({"conversation_id": id, "message_id": format!("m{id}"), "type": "text",
                             "text": {"body": id}});
        let raw = json!({"event": "im_receive_msg", "customer": "ana", "content": content});
        shop.simulator.control("webhook/raw", &raw).await?;
        let find = || async {
            let conversations = shop.api().items("/v1/conversations?limit=200").await?;
            Ok(conversations.into_iter().find(|conversation| conversation["platform_id"] == id))
        };
        let conversation = eventually(&format!("the conversation {id}"), find).await?;
        let messages = shop.messages(conversation["id"].as_str().context("no id")?).await?;
        let [message] = messages.as_slice() else {
            anyhow::bail!("{id}: not one message: {messages:?}");
        };
        assert_eq!(message["platform_id"], format!("m{id}"));
        assert_eq!(message["content"]["text"], id);
    }
    shop.close().await
}

#[tokio::test]
async fn ids_and_texts_cross_the_boundary_unchanged() -> Result<()> {
    let stub = Stub::listen().await?;
    let connector = tiktok(&stub, |_| ()).await?;
    for id in ["-c+/==", "ü/🦀\u{200d}+=", "\"\\\u{1}", " "] {
        let platform = async {
            let waiting = stub.request().await?;
            let body = waiting.body.clone();
            waiting.answer(&json!({"code": 0, "data": {"message": {"message_id": id}}})).await?;
            anyhow::Ok(body)
        };
        let (receipt, asked) = tokio::join!(connector.send(text_message(id, id, id)), platform);
        let asked: Value = asked?;
        assert_eq!(asked["business_id"], id);
        assert_eq!(asked["recipient"], id);
        assert_eq!(asked["text"]["body"], id);
        assert_eq!(receipt?.message_id.as_deref(), Some(id));
    }
    Ok(())
}
