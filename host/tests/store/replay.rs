//! Raw bodies that are decoded again.

use connector_api::{EchoOrigin, Event, EventKind};
use jackfield::{
    model::{AccountStatus, InboxEventKind},
    store::{Arrival, KeptRequest, Redecoded, Store},
};

use super::fixture::*;

async fn replay(store: &dyn Store, seconds: i64, events: Vec<Event>) -> Redecoded {
    store.replay(arrival(seconds, events)).await.unwrap()
}

pub(crate) async fn what_was_understood_before_changes_nothing(store: &dyn Store) {
    let c = begin(store).await;
    send(store, c, "p", 1).await;
    let all = vec![
        received("c", "hello", 0),
        echoed("p", "answer", 1, EchoOrigin::Api),
        echoed("q", "of the app", 2, EchoOrigin::App),
        referred("c", "flyer", 0),
        read(2),
    ];
    store.ingest(arrival(3, all.clone())).await.unwrap();
    let before = (thread(store, c).await, conversation(store, c).await, events(store).await);
    let replayed = replay(store, 9, all).await;
    assert_eq!(replayed, Redecoded { applied: 0, known: 5, unrouted: 0 });
    assert_eq!((thread(store, c).await, conversation(store, c).await, events(store).await), before);
}

pub(crate) async fn what_is_understood_only_now_is_told_once(store: &dyn Store) {
    let c = begin(store).await;
    // At first it was only a notice, under the key that the message has now.
    let message = received("c", "late", 1);
    let notice = Event::new(ACCOUNT, &message.dedup_key, at(1), EventKind::Notice { name: "new".to_owned() });
    deliver(store, 1, notice).await;
    assert_eq!(thread(store, c).await.len(), 1);
    let first = replay(store, 9, vec![message.clone()]).await;
    assert_eq!((first.applied, first.known), (1, 0));
    assert_eq!(replay(store, 10, vec![message]).await.known, 1);
    let late = thread(store, c).await.pop().unwrap();
    assert_eq!((late.sent_at, late.created_at), (at(1), at(9)));
    let told = events(store).await;
    let told = told.iter().filter(|event| event.kind == InboxEventKind::MessageCreated).count();
    assert_eq!(told, 2, "the first one and the late one, once each");
}

pub(crate) async fn an_old_end_of_a_consent_is_not_repeated(store: &dyn Store) {
    let account = connect(store).await;
    let kind = EventKind::AccountDisconnected { reason: "The owner took it back.".to_owned() };
    let end = Event::new(ACCOUNT, "end", at(5), kind);
    deliver(store, 5, end.clone()).await;
    assert_eq!(replay(store, 6, vec![end.clone()]).await.known, 1);
    store.save_account(authorized(INSTANCE, ACCOUNT), at(7)).await.unwrap();
    replay(store, 8, vec![end]).await;
    let now = store.account(account.id).await.unwrap().unwrap();
    assert_eq!(now.status, AccountStatus::Connected);
}

pub(crate) async fn a_replayed_message_does_not_open_the_window_again(store: &dyn Store) {
    let c = begin(store).await;
    deliver(store, 100, received("c", "newer", 100)).await;
    send(store, c, "p", 101).await;
    let before = conversation(store, c).await.ledger;
    assert_eq!(replay(store, 200, vec![received("c", "older", 50)]).await.applied, 1);
    assert_eq!(conversation(store, c).await.ledger, before);
}

pub(crate) async fn kept_requests_come_back_whole_and_in_order(store: &dyn Store) {
    connect(store).await;
    let request = KeptRequest {
        method: "POST".to_owned(),
        query: "a=%2B&b".to_owned(),
        headers: b"sealed\0\xff".to_vec(),
    };
    for n in 0..5 {
        let body = Arrival {
            body: vec![n, 0, 255],
            request: (n != 3).then(|| request.clone()),
            ..arrival(i64::from(n), Vec::new())
        };
        store.ingest(body).await.unwrap();
    }
    let first = store.payloads(at(1), None, 0, 2).await.unwrap();
    let rest = store.payloads(at(1), None, first[1].id, 9).await.unwrap();
    let all: Vec<_> = first.iter().chain(&rest).collect();
    assert_eq!(all.iter().map(|kept| kept.body[0]).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(all.iter().map(|kept| kept.received_at).collect::<Vec<_>>(), [at(1), at(2), at(3), at(4)]);
    assert_eq!((all[0].request.as_ref(), all[2].request.as_ref()), (Some(&request), None));
    assert!(store.payloads(at(0), Some("other".to_owned()), 0, 9).await.unwrap().is_empty());
}

/// Nothing arrives: what was decoded again was counted when it came.
pub(crate) async fn nothing_is_counted_as_arrived(store: &dyn Store) {
    begin(store).await;
    let before = store.intake().await.unwrap();
    let many = (0..100).map(|n| received("c", &format!("late {n}"), n)).collect();
    assert_eq!(replay(store, 200, many).await.applied, 100);
    assert_eq!(store.intake().await.unwrap(), before);
}
