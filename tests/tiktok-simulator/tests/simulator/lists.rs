//! Profile, conversations and history.

use serde_json::json;

use crate::api_client::World;

#[tokio::test]
async fn the_profile_has_the_fields_asked_for_that_the_scopes_cover() {
    let world = World::start().await;
    let id = world.tokens.open_id.as_str();
    let query = [("business_id", id), ("fields", r#"["username","display_name"]"#)];
    let profile = world.get("/business/get/", &query).await;
    assert_eq!(profile["data"], json!({ "username": "simshop", "display_name": "Sim Shop" }));
    let narrow = world.sim.issue_tokens_for(id, &["user.info.basic"]).unwrap();
    let query = query.map(|(name, value)| (name, value.to_owned()));
    let world = World { tokens: narrow, ..world };
    let query: Vec<(&str, &str)> = query.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let profile = world.get("/business/get/", &query).await;
    assert_eq!(profile["data"], json!({ "display_name": "Sim Shop" }));
}

#[tokio::test]
async fn a_conversation_is_a_strangers_until_the_business_answers() {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    for (kind, before, after) in [("STRANGER", 1, 0), ("SINGLE", 0, 1)] {
        let listed = list(&world, kind).await;
        assert_eq!(listed.len(), before, "{kind} before the answer");
        if kind == "SINGLE" {
            world.send(&world.text(&said.conversation_id, "olá")).await;
            assert_eq!(list(&world, "SINGLE").await[0]["conversation_id"], said.conversation_id);
            assert_eq!(list(&world, kind).await.len(), after);
            assert!(list(&world, "STRANGER").await.is_empty());
        }
    }
}

async fn list(world: &World, kind: &str) -> Vec<serde_json::Value> {
    let query = [("business_id", world.tokens.open_id.as_str()), ("conversation_type", kind)];
    let listed = world.get("/business/message/conversation/list/", &query).await;
    listed["data"]["conversations"].as_array().unwrap().clone()
}

#[tokio::test]
async fn conversations_are_paged_by_cursor() {
    let world = World::start().await;
    for name in ["ana", "bea", "caio"] {
        world.sim.customer(name).says("oi").await.unwrap();
    }
    let id = world.tokens.open_id.as_str();
    let page = |cursor: &'static str| {
        let query =
            [("business_id", id), ("conversation_type", "STRANGER"), ("limit", "2"), ("cursor", cursor)];
        let world = &world;
        async move { world.get("/business/message/conversation/list/", &query).await["data"].clone() }
    };
    let first = page("0").await;
    assert_eq!((&first["has_more"], &first["cursor"]), (&json!(true), &json!(2)));
    let second = page("2").await;
    assert_eq!(second["has_more"], false);
    assert_eq!(second["conversations"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_limit_outside_1_to_100_is_40002() {
    let world = World::start().await;
    for limit in ["0", "101", "many"] {
        let query = [
            ("business_id", world.tokens.open_id.as_str()),
            ("conversation_type", "SINGLE"),
            ("limit", limit),
        ];
        let listed = world.get("/business/message/conversation/list/", &query).await;
        assert_eq!(listed["code"], 40002, "{limit}");
    }
}

#[tokio::test]
async fn history_is_the_newest_twenty_with_participants() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    for number in 0..21 {
        ana.says(&number.to_string()).await.unwrap();
    }
    let reply = world.sim.business().app_reply("ana", "calma").await.unwrap();
    let query =
        [("business_id", world.tokens.open_id.as_str()), ("conversation_id", reply.conversation_id.as_str())];
    let history = world.get("/business/message/content/list/", &query).await["data"].clone();
    let messages = history["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 20);
    assert_eq!(messages[0]["message_id"], reply.message_id);
    assert_eq!(messages[0]["message_type"], "TEXT");
    assert_eq!(messages[0]["from_user"]["role"], "BUSINESS_ACCOUNT");
    assert_eq!(messages[1]["text"]["body"], "20");
    assert_eq!(messages[1]["sender"], ana.profile().username);
    let person = &history["participants"][1];
    assert_eq!(person["id"], ana.profile().unique_identifier);
    assert_eq!(person["display_name"], "Ana");
}
