//! Sections 4.2 and 4.3: what the lists carry.

use serde_json::{Value, json};
use tiktok_simulator::{Arrival, Automation, HistoryOrder, Utterance};

use super::shape::assert_shape;
use crate::api_client::World;

const MESSAGE: &str = "
    message_id string
    conversation_id string
    sender string
    recipient string
    timestamp integer
    message_type string
    message_tag.source string
    from_user.role string
    from_user.id string
    to_user.role string
    to_user.id string";

async fn history(world: &World) -> Value {
    let conversation = world.sim.conversations().remove(0).conversation_id;
    let query = [("business_id", world.tokens.open_id.as_str()), ("conversation_id", conversation.as_str())];
    world.get("/business/message/content/list/", &query).await["data"].clone()
}

#[tokio::test]
async fn every_type_of_message_has_its_block_in_upper_case() {
    let world = World::start().await;
    world.sim.configure(|settings| settings.qps = 1_000);
    let table = [
        (json!({ "type": "text", "body": "oi" }), "TEXT", "text.body string"),
        (json!({ "type": "image" }), "IMAGE", "image.media_id string"),
        (json!({ "type": "video" }), "VIDEO", "video.media_id string"),
        (json!({ "type": "share_post", "video_id": "74" }), "SHARE_POST", "share_post.embed_url string"),
        (json!({ "type": "sticker" }), "STICKER", "sticker.url string"),
        (json!({ "type": "emoji" }), "EMOJI", "emoji.url string"),
        (json!({ "type": "unsupported", "webhook_type": "voice" }), "OTHER", ""),
    ];
    for (utterance, kind, block) in table {
        let utterance: Utterance = serde_json::from_value(utterance).unwrap();
        world.sim.customer("ana").sends(&utterance).await.unwrap();
        let message = history(&world).await["messages"][0].clone();
        assert_eq!(
            (&message["message_type"], &message["from_user"]["role"]),
            (&json!(kind), &json!("PERSONAL_ACCOUNT"))
        );
        assert_shape(&message, &[MESSAGE, block]);
    }
}

#[tokio::test]
async fn optional_members_of_a_message_are_there_when_they_say_something() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    let said = ana.says("oi").await.unwrap();
    ana.quotes(&said.message_id, "isto").await.unwrap();
    let quoting = "text.body string\nreferenced_message_info.referenced_message_id string";
    assert_shape(&history(&world).await["messages"][0], &[MESSAGE, quoting]);
    ana.reacts(&said.message_id, "🔥").await.unwrap();
    let reacted = "
        text.body string
        reactions[].type string
        reactions[].emoji string
        reactions[].unique_identifier string
        reactions[].timestamp integer";
    assert_shape(&history(&world).await["messages"][1], &[MESSAGE, reacted]);
    world.sim.business().automation_says("ana", Automation::WelcomeMessage, "Olá!").await.unwrap();
    let automatic = "text.body string\nauto_message_type string";
    assert_shape(&history(&world).await["messages"][0], &[MESSAGE, automatic]);
}

#[tokio::test]
async fn a_card_is_flat_in_history() {
    let world = World::start().await;
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let mut body = world.text(&said.conversation_id, "");
    body.as_object_mut().unwrap().remove("text");
    body["message_type"] = json!("TEMPLATE");
    let button = json!({ "type": "REPLY", "title": "Track", "id": "track" });
    body["template"] = json!({ "type": "QA_LINK_CARD", "title": "What?", "buttons": [button] });
    assert_eq!(world.send(&body).await["code"], 0);
    let block = "
        template.type string
        template.title string
        template.buttons[].type string
        template.buttons[].title string
        template.buttons[].id string";
    assert_shape(&history(&world).await["messages"][0], &[MESSAGE, block]);
}

#[tokio::test]
async fn only_the_person_may_be_a_follower() {
    let world = World::start().await;
    world.sim.customer("ana").says("oi").await.unwrap();
    let participants = history(&world).await["participants"].clone();
    let common = "role string\nid string\ndisplay_name string\nprofile_image string";
    assert_shape(&participants[0], &[common]);
    assert_shape(&participants[1], &[common, "is_follower bool"]);
    assert!(participants[1]["profile_image"].as_str().unwrap().contains("x-expires="));
}

#[tokio::test]
async fn the_order_of_history_is_a_switch() {
    let world = World::start().await;
    for text in ["um", "dois"] {
        world.sim.customer("ana").says(text).await.unwrap();
    }
    world.sim.configure(|settings| settings.history_order = HistoryOrder::OldestFirst);
    assert_eq!(history(&world).await["messages"][0]["text"]["body"], "um");
}

#[tokio::test]
async fn conversations_list_every_referral_with_seconds() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    for ad_id in ["1", "2"] {
        let arrival = json!({ "source": "ad", "ad_id": ad_id, "ad_name": "Spring", "advertiser_id": "3" });
        let arrival: Arrival = serde_json::from_value(arrival).unwrap();
        ana.arrives(&arrival).await.unwrap();
    }
    let link = json!({ "source": "short_link", "ref": "r", "prefilled_message": "Hi", "approved": true });
    let link: Arrival = serde_json::from_value(link).unwrap();
    ana.arrives(&link).await.unwrap();
    ana.says("oi").await.unwrap();
    let query = [("business_id", world.tokens.open_id.as_str()), ("conversation_type", "STRANGER")];
    let data = world.get("/business/message/conversation/list/", &query).await["data"].clone();
    let table = "
        has_more bool
        cursor integer
        conversations[].conversation_id string
        conversations[].update_time integer
        conversations[].referral.ad[].advertiser_id string
        conversations[].referral.ad[].ad_id string
        conversations[].referral.ad[].timestamp integer
        conversations[].referral.ad[].ad_name string
        conversations[].referral.ad[].embed_url string
        conversations[].referral.ad[].message_material_id string
        conversations[].referral.short_link[].ref string
        conversations[].referral.short_link[].prefilled_message string
        conversations[].referral.short_link[].prefilled_message_audit_status string";
    assert_shape(&data, &[table]);
    let ads = data["conversations"][0]["referral"]["ad"].as_array().unwrap();
    assert_eq!(ads.len(), 2);
    assert!(ads[0]["timestamp"].as_i64().unwrap() < 100_000_000_000, "seconds");
}
