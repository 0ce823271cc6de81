//! Where what works (section 13, item 15), and caps of days.

use std::time::Duration;

use serde_json::json;
use tiktok_simulator::ViolationKind;

use crate::api_client::World;

#[tokio::test]
async fn accounts_in_europe_and_unreviewed_ones_in_the_us_may_not_use_messaging() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let query = [("business_id", world.tokens.open_id.as_str()), ("conversation_type", "SINGLE")];
    let table = [
        ("BR", false, 0),
        ("DE", false, 40001),
        ("CH", true, 40001),
        ("GB", true, 40001),
        ("US", false, 40001),
        ("US", true, 0),
    ];
    for (country, us_reviewed, code) in table {
        world.sim.business().change(|account| account.country = country.to_owned()).unwrap();
        world.sim.configure(|settings| settings.us_reviewed = us_reviewed);
        let answer = world.get("/business/message/conversation/list/", &query).await;
        assert_eq!(answer["code"], code, "{country}");
    }
}

#[tokio::test]
async fn images_depend_on_both_countries_and_on_the_type_of_conversation() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let ana = world.sim.customer("ana");
    let said = ana.says("oi").await.unwrap();
    for (country, kind, result) in [
        ("BR", "STRANGER", true),
        ("BR", "SINGLE", false),
        ("US", "STRANGER", false),
        ("JP", "STRANGER", false),
    ] {
        ana.change(|customer| customer.country = country.to_owned());
        let query = [
            ("business_id", world.tokens.open_id.as_str()),
            ("capability_types", r#"["IMAGE_SEND"]"#),
            ("conversation_id", said.conversation_id.as_str()),
            ("conversation_type", kind),
        ];
        let answer = world.get("/business/message/capabilities/get/", &query).await;
        assert_eq!(answer["data"]["capability_infos"][0]["capability_result"], result, "{country} {kind}");
    }
}

#[tokio::test]
async fn lists_hide_europeans_unless_told_otherwise() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    ana.change(|customer| customer.country = "FR".to_owned());
    ana.says("salut").await.unwrap();
    for listed in [false, true] {
        world.sim.configure(|settings| settings.eu_conversations_listed = listed);
        let query = [("business_id", world.tokens.open_id.as_str()), ("conversation_type", "STRANGER")];
        let data = world.get("/business/message/conversation/list/", &query).await["data"].clone();
        assert_eq!(data["conversations"] != json!([]), listed);
    }
}

#[tokio::test]
async fn a_day_has_room_for_so_many_conversations() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.daily_conversations = Some(2));
    let mut texts = Vec::new();
    for name in ["ana", "bea", "caio"] {
        let said = world.sim.customer(name).says("oi").await.unwrap();
        texts.push(world.text(&said.conversation_id, "olá"));
    }
    for (text, code) in [(&texts[0], 0), (&texts[1], 0), (&texts[2], 40064), (&texts[0], 0)] {
        let answer = world.send(text).await;
        assert_eq!(answer["code"], code);
        if code != 0 {
            assert_eq!(answer["message"], "You are sending messages too fast. Take a rest.");
        }
    }
    assert_eq!(world.sim.violation_kinds(), [ViolationKind::DailyCapExceeded]);
    world.sim.advance(Duration::from_secs(86_400));
    let world = World { tokens: world.sim.issue_tokens().unwrap(), ..world };
    assert_eq!(world.send(&texts[2]).await["code"], 0);
}

#[tokio::test]
async fn minutes_and_days_have_limits_when_asked_for() {
    let world = World::start().await;
    world.sim.configure(|settings| {
        settings.qps = 1_000;
        settings.qpm = Some(3);
    });
    let query = [("business_id", world.tokens.open_id.as_str())];
    for code in [0, 0, 0, 40100] {
        assert_eq!(world.get("/business/get/", &query).await["code"], code);
    }
    world.sim.advance(Duration::from_secs(299));
    assert_eq!(world.get("/business/get/", &query).await["code"], 40100, "five minutes of rest");
    world.sim.advance(Duration::from_secs(2));
    assert_eq!(world.get("/business/get/", &query).await["code"], 0);
}
