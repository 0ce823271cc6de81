//! The page on which one chats.

use serde_json::json;

use crate::api_client::World;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere() {
    let world = World::start().await;
    for path in ["/", "/page.js", "/page.css", "/control"] {
        let response = world.http.get(format!("{}{path}", world.sim.url())).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert_eq!(policy, POLICY, "{path}");
        let text = response.text().await.unwrap();
        assert!(!text.contains("https://"), "{path}");
        assert!(!text.contains("innerHTML") && !text.contains("style="), "{path}");
    }
}

/// Every control call that the page makes is one of the router's, with a body it takes.
#[tokio::test]
async fn the_calls_of_the_page_are_understood() {
    let world = World::start().await;
    let business = &world.tokens.open_id;
    let said = world
        .control("customer/says", &json!({ "customer": "ana", "business": business, "text": "oi" }))
        .await;
    let react = json!({ "customer": "ana", "business": business, "reactions": [
        { "message_id": said["message_id"], "operation": "ADD", "face": { "type": "EMOJI", "emoji": "♥" } }] });
    assert!(world.control("customer/reacts", &react).await["event_id"].is_string());
    let page = include_str!("../../src/control/page/page.html");
    let contents: Vec<&str> =
        page.split("data-content='").skip(1).filter_map(|rest| rest.split('\'').next()).collect();
    assert_eq!(contents.len(), 6);
    for content in contents {
        let content: serde_json::Value = serde_json::from_str(content).unwrap();
        let body = json!({ "customer": "ana", "business": business, "content": content });
        let answer = world.control("customer/sends", &body).await;
        assert!(answer["message_id"].is_string(), "{content}: {answer}");
    }
    let reads = json!({ "customer": "ana", "business": business });
    assert!(world.control("customer/reads", &reads).await["event_id"].is_string());
}
