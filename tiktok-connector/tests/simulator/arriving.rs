//! What people do on TikTok, and what the host hears.

use connector_api::{ChannelConnector, Content, EchoOrigin, EventKind, Medium, SharedPost};
use serde_json::{Value, json};
use tiktok_simulator::{
    Arrival, Automation, EchoIdentifier, Face, Operation, Reaction, SimulatorConfig, Source, Utterance,
};

use crate::shop::Shop;

fn kinds(shop: &Shop) -> Vec<EventKind> {
    shop.arrived().into_iter().map(|event| event.kind).collect()
}

fn contents(shop: &Shop) -> Vec<Content> {
    let content = |kind| match kind {
        EventKind::MessageReceived { message, .. } | EventKind::MessageEchoed { message, .. } => {
            Some(message.content)
        }
        _ => None,
    };
    kinds(shop).into_iter().filter_map(content).collect()
}

fn post(video_id: Option<&str>, private: bool) -> Utterance {
    Utterance::SharePost { video_id: video_id.map(str::to_owned), private }
}

#[tokio::test]
async fn everything_that_a_customer_can_say_arrives() {
    let shop = Shop::open().await;
    let ana = shop.sim.customer("ana");
    let said = [
        Utterance::text("oi"),
        Utterance::Image { base64: None },
        Utterance::Video { base64: None },
        Utterance::Sticker { with_url: true },
        Utterance::Sticker { with_url: false },
        Utterance::Emoji {},
        post(Some("7400000000000000009"), false),
        post(Some("7400000000000000009"), true),
        post(None, true),
        Utterance::Unsupported { webhook_type: Some("voice".to_owned()) },
    ];
    for utterance in &said {
        ana.sends(utterance).await.expect("said");
    }
    let arrived = contents(&shop);
    let kinds: Vec<&str> = arrived.iter().map(Content::kind).collect();
    let expected = [
        "text",
        "image",
        "video",
        "sticker",
        "sticker",
        "emoji",
        "post_share",
        "post_share",
        "post_share",
        "voice",
    ];
    assert_eq!(kinds, expected);
    let media: Vec<bool> = arrived.iter().map(|content| content.medium().is_some()).collect();
    assert_eq!(media, [false, true, true, true, false, true, false, false, false, false]);
    let known = |url: &str| {
        let url = Some(url.to_owned());
        Content::Post(SharedPost::new(Some("7400000000000000009".to_owned()), url))
    };
    assert_eq!(
        arrived[6..8],
        [
            known("https://www.tiktok.com/player/v1/7400000000000000009?utm_source=dm"),
            known("https://www.tiktok.com/player/v1/7400000000000000009"),
        ]
    );
    shop.close();
}

#[tokio::test]
async fn colleagues_automations_and_this_program_are_told_apart() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    let business = shop.sim.business();
    business.app_reply("ana", "from the phone").await.expect("replied");
    business.web_reply("ana", "from the desk").await.expect("replied");
    business.automation_says("ana", Automation::AutoReply, "We are closed.").await.expect("said");
    shop.tiktok.send(shop.message(&conversation, Content::text("by API"))).await.expect("sent");
    let echo = |kind| match kind {
        EventKind::MessageEchoed { contact, message, origin, .. } => {
            assert_eq!(contact.id, shop.sim.customer("ana").profile().unique_identifier);
            Some((origin, message.automatic))
        }
        _ => None,
    };
    let echoes: Vec<_> = kinds(&shop).into_iter().filter_map(echo).collect();
    let automatic = (EchoOrigin::Automatic, Some("auto_reply".to_owned()));
    let app = (EchoOrigin::App, None);
    assert_eq!(echoes, [app.clone(), app, automatic, (EchoOrigin::Api, None)]);
    shop.close();
}

#[tokio::test]
async fn reactions_of_both_sides_quotes_taps_and_reads_arrive() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    let card = crate::sending::card("buttons");
    let sent = shop.tiktok.send(shop.message(&conversation, card)).await.expect("sent");
    let card = sent.message_id.expect("an id");
    let ana = shop.sim.customer("ana");
    ana.reads().await.expect("read");
    ana.taps(&card, "track").await.expect("tapped");
    let picture = Face::AiEmoji { ai_emoji_url: "https://p16.example/ai.webp?x-expires=9".to_owned() };
    let put = |operation, face| Reaction { message_id: card.clone(), operation, face };
    let thumb = Face::Emoji { emoji: "👍".to_owned() };
    ana.changes_reactions(&[put(Operation::Add, thumb.clone()), put(Operation::Add, picture)])
        .await
        .expect("reacted");
    ana.changes_reactions(&[put(Operation::Remove, thumb)]).await.expect("reacted");
    ana.quotes(&card, "this one").await.expect("quoted");
    let arrived = kinds(&shop);
    let reactions: Vec<_> = arrived
        .iter()
        .filter_map(|kind| match kind {
            EventKind::MessageReacted { message, reaction, .. } => Some((message, reaction)),
            _ => None,
        })
        .map(|(message, reaction)| {
            assert_eq!(*message, card);
            (reaction.emoji.is_some(), reaction.url.is_some(), reaction.removed)
        })
        .collect();
    assert_eq!(reactions, [(true, false, false), (false, true, false), (true, false, true)]);
    let last = arrived.iter().rev().find_map(|kind| match kind {
        EventKind::MessageReceived { message, .. } => Some(message),
        _ => None,
    });
    assert_eq!(last.and_then(|message| message.quotes.clone()), Some(card.clone()));
    let answers = arrived.iter().find_map(|kind| match kind {
        EventKind::MessageReceived { message, .. } => message.answers.clone(),
        _ => None,
    });
    let answers = answers.expect("the tap");
    assert_eq!((answers.message, answers.button.as_deref()), (Some(card), Some("track")));
    assert!(arrived.iter().any(|kind| matches!(kind, EventKind::ConversationRead { .. })));
    shop.close();
}

#[tokio::test]
async fn people_who_come_by_an_ad_or_a_link_are_told_of() {
    let shop = Shop::open().await;
    let (ad_id, ad_name, advertiser_id) = ("a1".to_owned(), "Spring".to_owned(), "7".to_owned());
    let ad = Arrival::Ad { ad_id, ad_name, advertiser_id };
    shop.sim.customer("ana").arrives(&ad).await.expect("arrived");
    let (reference, prefilled_message) = ("flyer_1".to_owned(), "hi".to_owned());
    let link = Arrival::ShortLink { reference, prefilled_message, approved: false };
    shop.sim.customer("ben").arrives(&link).await.expect("arrived");
    let how = |kind| match kind {
        EventKind::CustomerReferred { referral, .. } => {
            Some((referral.source, referral.ad_id, referral.reference))
        }
        _ => None,
    };
    let referred: Vec<_> = kinds(&shop).into_iter().filter_map(how).collect();
    let own = |text: &str| Some(text.to_owned());
    let expected = [("ad".to_owned(), own("a1"), None), ("short_link".to_owned(), None, own("flyer_1"))];
    assert_eq!(referred, expected);
    shop.close();
}

#[tokio::test]
async fn of_people_in_europe_only_that_somebody_wrote_is_told() {
    let shop = Shop::open().await;
    shop.sim.customer("ida").change(|ida| ida.country = "DE".to_owned());
    shop.sim.customer("ida").says("hallo").await.expect("said");
    let arrived = kinds(&shop);
    let [EventKind::MessageWithheld { reason }] = arrived.as_slice() else {
        panic!("{arrived:?}");
    };
    assert_eq!(reason.code.as_str(), "region.peer_blocked");
    shop.close();
}

#[tokio::test]
async fn however_tiktok_spells_it_the_same_is_understood() {
    type Change = fn(&mut tiktok_simulator::Settings);
    let variations: [(&str, Change); 8] = [
        ("escapes", |settings| settings.fuzz_escapes = true),
        ("more members", |settings| settings.extra_members = true),
        ("content as an object", |settings| settings.content_as_object = true),
        ("times as text", |settings| settings.times_as_text = true),
        ("no roles", |settings| {
            settings.omitted_members = ["from_user.role", "to_user.role"].map(str::to_owned).to_vec();
        }),
        ("no ids of people", |settings| {
            settings.omitted_members = ["from_user.id", "to_user.id"].map(str::to_owned).to_vec();
        }),
        ("few members", |settings| {
            let names = ["scene_type", "is_follower", "message_tag", "from", "to", "timestamp"];
            settings.omitted_members = names.map(str::to_owned).to_vec();
        }),
        ("echoes that name the business", |settings| {
            settings.echo_unique_identifier = EchoIdentifier::Business;
        }),
    ];
    for (name, change) in variations {
        let shop = Shop::open_as(SimulatorConfig::default()).await;
        shop.sim.configure(change);
        for text in ["one café 👋", "two", "three", "four"] {
            shop.sim.customer("ana").says(text).await.expect("said");
            shop.sim.business().sends("ana", Source::App, &Utterance::text("echo")).await.expect("said");
        }
        let arrived = kinds(&shop);
        let heard = |inbound| {
            let is = |kind: &&EventKind| {
                matches!(
                    (kind, inbound),
                    (EventKind::MessageReceived { .. }, true) | (EventKind::MessageEchoed { .. }, false)
                )
            };
            arrived.iter().filter(is).count()
        };
        assert_eq!((heard(true), heard(false)), (4, 4), "{name}: {arrived:?}");
        assert_eq!(contents(&shop)[0], Content::text("one café 👋"), "{name}");
        shop.close();
    }
}

#[tokio::test]
async fn what_nobody_knows_yet_and_neighbouring_events_are_told_of() {
    let shop = Shop::open().await;
    let table: [(&str, Value); 5] = [
        ("im_new", json!({ "type": "hologram" })),
        ("tiktok.ping", json!({ "reason": "testing Webhook" })),
        ("post.publish.complete", json!({ "publish_id": "1" })),
        (
            "comment.update",
            json!({ "comment_id": 7_499_999_999_999_999_999_u64, "comment_action": "insert" }),
        ),
        (
            "im_receive_msg",
            json!({ "type": "hologram", "message_id": "m", "conversation_id": "c", "unique_identifier": "u" }),
        ),
    ];
    for (event, content) in table {
        shop.sim.raw_event(event, content).expect("posted");
    }
    shop.sim.business().disconnects(1).await.expect("disconnected");
    let arrived = kinds(&shop);
    let [
        EventKind::Notice { .. },
        EventKind::Notice { .. },
        EventKind::Notice { .. },
        EventKind::Commented { comment, .. },
        EventKind::MessageReceived { message, .. },
        EventKind::AccountDisconnected { .. },
    ] = arrived.as_slice()
    else {
        panic!("{arrived:?}");
    };
    assert_eq!(comment.id, "7499999999999999999");
    assert_eq!((message.content.kind(), message.content.medium()), ("hologram", None::<&Medium>));
    shop.close();
}
