//! Sections 6.1 to 6.11: what events carry.

use serde_json::{Value, json};
use tiktok_simulator::{
    Arrival, AuditStatus, Automation, EchoIdentifier, Face, Operation, Reaction, Source, Utterance,
};

use super::shape::assert_shape;
use crate::api_client::World;

const PEOPLE: &str = "
    from string
    to string
    from_user.id string
    from_user.role string
    to_user.id string
    to_user.role string
    unique_identifier string
    timestamp integer";
const MESSAGE: &str = "
    conversation_id string
    message_id string
    type string
    scene_type integer
    is_follower bool
    message_tag.source string";

/// The content of the newest event, and its name.
fn newest(world: &World) -> (String, Value) {
    let delivery = world.sim.deliveries().pop().unwrap();
    (delivery.event, delivery.content)
}

#[tokio::test]
async fn the_envelope_has_five_members_and_the_content_is_text() {
    let world = World::start().await;
    world.sim.customer("ana").says("oi").await.unwrap();
    let delivery = world.sim.deliveries().pop().unwrap();
    let envelope: Value = serde_json::from_str(&delivery.body).unwrap();
    let table = "
        client_key string
        event string
        create_time integer
        user_openid string
        content string";
    assert_shape(&envelope, &[table]);
    assert_eq!(
        serde_json::from_str::<Value>(envelope["content"].as_str().unwrap()).unwrap(),
        delivery.content
    );
}

#[tokio::test]
async fn every_type_of_message_has_its_block() {
    let world = World::start().await;
    let table = [
        (json!({ "type": "text", "body": "oi" }), "text", "text.body string"),
        (json!({ "type": "image" }), "image", "image.media_id string"),
        (json!({ "type": "video" }), "video", "video.media_id string"),
        (
            json!({ "type": "share_post", "video_id": "74" }),
            "share_post",
            "share_post.embed_url string\nshare_post.video_id string",
        ),
        (
            json!({ "type": "share_post", "video_id": "74", "private": true }),
            "share_post",
            "share_post.video_id string",
        ),
        (json!({ "type": "share_post" }), "share_post", "share_post object"),
        (json!({ "type": "sticker" }), "sticker", "sticker.url string"),
        (json!({ "type": "sticker", "with_url": false }), "sticker", "sticker object"),
        (json!({ "type": "emoji" }), "emoji", "emoji.url string"),
        (json!({ "type": "unsupported", "webhook_type": "voice" }), "voice", ""),
    ];
    for (utterance, kind, block) in table {
        let utterance: Utterance = serde_json::from_value(utterance).unwrap();
        world.sim.customer("ana").sends(&utterance).await.unwrap();
        let (event, content) = newest(&world);
        assert_eq!((event.as_str(), &content["type"]), ("im_receive_msg", &json!(kind)));
        assert_shape(&content, &[PEOPLE, MESSAGE, block]);
        let echo = world.sim.business().sends("ana", Source::Web, &utterance).await.unwrap();
        let (event, content) = newest(&world);
        assert_eq!((event.as_str(), &content["message_id"]), ("im_send_msg", &json!(echo.message_id)));
        assert_eq!(content["from_user"]["role"], "business_account");
        assert_shape(&content, &[PEOPLE, MESSAGE, block]);
    }
}

#[tokio::test]
async fn what_the_api_cannot_represent_may_have_no_event() {
    let world = World::start().await;
    let silent = Utterance::Unsupported { webhook_type: None };
    let sent = world.sim.customer("ana").sends(&silent).await.unwrap();
    assert_eq!(sent.event_id, "");
    assert!(world.sim.deliveries().is_empty());
}

#[tokio::test]
async fn a_quotation_names_the_quoted_message() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    let said = ana.says("oi").await.unwrap();
    ana.quotes(&said.message_id, "isto").await.unwrap();
    let (_, content) = newest(&world);
    assert_eq!(content["referenced_message_info"]["referenced_message_id"], said.message_id);
    let block = "text.body string\nreferenced_message_info.referenced_message_id string";
    assert_shape(&content, &[PEOPLE, MESSAGE, block]);
}

async fn card(world: &World) -> String {
    let said = world.sim.customer("ana").says("oi").await.unwrap();
    let mut body = world.text(&said.conversation_id, "");
    body["message_type"] = json!("TEMPLATE");
    body.as_object_mut().unwrap().remove("text");
    let track = json!({ "type": "REPLY", "title": "Track", "id": "track" });
    let human = json!({ "type": "REPLY", "title": "Human" });
    body["template"] = json!({ "type": "QA_BUTTON_CARD", "title": "What?", "buttons": [track, human] });
    let answer = world.send(&body).await;
    answer["data"]["message"]["message_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_card_and_its_taps_have_the_webhook_spelling() {
    let world = World::start().await;
    let message_id = card(&world).await;
    let echo = world.sim.expect_delivery(crate::PATIENCE, |d| d.event == "im_send_msg").await.unwrap();
    let block = "
        template.type string
        template.elements[].title string
        template.elements[].buttons[].text string
        template.elements[].buttons[].type string
        template.elements[].buttons[].id string";
    assert_shape(&echo.content, &[PEOPLE, MESSAGE, block]);
    assert_eq!(echo.content["template"]["type"], "qa_button_card");
    assert_eq!(echo.content["message_tag"]["source"], "API");

    let ana = world.sim.customer("ana");
    ana.taps(&message_id, "track").await.unwrap();
    let (event, content) = newest(&world);
    assert_eq!((event.as_str(), &content["text"]["body"]), ("im_receive_msg", &json!("Track")));
    let source = json!({ "reply_source_msg_id": message_id, "reply_source_unique_id": "track" });
    assert_eq!(content["reply_source_payload"], source);
    ana.taps(&message_id, "Human").await.unwrap();
    assert_eq!(newest(&world).1["reply_source_payload"], json!({ "reply_source_msg_id": message_id }));
    assert!(ana.taps(&message_id, "nothing").await.is_err());
}

#[tokio::test]
async fn reactions_are_an_array_with_their_own_reactors() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    let said = ana.says("oi").await.unwrap();
    let ai = Face::AiEmoji { ai_emoji_url: "https://example.com/ai.png".to_owned() };
    let both = [Face::emoji("🔥"), ai].map(|face| Reaction {
        message_id: said.message_id.clone(),
        operation: Operation::Add,
        face,
    });
    ana.changes_reactions(&both).await.unwrap();
    let (event, content) = newest(&world);
    assert_eq!((event.as_str(), &content["type"]), ("im_receive_msg", &json!("reaction")));
    let block = "
        reaction[].operation string
        reaction[].type string
        reaction[].emoji string
        reaction[].ai_emoji_url string
        reaction[].unique_identifier string
        reaction[].timestamp integer
        reaction[].original_msg_id string";
    assert_shape(&content, &[PEOPLE, MESSAGE, block]);
    assert_eq!(content["reaction"][0]["original_msg_id"], said.message_id);
    let message = |world: &World| world.sim.conversations()[0].messages[0].clone();
    assert_eq!(message(&world).reactions.len(), 2);
    ana.unreacts(&said.message_id, "🔥").await.unwrap();
    assert_eq!(newest(&world).1["reaction"][0]["operation"], "REMOVE");
    assert_eq!(message(&world).reactions.len(), 1);
}

#[tokio::test]
async fn a_read_receipt_has_no_message_id() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    ana.says("oi").await.unwrap();
    ana.reads().await.unwrap();
    let (event, content) = newest(&world);
    assert_eq!(event, "im_mark_read_msg");
    assert_shape(&content, &[PEOPLE, "conversation_id string\nread.last_read_timestamp integer"]);
}

#[tokio::test]
async fn an_arrival_has_an_object_for_its_source() {
    let world = World::start().await;
    let ad = json!({ "source": "ad", "ad_id": "1", "ad_name": "Spring", "advertiser_id": "2" });
    let link = json!({ "source": "short_link", "ref": "spring_2026-A=", "prefilled_message": "Hi",
                       "approved": false });
    let ad_table = "
        referral.source string
        referral.ad.advertiser_id string
        referral.ad.ad_id string
        referral.ad.timestamp integer
        referral.ad.ad_name string
        referral.ad.embed_url string
        referral.ad.message_material_id string";
    let link_table = "
        referral.source string
        referral.short_link.ref string
        referral.short_link.prefilled_message string
        referral.short_link.prefilled_message_audit_status string";
    for (arrival, table) in [(ad, ad_table), (link, link_table)] {
        let arrival: Arrival = serde_json::from_value(arrival).unwrap();
        world.sim.customer("ana").arrives(&arrival).await.unwrap();
        let (event, content) = newest(&world);
        assert_eq!(event, "im_referral_msg");
        assert_shape(&content, &[PEOPLE, "conversation_id string\nis_follower bool", table]);
    }
    assert_eq!(newest(&world).1["referral"]["short_link"]["prefilled_message_audit_status"], "REJECT");
}

#[tokio::test]
async fn a_customer_in_europe_is_a_notice_without_a_name() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    ana.change(|customer| customer.country = "DE".to_owned());
    ana.says("hallo").await.unwrap();
    let (event, content) = newest(&world);
    assert_eq!(event, "im_receive_msg_eu");
    assert_shape(&content, &["to string\nto_user.id string\nto_user.role string\ntimestamp integer"]);
    ana.reads().await.unwrap();
    assert_eq!(world.sim.deliveries().len(), 1, "nobody hears of their reading");
}

#[tokio::test]
async fn a_high_intent_comment_has_no_conversation() {
    let world = World::start().await;
    let ana = world.sim.customer("ana");
    ana.comments("quanto?").await.unwrap();
    assert!(world.sim.deliveries().is_empty(), "the account does not answer comments");
    world.sim.business().change(|account| account.answers_comments = true).unwrap();
    ana.comments("quanto?").await.unwrap();
    let (event, content) = newest(&world);
    assert_eq!(event, "im_receive_high_intent_comment");
    assert_shape(&content, &[PEOPLE, "comment_id string\ncomment_text string\nis_follower bool"]);
}

#[tokio::test]
async fn automations_say_which_they_are() {
    let world = World::start().await;
    world.sim.customer("ana").says("oi").await.unwrap();
    world.sim.business().automation_says("ana", Automation::AutoReply, "Olá!").await.unwrap();
    let (event, content) = newest(&world);
    assert_eq!(event, "im_send_msg");
    assert_eq!(content["message_tag"]["source"], "OTHERS");
    assert_shape(&content, &[PEOPLE, MESSAGE, "text.body string\nauto_message_type string"]);
    for (whom, present) in [(EchoIdentifier::Absent, false), (EchoIdentifier::Business, true)] {
        world.sim.configure(|settings| settings.echo_unique_identifier = whom);
        world.sim.business().app_reply("ana", "oi").await.unwrap();
        assert_eq!(newest(&world).1.get("unique_identifier").is_some(), present, "{whom:?}");
    }
}

#[tokio::test]
async fn auto_message_events_have_their_object() {
    let world = World::start().await;
    let body = json!({
        "business_id": world.tokens.open_id,
        "auto_message_type": "CHAT_PROMPT",
        "chat_prompt": { "title": "Prices", "content": "What does it cost?" },
    });
    let made = world.post_signed("/business/message/auto_message/create/", &body).await;
    let id = made["data"]["auto_message"]["auto_message_id"].as_str().unwrap();
    let base = "
        auto_message_id string
        auto_message_type string
        timestamp integer";
    let config = "
        auto_message_action string
        chat_prompt.title string
        chat_prompt.content string";
    let (event, content) = newest(&world);
    assert_eq!(
        (event.as_str(), &content["auto_message_action"]),
        ("im_auto_message_config_update", &json!("CREATE"))
    );
    assert_shape(&content, &[base, config]);
    world.sim.business().reviews(id, AuditStatus::Approved).await.unwrap();
    let (event, content) = newest(&world);
    assert_eq!(event, "im_auto_message_audit_update");
    assert_shape(&content, &[base, "audit_status string"]);
}
