//! What listeners are told.

use connector_api::EchoOrigin;
use futures_util::future::join_all;
use jackfield::{
    model::{InboxEventKind, Status},
    store::{NewMessage, Store},
};

use super::fixture::*;

pub(crate) async fn every_change_is_told_once_in_order(store: &dyn Store) {
    let account = connect(store).await.id;
    let c = open(store, "c").await;
    let id = begin_send(store, c, "answer", 2).await;
    record(store, id, 3, sent("p")).await;
    deliver(store, 4, echoed("p", "answer", 2, EchoOrigin::Api)).await;
    deliver(store, 5, read(2)).await;
    store.needs_attention(account, reason(), at(6), at(6)).await.unwrap();
    use InboxEventKind::{AccountConnected, AccountNeedsAttention, MessageCreated, MessageStatus};
    let told = events(store).await;
    let summary: Vec<_> = told.iter().map(|e| (e.kind, e.status, e.at)).collect();
    assert_eq!(
        summary,
        [
            (AccountConnected, None, at(0)),
            (MessageCreated, Some(Status::Received), at(0)),
            (MessageCreated, Some(Status::Queued), at(2)),
            (MessageStatus, Some(Status::Sending), at(2)),
            (MessageStatus, Some(Status::Sent), at(3)),
            (MessageStatus, Some(Status::Delivered), at(4)),
            (MessageStatus, Some(Status::Read), at(5)),
            (AccountNeedsAttention, None, at(6)),
        ]
    );
    assert!(told.iter().all(|e| e.account == Some(account)));
    assert!(told[2..7].iter().all(|e| e.conversation == Some(c) && e.message == Some(id)));
    assert_eq!((told[0].conversation, told[0].message), (None, None));
}

pub(crate) async fn events_come_in_pages_without_gaps(store: &dyn Store) {
    connect(store).await;
    join_all((0..40).map(|n| store.ingest(arrival(1, vec![received("c", &format!("m{n}"), n)])))).await;
    let all = events(store).await;
    assert_eq!(all.len(), 41);
    assert!(all.windows(2).all(|pair| pair[0].sequence < pair[1].sequence));
    let (mut paged, mut after) = (Vec::new(), 0);
    loop {
        let page = store.events_after(after, 7).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 7 && paged.len() <= all.len());
        after = last.sequence;
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(*store.latest_event().borrow(), all[40].sequence);
}

pub(crate) async fn listeners_hear_of_an_event_only_when_it_can_be_read(store: &dyn Store) {
    let c = begin(store).await;
    let mut latest = store.latest_event();
    let before = *latest.borrow_and_update();
    let seen_inside = store.latest_event();
    let check = move |ledger| {
        assert_eq!(*seen_inside.borrow(), before, "told before it was decided");
        allow(ledger)
    };
    // A listener that looks the moment it is told.
    let mut told = store.latest_event();
    told.mark_unchanged();
    let listener = async {
        told.changed().await.unwrap();
        let newest = *told.borrow_and_update();
        let events = store.events_after(before, 10).await.unwrap();
        assert!(events.iter().any(|event| event.sequence == newest), "{newest} of {events:?}");
    };
    let new = NewMessage { plan: text_plan("answer", Box::new(check)), ..new_message(c, "answer", 1) };
    let (result, ()) = tokio::join!(store.enqueue(new), listener);
    result.unwrap();
    assert!(latest.has_changed().unwrap(), "whoever has the answer can rely on the notice");
    assert_eq!(*latest.borrow_and_update(), events(store).await.last().unwrap().sequence);
}

pub(crate) async fn what_changes_nothing_tells_nothing(store: &dyn Store) {
    let c = begin(store).await;
    let id = send(store, c, "p", 1).await;
    deliver(store, 1, echoed("p", "answer", 1, EchoOrigin::Api)).await;
    deliver(store, 2, read(1)).await;
    let mut latest = store.latest_event();
    latest.mark_unchanged();
    let before = events(store).await;
    deliver(store, 3, received("c", "hello", 0)).await;
    deliver(store, 3, echoed("p", "answer", 1, EchoOrigin::Api)).await;
    deliver(store, 3, read(0)).await;
    assert!(store.record(id, failed(), at(4)).await.is_err());
    store.recover(at(4)).await.unwrap();
    store.resume(c).await.unwrap();
    store.enqueue(NewMessage { plan: text_plan("no", quota(0)), ..new_message(c, "no", 4) }).await.unwrap();
    assert!(claim(store, 5).await.is_empty());
    assert_eq!(events(store).await, before);
    assert!(!latest.has_changed().unwrap());
}
