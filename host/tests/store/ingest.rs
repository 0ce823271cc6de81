//! What arrives is taken in once, whatever the ids look like and in whatever order.

use connector_api::{ChannelMessage, Contact, Content, Event, EventKind};
use futures_util::future::join_all;
use jackfield::{
    model::{AccountStatus, Direction, Origin, Scope, Status},
    store::{Arrival, ConversationFilter, Ingested, Polled, Store},
};

use super::fixture::*;

pub(crate) async fn the_same_event_three_times_at_once_is_one_message(store: &dyn Store) {
    connect(store).await;
    let same = || store.ingest(arrival(1, vec![received("c", "m", 0)]));
    let results: Vec<Ingested> =
        join_all([same(), same(), same()]).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().map(|r| r.new).sum::<u32>(), 1);
    assert_eq!(results.iter().map(|r| r.duplicates).sum::<u32>(), 2);
    let conversations =
        store.conversations(&Scope::Everything, ConversationFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(conversations.len(), 1);
    assert_eq!(conversations[0].unread, 1);
    let messages = thread(store, conversations[0].id).await;
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!(
        (message.direction, message.origin, message.status),
        (Direction::Inbound, Origin::Contact, Status::Received)
    );
}

pub(crate) async fn opaque_ids_survive(store: &dyn Store) {
    let long = "x".repeat(10_000);
    let ids = [
        "a+b/c==",
        "-leading",
        "--",
        "",
        " ",
        "日本語🦊",
        "é",
        "nul\0inside",
        "\0",
        "'; DROP TABLE messages; --",
        "%",
        "NULL",
        "1e3",
        "body:0",
        "\u{202e}rtl",
        &long,
    ];
    for id in ids {
        let account = store.save_account(authorized(id, id), at(0)).await.unwrap();
        assert_eq!((account.instance.as_str(), account.platform_id.as_str()), (id, id));
        let message = ChannelMessage::new(id, at(0), Content::text(id));
        let contact = Contact::new(id).with_handle(Some(id.to_owned()));
        let kind = EventKind::MessageReceived { conversation: id.to_owned(), contact, message };
        let events = vec![Event::new(id, id, at(0), kind)];
        let arrival = Arrival { instance: id.to_owned(), ..arrival(0, events) };
        assert_eq!(store.ingest(arrival.clone()).await.unwrap().new, 1, "{id:?}");
        assert_eq!(store.ingest(arrival).await.unwrap().duplicates, 1, "{id:?}");
    }
    let conversations = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 100)
        .await
        .unwrap()
        .items;
    assert_eq!(conversations.len(), ids.len());
    for id in ids {
        let found = conversations.iter().find(|c| c.platform_id == id).unwrap();
        assert_eq!(found.instance, id);
        assert_eq!((found.contact.platform_id.as_str(), found.contact.handle.as_deref()), (id, Some(id)));
        let messages = thread(store, found.id).await;
        assert_eq!(messages.len(), 1, "{id:?}");
        assert_eq!(
            (messages[0].platform_id.as_deref(), &messages[0].content),
            (Some(id), &Content::text(id))
        );
    }
}

pub(crate) async fn ids_that_look_alike_are_different(store: &dyn Store) {
    connect(store).await;
    let ids = ["a", "A", "a ", " a", "1", "01", "1.0", "é", "e\u{301}", "a+b", "a b", "a%2Bb"];
    for id in ids {
        assert_eq!(deliver(store, 0, received(id, id, 0)).await.new, 1, "{id:?}");
        assert_eq!(deliver(store, 0, received("all", id, 0)).await.new, 1, "{id:?}");
    }
    let conversations = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 100)
        .await
        .unwrap()
        .items;
    assert_eq!(conversations.len(), ids.len() + 1);
    let all = conversations.iter().find(|c| c.platform_id == "all").unwrap();
    assert_eq!(thread(store, all.id).await.len(), ids.len());
}

pub(crate) async fn events_of_an_unconnected_account_are_unrouted_until_it_is_connected(store: &dyn Store) {
    let unrouted = Ingested { unrouted: 1, ..Ingested::default() };
    assert_eq!(deliver(store, 0, received("c", "m", 0)).await, unrouted);
    assert_eq!(deliver(store, 0, received("c", "m", 0)).await, unrouted);
    assert!(
        store
            .conversations(&Scope::Everything, ConversationFilter::default(), None, 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(events(store).await.is_empty());
    connect(store).await;
    assert_eq!(deliver(store, 0, received("c", "m", 0)).await.new, 1, "a later delivery finds the account");
}

pub(crate) async fn accounts_of_other_instances_are_other_accounts(store: &dyn Store) {
    store.save_account(authorized("other", ACCOUNT), at(0)).await.unwrap();
    assert_eq!(deliver(store, 0, received("c", "m", 0)).await.unrouted, 1);
    connect(store).await;
    assert_eq!(deliver(store, 0, received("c", "m", 0)).await.new, 1);
    let elsewhere = Arrival { instance: "other".to_owned(), ..arrival(0, vec![received("c", "m", 0)]) };
    assert_eq!(store.ingest(elsewhere).await.unwrap().new, 1, "a key says nothing about other instances");
    assert_eq!(
        store
            .conversations(&Scope::Everything, ConversationFilter::default(), None, 10)
            .await
            .unwrap()
            .items
            .len(),
        2
    );
}

pub(crate) async fn an_account_that_an_arrival_brings_is_connected_once(store: &dyn Store) {
    let brings = |n: i64| {
        let events = vec![received("c", &format!("m{n}"), n), received("c", &format!("n{n}"), n)];
        let accounts = vec![authorized(INSTANCE, "unused"), authorized(INSTANCE, ACCOUNT)];
        store.ingest(Arrival { accounts, ..arrival(n, events) })
    };
    for result in join_all((0..10).map(brings)).await {
        assert_eq!(result.unwrap(), Ingested { new: 2, ..Ingested::default() });
    }
    let accounts = store.accounts(&Scope::Everything).await.unwrap();
    assert_eq!(accounts.iter().map(|a| a.platform_id.as_str()).collect::<Vec<_>>(), [ACCOUNT]);
    assert_eq!(store.credentials(accounts[0].id).await.unwrap().unwrap().version, 1);
    store.needs_attention(accounts[0].id, reason(), at(20), at(20)).await.unwrap();
    brings(30).await.unwrap();
    let known = store.account(accounts[0].id).await.unwrap().unwrap();
    assert_eq!(known.status, AccountStatus::NeedsAttention, "one that is known is not touched");
}

pub(crate) async fn a_body_that_says_nothing_is_taken_in(store: &dyn Store) {
    for body in [&b"not json"[..], b"", b"\xff\xfe", b"not json"] {
        let arrival = Arrival { body: body.to_vec(), ..arrival(0, Vec::new()) };
        assert_eq!(store.ingest(arrival).await.unwrap(), Ingested::default());
    }
    assert!(events(store).await.is_empty());
}

pub(crate) async fn fifty_arrivals_at_once_make_one_conversation_and_one_contact(store: &dyn Store) {
    connect(store).await;
    let arrivals = (0..50).map(|n| store.ingest(arrival(60, vec![received("c", &format!("m{n}"), n)])));
    for result in join_all(arrivals).await {
        assert_eq!(result.unwrap().new, 1);
    }
    let conversations =
        store.conversations(&Scope::Everything, ConversationFilter::default(), None, 10).await.unwrap().items;
    assert_eq!(conversations.len(), 1);
    assert_eq!((conversations[0].unread, conversations[0].last_message_at), (50, at(49)));
    assert_eq!(conversations[0].contact.platform_id, "contact of c");
    assert_eq!(thread(store, conversations[0].id).await.len(), 50);
}

pub(crate) async fn one_message_under_two_keys_is_one_message(store: &dyn Store) {
    let c = begin(store).await;
    say(store, c, "answer", 1).await;
    let mut again = received("c", "hello", 5);
    again.dedup_key = "another key".to_owned();
    assert_eq!(deliver(store, 5, again).await.new, 1);
    assert_eq!(thread(store, c).await.len(), 2);
    let after = conversation(store, c).await;
    assert_eq!((after.unread, after.ledger.last_inbound_at, after.ledger.used), (0, Some(at(0)), 1));
}

pub(crate) async fn every_event_of_an_arrival_is_counted(store: &dyn Store) {
    connect(store).await;
    let notice = Event::new(ACCOUNT, "n", at(0), EventKind::Notice { name: "eu".to_owned() });
    let mut foreign = received("c", "m3", 0);
    foreign.account = "stranger".to_owned();
    let events =
        vec![received("c", "m1", 0), received("c", "m1", 0), foreign, notice, received("c", "m2", 1)];
    let first = store.ingest(arrival(1, events.clone())).await.unwrap();
    assert_eq!(first, Ingested { new: 3, duplicates: 1, unrouted: 1 });
    let second = store.ingest(arrival(2, events)).await.unwrap();
    assert_eq!(second, Ingested { new: 0, duplicates: 4, unrouted: 1 });
}

/// The raw bodies that are kept.
async fn bodies(store: &dyn Store) -> Vec<Vec<u8>> {
    let kept = store.payloads(at(0), None, 0, 1_000).await.unwrap();
    kept.into_iter().map(|payload| payload.body).collect()
}

/// So many events that they are not taken in by one write.
const MANY: i64 = 100;

pub(crate) async fn the_body_of_a_large_arrival_is_kept_once_wherever_the_news_in_it_is(store: &dyn Store) {
    connect(store).await;
    for (news, number) in [(0, "first"), (MANY / 2, "middle"), (MANY - 1, "last")] {
        let event = |n: i64| received(number, &format!("m{n}"), n);
        let known = (0..MANY).filter(|n| *n != news).map(event).collect();
        store.ingest(arrival(MANY, known)).await.unwrap();
        let before = bodies(store).await.len();
        let whole = arrival(MANY, (0..MANY).map(event).collect());
        let ingested = store.ingest(whole.clone()).await.unwrap();
        assert_eq!((ingested.new, ingested.duplicates), (1, MANY as u32 - 1), "{number}");
        assert_eq!(bodies(store).await.get(before..), Some(&[whole.body.clone()][..]), "{number}");
        assert_eq!(store.ingest(whole).await.unwrap().duplicates, MANY as u32, "{number}");
        assert_eq!(bodies(store).await.len(), before + 1, "nothing was new: {number}");
    }
}

pub(crate) async fn a_large_arrival_of_unknown_accounts_is_one_raw_body_that_waits(store: &dyn Store) {
    connect(store).await;
    let event = |n: i64| {
        let mut event = received("c", &format!("m{n}"), n);
        if n >= MANY / 2 {
            event.account = "stranger".to_owned();
        }
        event
    };
    let whole = arrival(MANY, (0..MANY).map(event).collect());
    let ingested = store.ingest(whole.clone()).await.unwrap();
    assert_eq!((ingested.new, ingested.unrouted), (MANY as u32 / 2, MANY as u32 / 2));
    assert_eq!(store.unprocessed().await.unwrap().unrouted.count, 1);
    store.ingest(whole).await.unwrap();
    assert_eq!((bodies(store).await.len(), store.unprocessed().await.unwrap().unrouted.count), (1, 1));
}

pub(crate) async fn messages_are_in_the_platforms_order(store: &dyn Store) {
    connect(store).await;
    for (arrives, sent_at) in [(100, 40), (101, 10), (102, 30), (103, 20), (104, 10)] {
        deliver(store, arrives, received("c", &format!("{arrives}"), sent_at)).await;
    }
    let c = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 1)
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!(c.last_message_at, at(40));
    let ids: Vec<_> = thread(store, c.id).await.into_iter().map(|m| m.platform_id.unwrap()).collect();
    assert_eq!(ids, ["101", "104", "103", "102", "100"]);
}

pub(crate) async fn what_is_known_of_a_contact_is_kept(store: &dyn Store) {
    let c = begin(store).await;
    let named = |id: &str, handle: Option<&str>| {
        let contact = Contact::new("contact of c").with_handle(handle.map(str::to_owned));
        let message = ChannelMessage::new(id, at(1), Content::text("hi"));
        let kind = EventKind::MessageReceived { conversation: "c".to_owned(), contact, message };
        Event::new(ACCOUNT, id, at(1), kind)
    };
    for (id, told, known) in
        [("1", Some("ann"), "ann"), ("2", None, "ann"), ("3", Some("anna"), "anna"), ("4", Some(""), "")]
    {
        deliver(store, 1, named(id, told)).await;
        assert_eq!(conversation(store, c).await.contact.handle.as_deref(), Some(known), "{id}");
    }
}

pub(crate) async fn a_disconnected_account_needs_attention(store: &dyn Store) {
    let account = connect(store).await;
    let kind = EventKind::AccountDisconnected { reason: "The owner took it back.".to_owned() };
    deliver(store, 1, Event::new(ACCOUNT, "gone", at(1), kind)).await;
    let after = store.account(account.id).await.unwrap().unwrap();
    assert_eq!(after.status, AccountStatus::NeedsAttention);
    assert_eq!(after.attention.unwrap().text, "The owner took it back.");
    assert_eq!(deliver(store, 2, received("c", "m", 2)).await.new, 1, "it is still listened to");
}

pub(crate) async fn contents_of_every_kind_survive(store: &dyn Store) {
    connect(store).await;
    let fallback = Content::Fallback {
        original_kind: "video".to_owned(),
        text: "A video \"quoted\" \u{1F9E1}\n".to_owned(),
        url: Some("https://example.com/?a=b&c=d".to_owned()),
        medium: None,
    };
    for content in [Content::text(""), Content::text("\0\u{feff}\"\\"), fallback, Content::Unknown] {
        let message = ChannelMessage::new("m", at(0), content.clone());
        let name = format!("{content:?}");
        let kind =
            EventKind::MessageReceived { conversation: name.clone(), contact: Contact::new("p"), message };
        deliver(store, 0, Event::new(ACCOUNT, &name, at(0), kind)).await;
        let all = store
            .conversations(&Scope::Everything, ConversationFilter::default(), None, 10)
            .await
            .unwrap()
            .items;
        let c = all.iter().find(|c| c.platform_id == name).unwrap();
        assert_eq!(thread(store, c.id).await[0].content, content);
    }
}

pub(crate) async fn a_poll_goes_on_where_the_one_before_ended(store: &dyn Store) {
    connect(store).await;
    let cursor = async |account| store.poll_cursor(INSTANCE, account).await.unwrap();
    assert_eq!(cursor("").await, None);
    let polled =
        |account: &str, cursor: &str| Some(Polled { account: account.to_owned(), cursor: cursor.to_owned() });
    for (account, next, events) in
        [("", "1", vec![received("c", "m", 0)]), ("", "2", Vec::new()), ("of another", "9", Vec::new())]
    {
        store.ingest(Arrival { polled: polled(account, next), ..arrival(1, events) }).await.unwrap();
    }
    assert_eq!((cursor("").await.as_deref(), cursor("of another").await.as_deref()), (Some("2"), Some("9")));
    assert_eq!(store.poll_cursor("another instance", "").await.unwrap(), None);
    // What is not kept does not move it.
    let events = vec![received("c", "m", 0)];
    let again = store.ingest(Arrival { polled: None, ..arrival(2, events) }).await.unwrap();
    assert_eq!((again.duplicates, cursor("").await.as_deref()), (1, Some("2")));
}
