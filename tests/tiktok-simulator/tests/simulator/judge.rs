//! What is held against the client.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tiktok_simulator::ViolationKind;

use crate::api_client::World;
use crate::media::PNG;

#[tokio::test]
async fn a_client_that_behaves_has_no_violations() {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    world.send(&world.text(&said.conversation_id, "olá")).await;
    let query =
        [("business_id", world.tokens.open_id.as_str()), ("conversation_id", said.conversation_id.as_str())];
    let listed = world.get("/business/message/content/list/", &query).await;
    assert_eq!(listed["code"], 0);
    assert_eq!(world.upload(PNG).await["code"], 0);
    assert_eq!(world.sim.violation_kinds(), []);
}

/// A world with one conversation, and calls that are right but for one thing.
struct Court {
    world: World,
    conversation: String,
    url: String,
}

impl Court {
    async fn open() -> Self {
        let world = World::start().await;
        let conversation = world.sim.customer("ana").says("oi").await.unwrap().conversation_id;
        let url = format!("{}/business/message/send/", world.sim.api_base());
        Self { world, conversation, url }
    }

    fn text(&self) -> Value {
        self.world.text(&self.conversation, "olá")
    }

    fn send(&self, body: &Value) -> RequestBuilder {
        self.world.send_request(body)
    }

    fn get(&self, path_and_query: &str) -> RequestBuilder {
        let url = format!("{}{path_and_query}", self.world.sim.api_base());
        self.world.http.get(url).header("Access-Token", &self.world.tokens.access_token)
    }

    fn business(&self) -> &str {
        &self.world.tokens.open_id
    }

    fn with(&self, name: &str, value: &Value) -> RequestBuilder {
        let mut body = self.text();
        body[name] = value.clone();
        self.send(&body)
    }
}

/// Makes one call that breaks one rule.
type Offence = fn(&Court) -> RequestBuilder;

#[tokio::test]
async fn every_broken_rule_of_form_is_noted_once_and_by_name() {
    use ViolationKind as K;
    let table: [(K, Offence); 16] = [
        (K::MissingTrailingSlash, |c| c.world.http.post(c.url.trim_end_matches('/')).json(&c.text())),
        (K::UnknownPath, |c| c.get("/business/nothing/")),
        (K::WrongMethod, |c| c.get("/business/message/send/")),
        (K::ContentType, |c| {
            let request = c.world.http.post(&c.url).header("Access-Token", &c.world.tokens.access_token);
            request.header("Content-Type", "text/plain").body(c.text().to_string())
        }),
        (K::AuthorizationHeader, |c| c.send(&c.text()).header("Authorization", "Bearer x")),
        (K::MissingAccessToken, |c| c.world.http.post(&c.url).json(&c.text())),
        (K::BearerPrefix, |c| c.world.http.post(&c.url).json(&c.text()).header("Access-Token", "Bearer x")),
        (K::UnexpectedAccessToken, |c| {
            let body = json!({ "app_id": c.world.sim.app_id(), "access_token": c.world.tokens.access_token });
            c.world.post("/tt_user/token_info/get/", &body).header("Access-Token", "x")
        }),
        (K::PlusDecodedAsSpace, |c| {
            let query = format!("business_id={}&conversation_id={}", c.business(), c.conversation);
            c.get(&format!("/business/message/content/list/?{query}"))
        }),
        (K::EncodedIdInBody, |c| {
            let encoded = c.conversation.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            let body = json!({ "business_id": c.business(), "conversation_id": encoded, "message_id": "m",
                               "media_id": "m", "media_type": "IMAGE" });
            let request = c.world.post("/business/message/media/download/", &body);
            request.header("Access-Token", &c.world.tokens.access_token)
        }),
        (K::ArrayNotJson, |c| {
            c.get(&format!("/business/get/?business_id={}&fields=username,display_name", c.business()))
        }),
        (K::ArrayNotJson, |c| {
            let query = format!("business_id={}&fields[]=%5B%22username%22%5D", c.business());
            c.get(&format!("/business/get/?{query}"))
        }),
        (K::UnknownMember, |c| c.with("idempotency_key", &json!("1"))),
        (K::UnknownMember, |c| c.get(&format!("/business/get/?business_id={}&locale=pt", c.business()))),
        (K::InvalidRequest, |c| c.with("text", &json!({ "body": "" }))),
        (K::InvalidRequest, |c| c.with("recipient_type", &json!("USER"))),
    ];
    for (kind, offence) in table {
        let court = Court::open().await;
        offence(&court).send().await.unwrap();
        assert_eq!(court.world.sim.violation_kinds(), [kind]);
    }
}

#[tokio::test]
async fn the_parts_of_an_upload_are_judged() {
    let world = World::start().await;
    let id = world.tokens.open_id.clone();
    let business = ("business_id", false, id.as_bytes());
    let kind = ("media_type", false, b"IMAGE".as_slice());
    let file = ("file", true, PNG);
    let bare_file = ("file", false, PNG);
    let stranger = ("caption", false, b"hi".as_slice());
    for parts in [
        vec![business, kind, bare_file],
        vec![business, kind, file, stranger],
        vec![business, file],
        vec![business, kind],
    ] {
        let before = world.sim.violations().len();
        assert_eq!(world.upload_parts(&parts).await["code"], 40002);
        assert_eq!(world.sim.violation_kinds()[before..], [ViolationKind::MultipartPart]);
    }
    let before = world.sim.violations().len();
    let url = format!("{}/business/message/media/upload/", world.sim.api_base());
    let request = world.http.post(url).header("Access-Token", &world.tokens.access_token);
    request.header("Content-Type", "multipart/form-data").body("x").send().await.unwrap();
    assert_eq!(world.sim.violation_kinds()[before], ViolationKind::ContentType, "no boundary");
}

#[tokio::test]
async fn a_judgement_names_the_call_and_no_secret() {
    let court = Court::open().await;
    let answer = court.with("text", &json!({ "body": 7 })).send().await.unwrap();
    let answer: Value = answer.json().await.unwrap();
    let violation = court.world.sim.violations().remove(0);
    assert_eq!(json!(violation.request_id), answer["request_id"]);
    assert_eq!(
        (violation.method.as_str(), violation.path.as_str()),
        ("POST", "/open_api/v1.3/business/message/send/")
    );
    let bearer = format!("Bearer {}", court.world.tokens.access_token);
    let request = court.world.http.post(&court.url).json(&court.text()).header("Access-Token", &bearer);
    request.send().await.unwrap();
    let told = serde_json::to_string(&court.world.sim.violations()).unwrap();
    assert!(!told.contains(&court.world.tokens.access_token), "{told}");
}

#[tokio::test]
async fn the_eleventh_arrival_within_980_ms_is_held_against_the_client() {
    for (pause_ms, kinds) in [(979, vec![ViolationKind::RateExceeded]), (980, vec![])] {
        let court = Court::open().await;
        court.world.sim.freeze(true);
        let query = format!("/business/get/?business_id={}", court.business());
        for _ in 0..10 {
            court.get(&query).send().await.unwrap();
        }
        court.world.sim.advance(std::time::Duration::from_millis(pause_ms));
        court.get(&query).send().await.unwrap();
        assert_eq!(court.world.sim.violation_kinds(), kinds, "{pause_ms}");
    }
}

#[tokio::test]
async fn the_sheet_can_be_read_and_wiped() {
    let court = Court::open().await;
    court.world.http.post(&court.url).json(&court.text()).send().await.unwrap();
    let url = format!("{}/control/violations", court.world.sim.url());
    let read: Value = court.world.http.get(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(read["violations"][0]["kind"], "missing_access_token");
    let wiped: Value = court.world.http.delete(&url).send().await.unwrap().json().await.unwrap();
    assert_eq!(wiped, json!({ "violations": [] }));
    assert_eq!(court.world.sim.violation_kinds(), []);
}
