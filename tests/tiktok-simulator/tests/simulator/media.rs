//! Uploading, sending and fetching pictures (section 13, items 10 to 12).

use std::time::Duration;

use serde_json::{Value, json};
use tiktok_simulator::{AccountConfig, SimulatorConfig, Utterance, ViolationKind};

use crate::api_client::World;

pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";
const JPG: &[u8] = b"\xff\xd8\xff\xe0and so on";

#[tokio::test]
async fn only_the_bytes_decide_what_a_file_is() {
    let world = World::start().await;
    let large = [PNG, &vec![0; 3_000_000]].concat();
    for (bytes, code) in [(PNG, 0), (JPG, 0), (b"GIF89a".as_slice(), 40908), (b"", 40906), (&large, 40907)] {
        assert_eq!(world.upload(bytes).await["code"], code, "{} bytes", bytes.len());
    }
    let id = world.tokens.open_id.as_bytes();
    let video = [("business_id", false, id), ("media_type", false, b"VIDEO".as_slice()), ("file", true, PNG)];
    assert_eq!(world.upload_parts(&video).await["code"], 40002);
}

#[tokio::test]
async fn a_picture_is_sent_where_pictures_work() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    let said = ana.says("oi").await.unwrap();
    let media_id = world.upload(PNG).await["data"]["media_id"].clone();
    let mut body = world.text(&said.conversation_id, "");
    body.as_object_mut().unwrap().remove("text");
    body["message_type"] = json!("IMAGE");
    body["image"] = json!({ "media_id": media_id });
    assert_eq!(world.send(&body).await["code"], 0);
    assert_eq!(world.send(&body).await["code"], 0, "an upload can be sent again");
    for code in [40064, 40002] {
        ana.change(|customer| customer.country = "US".to_owned());
        world.sim.configure(|settings| settings.image_refused_code = code);
        assert_eq!(world.send(&body).await["code"], code);
    }
    ana.change(|customer| customer.country = "BR".to_owned());
    world.sim.advance(Duration::from_secs(30 * 86_400));
    let world = World { tokens: world.sim.issue_tokens().unwrap(), ..world };
    ana.says("oi").await.unwrap();
    assert_eq!(world.send(&body).await["code"], 40910);
    let inbound = ana.sends(&Utterance::image(PNG)).await.unwrap();
    let received = world.sim.conversations()[0].message_content(&inbound.message_id);
    body["image"]["media_id"] = received;
    assert_eq!(world.send(&body).await["code"], 40007, "only uploads can be sent");
}

trait ContentOf {
    fn message_content(&self, message_id: &str) -> Value;
}

impl ContentOf for tiktok_simulator::Conversation {
    fn message_content(&self, message_id: &str) -> Value {
        let message = self.messages.iter().find(|message| message.message_id == message_id).unwrap();
        json!(message.content.media_id())
    }
}

const OTHER: &str = "-000SimBusinessOpenId0002";

async fn received() -> (World, Value) {
    let other = AccountConfig { business_id: OTHER.to_owned(), ..AccountConfig::default() };
    let accounts = vec![AccountConfig::default(), other];
    let world = World::start_with(SimulatorConfig { accounts, ..SimulatorConfig::default() }).await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let said = world.sim.customer("ana").sends(&Utterance::image(PNG)).await.unwrap();
    let media_id = world.sim.conversations()[0].message_content(&said.message_id);
    let body = json!({
        "business_id": world.tokens.open_id,
        "conversation_id": said.conversation_id,
        "message_id": said.message_id,
        "media_id": media_id,
        "media_type": "IMAGE",
    });
    (world, body)
}

const DOWNLOAD: &str = "/business/message/media/download/";

#[tokio::test]
async fn bytes_need_x_user_and_nothing_else() {
    let (world, body) = received().await;
    let answer = world.post_signed(DOWNLOAD, &body).await;
    let url = answer["data"]["download_url"].as_str().unwrap();
    let token = &world.tokens.access_token;
    let status = |header: Option<(&'static str, String)>| {
        let mut request = world.http.get(url);
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(status(Some(("x-user", token.clone()))).await, 200);
    assert_eq!(world.sim.violation_kinds(), []);
    assert_eq!(status(None).await, 403);
    assert_eq!(status(Some(("Access-Token", token.clone()))).await, 403);
    assert_eq!(world.sim.violation_kinds(), [ViolationKind::DownloadHeader; 2]);
    let other = world.sim.issue_tokens_for(OTHER, &["message.list.read"]).unwrap().access_token;
    for stranger in ["wrong".to_owned(), other] {
        assert_eq!(status(Some(("x-user", stranger))).await, 403);
    }
    world.sim.advance(Duration::from_secs(86_400));
    let fresh = world.sim.issue_tokens().unwrap().access_token;
    assert_eq!(status(Some(("x-user", fresh))).await, 403, "the address has expired");
}

#[tokio::test]
async fn all_five_members_are_required_and_belong_together() {
    let (world, body) = received().await;
    for name in ["business_id", "conversation_id", "message_id", "media_id", "media_type"] {
        let mut without = body.clone();
        without.as_object_mut().unwrap().remove(name);
        assert_eq!(world.post_signed(DOWNLOAD, &without).await["code"], 40002, "{name}");
    }
    for (name, value, code) in [
        ("conversation_id", "other", 40007),
        ("message_id", "other", 40007),
        ("media_id", "other", 40007),
        ("media_type", "VIDEO", 40002),
        ("media_type", "AUDIO", 40002),
    ] {
        let mut wrong = body.clone();
        wrong[name] = json!(value);
        assert_eq!(world.post_signed(DOWNLOAD, &wrong).await["code"], code, "{name}");
    }
    world.sim.configure(|settings| settings.inbound_media_secs = Some(60));
    world.sim.advance(Duration::from_secs(60));
    assert_eq!(world.post_signed(DOWNLOAD, &body).await["code"], 40910);
}

#[tokio::test]
async fn stickers_need_no_header_and_expire() {
    let world = World::start().await;
    world.sim.customer("ana").sends(&Utterance::Sticker { with_url: true }).await.unwrap();
    let url = world.sim.deliveries()[0].content["sticker"]["url"].as_str().unwrap().to_owned();
    assert_eq!(world.http.get(&url).send().await.unwrap().status(), 200);
    world.sim.advance(Duration::from_secs(30 * 86_400));
    assert_eq!(world.http.get(&url).send().await.unwrap().status(), 403);
}
