//! What happens by itself once its time has come.

use std::time::Duration;

use connector_api::{
    CapabilityDocument, EchoOrigin, Timestamp,
    capabilities::{AccountLayer, ConversationLayer, Narrowing},
};
use jackfield::{
    model::{AccountId, ConversationId, InboxEventKind, MessageId, Scope, Signal, Status},
    store::{ConversationFilter, Due, NewMessage, Store, WindowFilter},
};

use super::fixture::*;

const LEAD: Duration = Duration::from_secs(100);

/// Puts a text in line whose permit ends at that second.
async fn say_until(
    store: &dyn Store,
    conversation: ConversationId,
    ends: i64,
    expires: Option<i64>,
) -> MessageId {
    let new = NewMessage {
        plan: text_plan("text", until(ends)),
        expires_at: expires.map(at),
        ..new_message(conversation, "text", 1)
    };
    queued(store, new).await
}

async fn due(store: &dyn Store, seconds: i64) -> Due {
    store.fall_due(at(seconds), LEAD, 100).await.unwrap()
}

async fn next(store: &dyn Store, seconds: i64) -> Option<Timestamp> {
    store.next_due(at(seconds), LEAD).await.unwrap()
}

async fn told(store: &dyn Store, kind: InboxEventKind) -> Vec<Option<ConversationId>> {
    let events = events(store).await.into_iter().filter(|event| event.kind == kind);
    events.map(|event| event.conversation).collect()
}

pub(crate) async fn what_waits_past_its_time_fails_at_that_time_and_gives_its_place_back(store: &dyn Store) {
    connect(store).await;
    // End of the window, the message's own end, when it fails, and why.
    let table = [
        ("the window closes first", 50, Some(90), 50, "window.closed"),
        ("its own time is over first", 50, Some(40), 40, "message.expired"),
        ("no time of its own", 60, None, 60, "window.closed"),
    ];
    for (name, ends, expires, fails, code) in table {
        let c = open(store, name).await;
        let id = say_until(store, c, ends, expires).await;
        assert_eq!(next(store, 2).await, Some(at(fails)), "{name}");
        assert_eq!(due(store, fails - 1).await, Due::default(), "{name}");
        assert_eq!(used(store, c).await, 1, "{name}");
        assert!(!claim(store, fails).await.contains(&id), "{name}: it left after its time");
        assert_eq!(due(store, fails).await, Due { expired: 1, ..Due::default() }, "{name}");
        let message = message(store, id).await;
        assert_eq!(history(&message), [Status::Queued, Status::Failed], "{name}");
        let last = message.history.last().unwrap();
        assert_eq!((last.signal, last.at), (Signal::Host, at(fails)), "{name}");
        assert_eq!(last.reason.as_ref().unwrap().code.as_str(), code, "{name}");
        assert_eq!(message.reason, last.reason, "{name}");
        assert_eq!(used(store, c).await, 0, "{name}");
        assert_eq!(conversation(store, c).await.held_by, None, "{name}: nothing waits for a decision");
        assert_eq!(due(store, 9_999).await, Due::default(), "{name}: once");
    }
}

pub(crate) async fn a_claimed_message_knows_when_it_is_too_late(store: &dyn Store) {
    let c = begin(store).await;
    say_until(store, c, 50, Some(40)).await;
    let claimed = claims(store, 39).await.remove(0);
    assert_eq!(claimed.over(at(39)), None);
    assert_eq!(claimed.over(at(40)).unwrap().code.as_str(), "message.expired");
    assert_eq!(due(store, 60).await, Due::default(), "what is being sent does not expire");
    record(store, claimed.message, 61, retry(70)).await;
    assert_eq!(due(store, 61).await.expired, 1, "what waits for another try does");
}

pub(crate) async fn the_contact_gives_what_waits_more_time_but_not_more_than_was_set(store: &dyn Store) {
    store.use_windows(INSTANCE, &windows(50)).await.unwrap();
    let c = begin(store).await;
    let (patient, hasty) = (say_until(store, c, 50, None).await, say_until(store, c, 50, Some(60)).await);
    deliver(store, 20, received("c", "again", 20)).await;
    assert_eq!(due(store, 55).await.expired, 0);
    assert_eq!(due(store, 60).await.expired, 1);
    assert_eq!((status(store, patient).await, status(store, hasty).await), (Status::Queued, Status::Failed));
    assert_eq!(due(store, 69).await.expired, 0);
    assert_eq!(due(store, 70).await.expired, 1);
    assert_eq!(status(store, patient).await, Status::Failed);
}

pub(crate) async fn a_conversation_that_is_narrowed_closes_earlier_and_so_does_what_waits_in_it(
    store: &dyn Store,
) {
    store.use_windows(INSTANCE, &windows(80)).await.unwrap();
    let (c, d) = (begin(store).await, open(store, "d").await);
    let (ours, theirs) = (say_until(store, c, 80, None).await, say_until(store, d, 80, None).await);
    let shorter = |seconds| {
        let limits = [("window.length_seconds".to_owned(), seconds)].into();
        let narrowing = Narrowing { limits, ..Narrowing::default() };
        ConversationLayer { narrowing, ..ConversationLayer::default() }
    };
    let set = |layer| store.set_conversation_layer(c, layer);
    set(shorter(30)).await.unwrap();
    assert_eq!(by_window(store, WindowFilter::Open, 30).await, [d]);
    assert_eq!(by_window(store, WindowFilter::Closed, 30).await, [c]);
    assert_eq!(next(store, 2).await, Some(at(30)));

    set(ConversationLayer::default()).await.unwrap();
    assert_eq!(due(store, 79).await.expired, 0, "what is taken back narrows no more");
    set(shorter(100)).await.unwrap();
    assert_eq!(due(store, 79).await.expired, 0, "a layer does not widen");
    set(shorter(40)).await.unwrap();
    deliver(store, 20, received("c", "again", 20)).await;
    assert_eq!(due(store, 59).await.expired, 0, "the next message opens it for as long");
    // Whatever else changes.
    store.use_windows(INSTANCE, &windows(70)).await.unwrap();
    assert_eq!(due(store, 60).await.expired, 1);
    assert_eq!((status(store, ours).await, status(store, theirs).await), (Status::Failed, Status::Queued));
}

pub(crate) async fn another_window_holds_for_what_is_there_already(store: &dyn Store) {
    let c = begin(store).await;
    let id = say_until(store, c, 50, None).await;
    assert!(by_window(store, WindowFilter::Open, 1).await.is_empty(), "nobody has said how long it is");
    store.use_windows(INSTANCE, &windows(80)).await.unwrap();
    assert_eq!(by_window(store, WindowFilter::Open, 79).await, [c]);
    assert_eq!(due(store, 79).await.expired, 0);
    store.use_windows("other", &windows(10)).await.unwrap();
    assert_eq!(due(store, 79).await.expired, 0, "that of another instance does not");
    store.use_windows(INSTANCE, &windows(30)).await.unwrap();
    assert_eq!(due(store, 30).await.expired, 1);
    assert_eq!(status(store, id).await, Status::Failed);
    let none = CapabilityDocument { windows: Vec::new(), ..windows(1) };
    store.use_windows(INSTANCE, &none).await.unwrap();
    assert!(by_window(store, WindowFilter::Closed, 9_999).await.is_empty());
}

pub(crate) async fn the_window_that_an_account_chooses_holds_for_its_conversations(store: &dyn Store) {
    store.use_windows(INSTANCE, &windows(50)).await.unwrap();
    let c = begin(store).await;
    let id = say_until(store, c, 50, None).await;
    let account = conversation(store, c).await.account;
    let long = AccountLayer { window_profile: Some("long".to_owned()), ..AccountLayer::default() };
    store.set_account_layer(account, long).await.unwrap();
    assert_eq!(by_window(store, WindowFilter::Open, 499).await, [c]);
    assert_eq!(due(store, 499).await.expired, 0);
    store.use_windows(INSTANCE, &windows(60)).await.unwrap();
    deliver(store, 100, received("c", "again", 100)).await;
    assert_eq!(due(store, 699).await.expired, 0);
    store.set_account_layer(account, AccountLayer::default()).await.unwrap();
    assert_eq!(due(store, 160).await.expired, 1, "what holds no more gives no more time");
    assert_eq!(status(store, id).await, Status::Failed);
}

pub(crate) async fn a_closing_window_without_an_answer_is_told_once(store: &dyn Store) {
    store.use_windows(INSTANCE, &windows(1_000)).await.unwrap();
    connect(store).await;
    let unanswered = open(store, "unanswered").await;
    let failed_only = open(store, "failed").await;
    let automatic = open(store, "automatic").await;
    let (answered, colleague) = (open(store, "answered").await, open(store, "colleague").await);
    say(store, answered, "answer", 5).await;
    let given_up = say(store, failed_only, "answer", 5).await;
    store.discard_message(given_up, at(6)).await.unwrap();
    deliver(store, 7, echoed_in("automatic", "e1", "we are closed", 7, EchoOrigin::Automatic)).await;
    deliver(store, 7, echoed_in("colleague", "e2", "hi", 7, EchoOrigin::App)).await;
    claim(store, 8).await;

    assert_eq!(next(store, 10).await, Some(at(900)));
    assert_eq!(due(store, 899).await, Due::default());
    assert_eq!(next(store, 900).await, Some(at(900)));
    assert_eq!(due(store, 900).await, Due { closing: 3, ..Due::default() });
    let mut heard = told(store, InboxEventKind::WindowClosing).await;
    heard.sort();
    let mut expected = vec![Some(unanswered), Some(failed_only), Some(automatic)];
    expected.sort();
    assert_eq!(heard, expected);
    assert_eq!(next(store, 901).await, None);
    assert_eq!(due(store, 901).await, Due::default(), "once for each window");

    deliver(store, 950, received("unanswered", "still there?", 950)).await;
    assert_eq!(due(store, 951).await, Due::default(), "a new window has its own end");
    assert_eq!(due(store, 1_850).await.closing, 1);
    assert_eq!(colleague, conversation(store, colleague).await.id);
}

async fn by_window(store: &dyn Store, filter: WindowFilter, seconds: i64) -> Vec<ConversationId> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page =
            store.conversations_by_window(&Scope::Everything, filter, at(seconds), after, 2).await.unwrap();
        found.extend(page.items.into_iter().map(|conversation| conversation.id));
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

pub(crate) async fn conversations_are_found_by_the_end_of_their_window(store: &dyn Store) {
    store.use_windows(INSTANCE, &windows(1_000)).await.unwrap();
    connect(store).await;
    let mut all = Vec::new();
    for second in [40, 0, 30, 10, 20] {
        let name = format!("at {second}");
        deliver(store, second, received(&name, "hello", second)).await;
        all.push((
            second,
            store
                .conversations(&Scope::Everything, ConversationFilter::default(), None, 1)
                .await
                .unwrap()
                .items[0]
                .platform_id
                .clone(),
            name,
        ));
    }
    let ids = |seconds: &'static [i64]| async move {
        let conversations = store
            .conversations(&Scope::Everything, ConversationFilter::default(), None, 100)
            .await
            .unwrap()
            .items;
        let id = |second| conversations.iter().find(|c| c.platform_id == format!("at {second}")).unwrap().id;
        seconds.iter().map(id).collect::<Vec<_>>()
    };
    assert_eq!(by_window(store, WindowFilter::Open, 999).await, ids(&[0, 10, 20, 30, 40]).await);
    assert_eq!(by_window(store, WindowFilter::Open, 1_010).await, ids(&[20, 30, 40]).await);
    let soon = WindowFilter::Closing(Duration::from_secs(20));
    assert_eq!(by_window(store, soon, 1_010).await, ids(&[20, 30]).await);
    assert_eq!(by_window(store, WindowFilter::Closed, 1_020).await, ids(&[20, 10, 0]).await);
    let elsewhere = Scope::Accounts([AccountId::generate()].into());
    let page = store.conversations_by_window(&elsewhere, WindowFilter::Open, at(999), None, 2).await.unwrap();
    assert!(page.items.is_empty(), "it is out of scope");
}
