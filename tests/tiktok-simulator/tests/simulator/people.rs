//! Requests, comments, welcome messages and several apps.

use serde_json::json;
use tiktok_simulator::{AppConfig, AuditStatus, Outcome, SimulatorConfig, SimulatorError};

use crate::PATIENCE;
use crate::api_client::World;
use crate::callback::Callback;

#[tokio::test]
async fn events_of_a_request_wait_until_it_is_accepted() {
    let mut callback = Callback::answering(&[]).await;
    let world = World::start().await;
    world.sim.set_webhook_url(&callback.url).unwrap();
    world.sim.business().change(|account| account.everyone_may_write = false).unwrap();
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    assert_eq!(world.sim.deliveries()[0].outcome, Outcome::Held);
    assert_eq!(world.send(&world.text(&said.conversation_id, "olá")).await["code"], 40064);
    world.sim.business().accepts("ana").await.unwrap();
    assert_eq!(callback.next().await.content()["message_id"], said.message_id);
    world.sim.wait_for_delivery(&said.event_id, PATIENCE).await.unwrap();
    assert_eq!(world.send(&world.text(&said.conversation_id, "olá")).await["code"], 0);
}

#[tokio::test]
async fn held_events_can_be_lost() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.release_held_events = false);
    world.sim.business().change(|account| account.everyone_may_write = false).unwrap();
    world.sim.customer("ana").says("oi").await.unwrap();
    world.sim.business().app_reply("ana", "olá").await.unwrap();
    let outcomes: Vec<Outcome> = world.sim.deliveries().iter().map(|delivery| delivery.outcome).collect();
    assert_eq!(outcomes, [Outcome::Discarded, Outcome::NotConfigured]);
}

#[tokio::test]
async fn a_comment_is_answered_once_within_48_hours() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let business = world.sim.business();
    let id = &world.tokens.open_id;
    let switch =
        json!({ "business_id": id, "direct_reply_type": "COMMENT_TO_MESSAGE", "operation_status": "ENABLE" });
    let path = "/business/message/direct_reply/update/";
    assert_eq!(world.post_signed(path, &switch).await["code"], 40001, "not in Brazil");
    let requests = |account: &mut tiktok_simulator::Account| {
        account.country = "TH".to_owned();
        account.everyone_may_write = false;
    };
    business.change(requests).unwrap();
    assert_eq!(world.post_signed(path, &switch).await["code"], 0);
    let comment_id = world.sim.customer("ana").comments("how much?").await.unwrap();
    let answer = |comment_id: &str| {
        json!({
            "business_id": id,
            "message_type": "TEXT",
            "text": { "body": "10" },
            "direct_reply": { "reply_type": "COMMENT_REPLY", "comment_reply": { "comment_id": comment_id } },
        })
    };
    assert_eq!(world.send(&answer(&comment_id)).await["code"], 0);
    let echo = world.sim.expect_delivery(PATIENCE, |d| d.event == "im_send_msg").await.unwrap();
    assert_ne!(echo.outcome, Outcome::Held, "the business began");
    assert_eq!(world.send(&answer(&comment_id)).await["code"], 40064, "answered before");
    let again = world.sim.customer("ana").comments("and this?").await.unwrap();
    assert_eq!(world.send(&answer(&again)).await["code"], 40064, "talked in the past 24 hours");
    for (name, country, adult, code) in
        [("bea", "TH", false, 40064), ("caio", "CA", true, 40064), ("dora", "MX", true, 0)]
    {
        let person = world.sim.customer(name);
        person.change(|customer| {
            customer.country = country.to_owned();
            customer.is_adult = adult;
        });
        let comment_id = person.comments("hm").await.unwrap();
        assert_eq!(world.send(&answer(&comment_id)).await["code"], code, "{name}");
    }
    let late = world.sim.customer("eva").comments("hm").await.unwrap();
    world.sim.advance(std::time::Duration::from_secs(48 * 3_600));
    let world = World { tokens: world.sim.issue_tokens().unwrap(), ..world };
    let body = json!({
        "business_id": world.tokens.open_id, "message_type": "TEXT", "text": { "body": "10" },
        "direct_reply": { "reply_type": "COMMENT_REPLY", "comment_reply": { "comment_id": late } },
    });
    assert_eq!(world.send(&body).await["code"], 40064, "too late");
}

#[tokio::test]
async fn a_welcome_message_greets_once_and_leaves_the_customer_a_stranger() {
    let world = World::start().await;
    let body = json!({
        "business_id": world.tokens.open_id,
        "auto_message_type": "WELCOME_MESSAGE",
        "welcome_message": { "content": "Olá!" },
    });
    let made = world.post_signed("/business/message/auto_message/create/", &body).await;
    let id = made["data"]["auto_message"]["auto_message_id"].as_str().unwrap();
    world.sim.business().reviews(id, AuditStatus::Approved).await.unwrap();
    let ana = world.sim.customer("ana");
    ana.says("oi").await.unwrap();
    ana.says("oi?").await.unwrap();
    let greetings = world.sim.deliveries().into_iter().filter(|d| d.event == "im_send_msg");
    assert_eq!(greetings.count(), 1);
    let conversation = world.sim.conversations().remove(0);
    assert_eq!(json!(conversation.conversation_type), "STRANGER");
}

#[tokio::test]
async fn a_second_app_knows_the_account_by_another_id_and_hears_after_consent() {
    let mut callback = Callback::answering(&[]).await;
    let mut other = AppConfig::new("7000000000000000002", "another-secret");
    other.webhook_url = Some(callback.url.clone());
    let world =
        World::start_with(SimulatorConfig { more_apps: vec![other], ..SimulatorConfig::default() }).await;
    let business = world.sim.business().id().unwrap();
    world.sim.customer("ana").says("antes").await.unwrap();
    let tokens = world.sim.issue_tokens_to_app("7000000000000000002", &business).unwrap();
    assert_ne!(tokens.open_id, business);
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let hook = callback.next().await;
    let event = hook.event();
    assert_eq!(
        (&event["client_key"], &event["user_openid"]),
        (&json!("7000000000000000002"), &json!(tokens.open_id))
    );
    assert_eq!(hook.content()["to_user"]["id"], tokens.open_id);
    let expected = tiktok_simulator::signature_header("another-secret", &hook.body, hook.signed_t());
    assert_eq!(hook.signature(), expected);
    let first = world.tokens.clone();
    let world = World { tokens: tokens.clone(), ..world };
    assert_eq!(world.send(&world.text(&said.conversation_id, "olá")).await["code"], 0);
    let inspect = json!({ "app_id": world.sim.app_id(), "access_token": tokens.access_token });
    assert_eq!(world.call("/tt_user/token_info/get/", &inspect).await["code"], 40113);
    let foreign = json!({ "client_id": "7000000000000000002", "client_secret": "another-secret",
                          "grant_type": "refresh_token", "refresh_token": first.refresh_token });
    assert_eq!(world.call("/tt_user/oauth2/refresh_token/", &foreign).await["code"], 40113);
    assert!(matches!(world.sim.issue_tokens_to_app("7", &business), Err(SimulatorError::UnknownApp(_))));
}

#[tokio::test]
async fn an_owner_who_disconnects_is_reported() {
    let world = World::start().await;
    world.sim.business().disconnects(1).await.unwrap();
    let delivery = world.sim.deliveries().pop().unwrap();
    assert_eq!(
        (delivery.event.as_str(), &delivery.content),
        ("authorization.removed", &json!({ "reason": 1 }))
    );
    let query = [("business_id", world.tokens.open_id.as_str())];
    assert_eq!(world.get("/business/get/", &query).await["code"], 40105);
}
