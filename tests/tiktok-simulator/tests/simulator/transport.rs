//! Paths, methods and the envelope.

use serde_json::json;

use crate::api_client::World;

#[tokio::test]
async fn a_missing_trailing_slash_is_a_plain_404() {
    let world = World::start().await;
    let request = world.post("/business/message/send", &json!({}));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert_eq!(response.text().await.unwrap(), "404 page not found");
}

#[tokio::test]
async fn a_wrong_method_is_a_plain_405() {
    let world = World::start().await;
    let url = format!("{}/business/message/send/", world.sim.api_base());
    let response = world.http.get(url).send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert!(!response.text().await.unwrap().contains("request_id"));
}

#[tokio::test]
async fn every_answer_has_its_own_request_id_and_repeats_it_in_a_header() {
    let world = World::start().await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let request = world.post("/business/unheard/of/", &json!({}));
        let response = request.send().await.unwrap();
        let header = response.headers()["X-Tt-Logid"].to_str().unwrap().to_owned();
        let envelope: serde_json::Value = response.json().await.unwrap();
        assert_eq!(envelope["code"], 40008);
        assert_eq!(envelope["data"], json!({}));
        assert_eq!(envelope["request_id"], header);
        seen.push(header);
    }
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn the_control_calls_are_listed() {
    let world = World::start().await;
    let url = format!("{}/control", world.sim.url());
    let response = world.http.get(url).send().await.unwrap();
    let page = response.text().await.unwrap();
    assert!(page.contains("/control/customer/says"));
}

#[tokio::test]
async fn only_loopback_is_served() {
    let config =
        tiktok_simulator::SimulatorConfig { listen: "0.0.0.0:0".parse().unwrap(), ..Default::default() };
    let error = tiktok_simulator::Simulator::start(config).await.unwrap_err();
    assert!(error.to_string().contains("loopback"));
}

#[tokio::test]
async fn a_simulator_that_was_shut_down_refuses_connections() {
    let world = World::start().await;
    let url = world.sim.url();
    world.sim.shutdown().await;
    assert!(world.http.get(url).send().await.unwrap_err().is_connect());
}
