//! What TikTok remembers, and that it is what webhooks brought.

use std::collections::BTreeSet;

use connector_api::{
    ChannelConnector, ContactProfileRequest, Content, Event, EventKind, EventPage, HistoryRequest,
    ProbeRequest,
};
use tiktok_simulator::{Arrival, Automation, HistoryOrder, Utterance};

use crate::shop::Shop;

async fn page(shop: &Shop, conversation: Option<&str>, cursor: Option<String>) -> EventPage {
    let mut request = HistoryRequest::new(shop.account.clone()).with_cursor(cursor);
    request.conversation = conversation.map(str::to_owned);
    shop.tiktok.history(request).await.expect("a page")
}

fn keys(events: &[Event]) -> BTreeSet<&str> {
    let in_history = |event: &&Event| {
        matches!(
            event.kind,
            EventKind::MessageReceived { .. }
                | EventKind::MessageEchoed { .. }
                | EventKind::MessageReacted { .. }
        )
    };
    events.iter().filter(in_history).map(|event| event.dedup_key.as_str()).collect()
}

#[tokio::test]
async fn what_was_read_back_is_the_same_as_what_webhooks_brought() {
    for order in [HistoryOrder::NewestFirst, HistoryOrder::OldestFirst] {
        let shop = Shop::open().await;
        shop.sim.configure(|settings| settings.history_order = order);
        let conversation = shop.asked_by("ana").await;
        let ana = shop.sim.customer("ana");
        for utterance in [
            Utterance::Image { base64: None },
            Utterance::Video { base64: None },
            Utterance::Sticker { with_url: true },
            Utterance::Emoji {},
        ] {
            ana.sends(&utterance).await.expect("said");
        }
        let sent = shop.tiktok.send(shop.message(&conversation, crate::sending::card("links"))).await;
        let card = sent.expect("sent").message_id.expect("an id");
        ana.reacts(&card, "🔥").await.expect("reacted");
        ana.quotes(&card, "this one").await.expect("quoted");
        shop.sim.business().app_reply("ana", "from the phone").await.expect("replied");
        shop.sim.business().automation_says("ana", Automation::AutoReply, "Closed.").await.expect("said");
        let webhooks = shop.arrived();
        let page = page(&shop, Some(&conversation), None).await;
        assert_eq!((page.cursor, page.events.len()), (None, 10));
        assert_eq!(keys(&page.events), keys(&webhooks));
        assert!(page.events.is_sorted_by_key(|event| event.occurred_at));
        for event in page.events {
            let same = webhooks.iter().find(|other| other.dedup_key == event.dedup_key).expect("the same");
            assert_eq!(&event, same);
        }
        shop.close();
    }
}

#[tokio::test]
async fn a_shared_post_has_less_to_say_in_a_list_and_what_has_no_webhook_is_a_fallback() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    let ana = shop.sim.customer("ana");
    let video_id = Some("7400000000000000009".to_owned());
    ana.sends(&Utterance::SharePost { video_id, private: false }).await.expect("said");
    ana.sends(&Utterance::Unsupported { webhook_type: None }).await.expect("said");
    let page = page(&shop, Some(&conversation), None).await;
    let contents: Vec<(&str, bool)> = page
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::MessageReceived { message, .. } => Some(message),
            _ => None,
        })
        .map(|message| match &message.content {
            Content::Post(post) => ("post", post.url.is_some()),
            content => (content.kind(), false),
        })
        .collect();
    assert_eq!(contents, [("text", false), ("post", true), ("other", false)]);
    shop.close();
}

#[tokio::test]
async fn both_lists_are_paged_through_with_how_people_came() {
    let shop = Shop::open().await;
    let ad = |id: &str| Arrival::Ad {
        ad_id: id.to_owned(),
        ad_name: "Spring".to_owned(),
        advertiser_id: "7".to_owned(),
    };
    shop.sim.customer("ana").arrives(&ad("a1")).await.expect("arrived");
    shop.sim.customer("ana").arrives(&ad("a2")).await.expect("arrived");
    let answered = shop.asked_by("ana").await;
    let waiting = shop.asked_by("ben").await;
    shop.tiktok.send(shop.message(&answered, Content::text("olá"))).await.expect("sent");
    let first = page(&shop, None, None).await;
    let [conversation] = first.conversations.as_slice() else {
        panic!("{first:?}");
    };
    let ads: Vec<_> = conversation.referrals.iter().map(|way| way.referral.ad_id.as_deref()).collect();
    assert_eq!((&conversation.id, ads), (&answered, vec![Some("a1"), Some("a2")]));
    assert!(conversation.referrals.iter().all(|way| way.at.is_some()) && conversation.updated_at.is_some());
    let second = page(&shop, None, first.cursor).await;
    assert_eq!(second.conversations.iter().map(|one| &one.id).collect::<Vec<_>>(), [&waiting]);
    assert_eq!(second.cursor, None);
    let request = HistoryRequest::new(shop.account.clone()).with_cursor(Some("of somebody else".to_owned()));
    shop.tiktok.history(request).await.expect_err("a cursor that is none");
    shop.close();
}

#[tokio::test]
async fn more_conversations_than_tiktok_lists_end_after_a_hundred() {
    let shop = Shop::open().await;
    for number in 0..105 {
        shop.asked_by(&format!("customer {number}")).await;
    }
    let first = page(&shop, None, None).await;
    assert_eq!((first.conversations.len(), first.cursor.as_deref()), (0, Some("STRANGER 0")));
    let second = page(&shop, None, first.cursor).await;
    assert_eq!((second.conversations.len(), second.cursor), (100, None));
    shop.close();
}

#[tokio::test]
async fn the_other_person_has_a_name_a_picture_and_a_handle() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    shop.sim.customer("ana").change(|ana| ana.is_follower = true);
    let ana = shop.sim.customer("ana").profile();
    let request = ContactProfileRequest::new(shop.account.clone(), &*conversation);
    let profile = shop.tiktok.contact_profile(request).await.expect("a profile");
    assert_eq!(profile.contact.id, ana.unique_identifier);
    assert_eq!(
        (profile.contact.handle, profile.contact.display_name),
        (Some(ana.username), Some(ana.display_name))
    );
    assert!(profile.picture_url.is_some_and(|url| url.contains("x-expires=")));
    assert_eq!(profile.follows, Some(true));
    let page = page(&shop, Some(&conversation), None).await;
    assert_eq!(page.profiles[0].contact.id, ana.unique_identifier);
    shop.close();
}

#[tokio::test]
async fn a_probe_asks_for_the_type_that_the_conversation_has() {
    let shop = Shop::open().await;
    let conversation = shop.asked_by("ana").await;
    let ask = |answered| {
        let request = ProbeRequest::new(shop.account.clone(), vec!["region.media".to_owned()])
            .with_conversation(&*conversation)
            .with_answered(answered);
        async { shop.tiktok.probe(request).await.expect("an answer").facts.get("region.media").copied() }
    };
    assert_eq!(ask(false).await, Some(true));
    shop.tiktok.send(shop.message(&conversation, Content::text("olá"))).await.expect("sent");
    assert_eq!(ask(true).await, Some(true));
    shop.sim.customer("ana").change(|ana| ana.country = "JP".to_owned());
    assert_eq!(ask(true).await, Some(false));
    shop.close();
}
