//! Switches: what the protocol leaves undecided, and what may vary on the wire.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tiktok_simulator::{Fault, FaultKind, UnknownPath, WrongMethod};

use crate::PATIENCE;
use crate::api_client::World;
use crate::callback::Callback;

#[tokio::test]
async fn undecided_codes_are_switches() {
    let world = World::start().await;
    world.sim.configure(|settings| {
        settings.foreign_account_code = 40001;
        settings.expired_token_code = 40105;
        settings.unknown_conversation_code = 40002;
        settings.wrong_app_code = 40113;
    });
    let mut body = world.text("unknown+/==", "oi");
    assert_eq!(world.send(&body).await["message"], "Param recipient is invalid.");
    body["business_id"] = json!("-other");
    assert_eq!(world.send(&body).await["code"], 40001);
    let wrong = json!({ "client_id": "1", "client_secret": "x", "access_token": "y" });
    assert_eq!(world.call("/tt_user/oauth2/revoke/", &wrong).await["code"], 40113);
    world.sim.expire_tokens().unwrap();
    assert_eq!(world.send(&body).await["code"], 40105);
}

#[tokio::test]
async fn unknown_paths_and_wrong_methods_can_be_plain_404() {
    let world = World::start().await;
    world.sim.configure(|settings| {
        settings.unknown_path = UnknownPath::NotFound;
        settings.wrong_method = WrongMethod::NotFound;
    });
    for path in ["/business/nothing/", "/business/message/send/"] {
        let response = world.http.get(format!("{}{path}", world.sim.api_base())).send().await.unwrap();
        assert_eq!(response.status(), 404, "{path}");
        assert_eq!(response.text().await.unwrap(), "404 page not found");
    }
}

#[tokio::test]
async fn refresh_tokens_can_stay_and_answers_can_be_minimal() {
    let world = World::start().await;
    world.sim.configure(|settings| {
        settings.refresh_rotates = false;
        settings.refresh_extends = true;
        settings.minimal_token_answers = true;
    });
    let body = json!({ "client_id": world.sim.app_id(), "client_secret": world.sim.app_secret(),
                       "grant_type": "refresh_token", "refresh_token": world.tokens.refresh_token });
    for _ in 0..2 {
        let data = world.call("/tt_user/oauth2/refresh_token/", &body).await["data"].clone();
        assert_eq!(data["refresh_token"], world.tokens.refresh_token);
        let names: Vec<&String> = data.as_object().unwrap().keys().collect();
        assert_eq!(names, ["access_token", "expires_in", "open_id", "refresh_token"]);
    }
}

#[tokio::test]
async fn headers_and_escapes_vary_and_every_signature_is_right() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.configure(|settings| {
        settings.fuzz_headers = true;
        settings.fuzz_escapes = true;
    });
    world.sim.set_webhook_url(&callback.url).unwrap();
    let mut signatures = BTreeSet::new();
    let mut bodies = BTreeSet::new();
    for _ in 0..8 {
        world.sim.customer("ana").says("é/👋").await.unwrap();
        let hook = callback.next().await;
        let parts: BTreeSet<String> =
            hook.signature().split(',').map(|part| part.trim().to_owned()).collect();
        let t = parts.iter().find_map(|part| part.strip_prefix("t=")).unwrap().parse().unwrap();
        let right = world.sim.sign(&hook.body, t);
        assert!(right.split(',').all(|part| parts.contains(part)), "{parts:?}");
        assert_eq!(hook.content()["text"]["body"], "é/👋");
        let places: Vec<Option<usize>> =
            ["t=", "s=", ", ", "v="].map(|part| hook.signature().find(part)).to_vec();
        signatures.insert(places);
        let text = String::from_utf8(hook.body.to_vec()).unwrap();
        bodies.insert((text.is_ascii(), text.contains("\\\\u"), text.contains("\\\\/")));
    }
    assert_eq!((signatures.len(), bodies.len()), (4, 4), "{signatures:?} {bodies:?}");
}

#[tokio::test]
async fn members_can_be_missing_unknown_or_of_another_type() {
    let world = World::start().await;
    world.sim.configure(|settings| {
        settings.omitted_members = vec!["from_user.role".to_owned(), "scene_type".to_owned()];
        settings.extra_members = true;
        settings.times_as_text = true;
        settings.content_as_object = true;
    });
    world.sim.customer("ana").says("oi").await.unwrap();
    let event: Value = serde_json::from_str(&world.sim.deliveries()[0].body).unwrap();
    let content = &event["content"];
    assert!(content.is_object() && event["create_time"].is_string() && content["timestamp"].is_string());
    assert!(content["from_user"].get("role").is_none() && content.get("scene_type").is_none());
    assert!(content.get("content_extra").is_some() && event.get("envelope_extra").is_some());
}

#[tokio::test]
async fn events_come_twice_or_change_places_on_demand() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.set_webhook_url(&callback.url).unwrap();
    let ana = world.sim.customer("ana");
    world.sim.inject(Fault::next(FaultKind::DuplicateEvent).on("im_receive_msg"));
    ana.says("um").await.unwrap();
    assert_eq!(callback.next().await.body, callback.next().await.body);
    world.sim.inject(Fault::next(FaultKind::SwapEvents));
    ana.says("dois").await.unwrap();
    ana.says("três").await.unwrap();
    for expected in ["três", "dois"] {
        assert_eq!(callback.next().await.content()["text"]["body"], expected);
    }
    world.sim.inject(Fault::next(FaultKind::SwapEvents));
    ana.says("sozinha").await.unwrap();
    assert_eq!(callback.next().await.content()["text"]["body"], "sozinha", "it waits a bounded time");
}

#[tokio::test]
async fn settings_make_every_so_many_events_odd() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.set_webhook_url(&callback.url).unwrap();
    world.sim.configure(|settings| settings.duplicate_every = 2);
    for text in ["um", "dois"] {
        world.sim.customer("ana").says(text).await.unwrap();
    }
    let mut texts = Vec::new();
    for _ in 0..3 {
        texts.push(callback.next().await.content()["text"]["body"].as_str().unwrap().to_owned());
    }
    texts.sort();
    assert_eq!(texts, ["dois", "dois", "um"]);
}

#[tokio::test]
async fn a_scoped_fault_ends_with_its_guard() {
    let world = World::start().await;
    let query = [("business_id", world.tokens.open_id.as_str())];
    let guard = world.sim.scoped(Fault::throttled(100));
    assert_eq!(world.get("/business/get/", &query).await["code"], 40100);
    drop(guard);
    assert_eq!(world.get("/business/get/", &query).await["code"], 0);
    assert_eq!(world.sim.violation_kinds(), [], "an injected refusal is nobody's fault");
}

#[tokio::test]
async fn an_echo_can_come_first_once_and_a_call_can_vanish() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    world.sim.set_webhook_url(&callback.url).unwrap();
    let text = world.text(&said.conversation_id, "olá");
    world.sim.inject(Fault::next_send(FaultKind::EchoFirst));
    world.send(&text).await;
    assert!(callback.arrived().is_some(), "the echo came before the response");
    world.sim.inject(Fault::next_send(FaultKind::DropBeforeAccept));
    world.send_request(&text).send().await.unwrap_err();
    assert_eq!(world.sim.sends().len(), 1);
}

#[tokio::test]
async fn tokens_can_expire_on_demand() {
    let world = World::start().await;
    let query = [("business_id", world.tokens.open_id.as_str())];
    world.sim.inject(Fault::token_expired());
    for code in [40102, 0] {
        assert_eq!(world.get("/business/get/", &query).await["code"], code);
    }
    world.sim.expire_tokens().unwrap();
    assert_eq!(world.get("/business/get/", &query).await["code"], 40102);
}

#[tokio::test]
async fn reactions_open_the_window_only_when_told_to() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let ana = world.sim.customer("ana");
    let said = ana.says("oi").await.unwrap();
    for (opens, code) in [(false, 40064), (true, 0)] {
        world.sim.configure(|settings| settings.reaction_opens_window = opens);
        world.sim.advance(Duration::from_secs(48 * 3_600));
        ana.reacts(&said.message_id, "🔥").await.unwrap();
        let fresh = world.sim.issue_tokens().unwrap();
        let body = world.text(&said.conversation_id, "olá");
        let request = world.post("/business/message/send/", &body).header("Access-Token", fresh.access_token);
        let answer = crate::api_client::envelope(request.send().await.unwrap()).await;
        assert_eq!(answer["code"], code, "{opens}");
    }
    world.sim.wait_for_delivery(&said.event_id, PATIENCE).await.unwrap_err();
}
