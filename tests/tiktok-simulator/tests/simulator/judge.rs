//! What is held against the client.

use serde_json::json;
use tiktok_simulator::ViolationKind;

use crate::api_client::World;

fn kinds(world: &World) -> Vec<ViolationKind> {
    world.sim.violations().iter().map(|v| v.kind).collect()
}

#[tokio::test]
async fn a_client_that_behaves_has_no_violations() {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    world.send(&world.text(&said.conversation_id, "olá")).await;
    let query =
        [("business_id", world.tokens.open_id.as_str()), ("conversation_id", said.conversation_id.as_str())];
    let listed = world.get("/business/message/content/list/", &query).await;
    assert_eq!(listed["code"], 0);
    assert_eq!(kinds(&world), []);
}

#[tokio::test]
async fn broken_paths_methods_and_content_types_are_noted() {
    let world = World::start().await;
    let base = world.sim.api_base();
    let http = &world.http;
    http.post(format!("{base}/business/message/send")).json(&json!({})).send().await.unwrap();
    http.get(format!("{base}/business/message/send/")).send().await.unwrap();
    let token = &world.tokens.access_token;
    let plain = http.post(format!("{base}/business/message/send/")).header("Access-Token", token);
    plain.body(r#"{"business_id":"-000SimBusinessOpenId0001"}"#).send().await.unwrap();
    http.get(format!("{base}/business/nothing/")).send().await.unwrap();
    assert_eq!(
        kinds(&world),
        [
            ViolationKind::MissingTrailingSlash,
            ViolationKind::WrongMethod,
            ViolationKind::ContentType,
            ViolationKind::InvalidRequest,
            ViolationKind::UnknownPath,
        ]
    );
}

#[tokio::test]
async fn a_plus_that_became_a_space_is_40002_and_noted() {
    let world = World::start().await;
    let conversation = world.sim.customer("ana").conversation_id().unwrap();
    let url = format!(
        "{}/business/message/content/list/?business_id={}&conversation_id={conversation}",
        world.sim.api_base(),
        world.tokens.open_id,
    );
    let token = &world.tokens.access_token;
    let request = world.http.get(url).header("Access-Token", token);
    let answer = crate::api_client::envelope(request.send().await.unwrap()).await;
    assert_eq!(answer["code"], 40002);
    assert_eq!(answer["message"], "Param conversation_id is invalid.");
    assert_eq!(kinds(&world), [ViolationKind::PlusDecodedAsSpace]);
}

#[tokio::test]
async fn an_array_that_is_not_json_text_is_40002_and_noted() {
    let world = World::start().await;
    let query = [("business_id", world.tokens.open_id.as_str()), ("fields", "username,display_name")];
    assert_eq!(world.get("/business/get/", &query).await["code"], 40002);
    assert_eq!(kinds(&world), [ViolationKind::ArrayNotJson]);
}
