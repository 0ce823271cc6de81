//! The contact's read mark.

use connector_api::EchoOrigin;
use jackfield::{
    model::{Signal, Status},
    store::Store,
};

use super::fixture::*;

pub(crate) async fn a_read_mark_covers_everything_sent_until_then(store: &dyn Store) {
    let c = begin(store).await;
    let only_sent = send(store, c, "p1", 10).await;
    let delivered = send(store, c, "p2", 20).await;
    deliver(store, 21, echoed("p2", "answer", 20, EchoOrigin::Api)).await;
    deliver(store, 21, echoed("app", "a colleague", 15, EchoOrigin::App)).await;
    let later = send(store, c, "p3", 30).await;
    let d = open(store, "d").await;
    let elsewhere = send(store, d, "p1", 10).await;
    deliver(store, 40, read(20)).await;
    let statuses: Vec<_> = outbound(store, c).await.iter().map(|m| m.status).collect();
    assert_eq!(statuses, [Status::Read, Status::Read, Status::Read, Status::Sent]);
    for id in [only_sent, delivered] {
        let last = message(store, id).await.history.pop().unwrap();
        assert_eq!((last.status, last.signal, last.at), (Status::Read, Signal::ReadReceipt, at(40)));
    }
    assert_eq!((status(store, later).await, status(store, elsewhere).await), (Status::Sent, Status::Sent));
    assert_eq!(thread(store, c).await[0].status, Status::Received, "the contact's own messages are not");
    // A late echo takes nothing back.
    deliver(store, 41, echoed("p1", "answer", 10, EchoOrigin::Api)).await;
    assert_eq!(status(store, only_sent).await, Status::Read);
}

pub(crate) async fn a_read_mark_before_the_echo_counts_when_it_comes(store: &dyn Store) {
    let c = begin(store).await;
    let id = send(store, c, "p", 10).await;
    // By the platform's clock it was sent before.
    deliver(store, 11, read(9)).await;
    assert_eq!(status(store, id).await, Status::Sent);
    deliver(store, 12, echoed("p", "answer", 9, EchoOrigin::Api)).await;
    let stored = message(store, id).await;
    let steps = [Status::Queued, Status::Sending, Status::Sent, Status::Delivered, Status::Read];
    assert_eq!(history(&stored), steps);
    deliver(store, 13, echoed("app", "a colleague", 8, EchoOrigin::App)).await;
    assert_eq!(history(&outbound(store, c).await[0]), [Status::Delivered, Status::Read]);
}

pub(crate) async fn a_read_mark_before_the_response_counts_when_it_comes(store: &dyn Store) {
    connect(store).await;
    for (name, echo_first, last) in [("a", false, Status::Read), ("b", true, Status::Read)] {
        let c = open(store, name).await;
        let id = begin_send(store, c, "answer", 10).await;
        if echo_first {
            deliver(store, 11, echoed_in(name, "p", "answer", 10, EchoOrigin::Api)).await;
        }
        deliver(store, 12, read_in(name, 10)).await;
        assert_eq!(status(store, id).await, Status::Sending);
        record(store, id, 13, sent("p")).await;
        assert_eq!(status(store, id).await, last, "{name}");
    }
}

pub(crate) async fn an_older_read_mark_takes_nothing_back(store: &dyn Store) {
    let c = begin(store).await;
    send(store, c, "p1", 10).await;
    deliver(store, 21, read(20)).await;
    deliver(store, 22, read(5)).await;
    assert_eq!(outbound(store, c).await[0].status, Status::Read);
    deliver(store, 23, echoed("p2", "late", 15, EchoOrigin::App)).await;
    assert_eq!(outbound(store, c).await[1].status, Status::Read, "the newest mark counts");
    assert_eq!(deliver(store, 24, read_in("unheard of", 5)).await.new, 1);
}

/// It waited in the queue while the contact read what came before it.
pub(crate) async fn what_was_sent_after_a_read_mark_is_not_read(store: &dyn Store) {
    let c = begin(store).await;
    let id = say(store, c, "answer", 10).await;
    assert_eq!(claim(store, 30).await, [id]);
    record(store, id, 31, sent("p")).await;
    deliver(store, 32, read(20)).await;
    assert_eq!(status(store, id).await, Status::Sent);
}
