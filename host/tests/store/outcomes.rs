//! What came back, and what a person decides.

use jackfield::{
    model::{ConversationId, MessageId, Signal, Status},
    store::{Decision, Store, StoreError},
};

use super::fixture::*;

pub(crate) async fn each_outcome_leaves_its_mark(store: &dyn Store) {
    connect(store).await;
    let cases = [
        (sent("p"), Status::Sent, None, Some("p")),
        (retry(60), Status::Queued, Some(reason()), None),
        (failed(), Status::Failed, Some(reason()), None),
        (uncertain(), Status::Uncertain, Some(reason()), None),
    ];
    for (outcome, status, reason, platform_id) in cases {
        let c = open(store, &format!("{status:?}")).await;
        let id = begin_send(store, c, "text", 1).await;
        record(store, id, 2, outcome).await;
        let stored = message(store, id).await;
        assert_eq!((stored.status, &stored.reason), (status, &reason));
        assert_eq!(stored.platform_id.as_deref(), platform_id);
        assert_eq!(history(&stored), [Status::Queued, Status::Sending, status]);
        let last = stored.history.last().unwrap();
        assert_eq!((last.at, last.signal), (at(2), Signal::Response));
        let held = conversation(store, c).await.held_by;
        assert_eq!(held, (status == Status::Failed).then_some(id), "{status:?}");
    }
}

pub(crate) async fn an_outcome_of_what_is_not_in_flight_is_an_error(store: &dyn Store) {
    let c = begin(store).await;
    let inbound = thread(store, c).await[0].id;
    let done = send(store, c, "p", 1).await;
    let waiting = say(store, c, "waits", 2).await;
    for id in [inbound, done, waiting, MessageId::generate()] {
        let before = store.message(id).await.unwrap();
        for outcome in [sent("other"), retry(9), failed(), uncertain()] {
            let result = store.record(id, outcome, at(3)).await;
            assert!(matches!(result, Err(StoreError::Failed(_))), "{result:?}");
        }
        assert_eq!(store.message(id).await.unwrap(), before);
    }
    assert_eq!(conversation(store, c).await.held_by, None);
    assert_eq!(used(store, c).await, 2);
}

pub(crate) async fn a_restart_makes_what_was_in_flight_uncertain_once(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    let e = open(store, "e").await;
    let one = begin_send(store, c, "one", 1).await;
    let other = begin_send(store, d, "other", 1).await;
    let queued = say(store, e, "queued", 1).await;
    assert_eq!(store.recover(at(5)).await.unwrap(), 2);
    for id in [one, other] {
        let stored = message(store, id).await;
        assert_eq!(history(&stored), [Status::Queued, Status::Sending, Status::Uncertain]);
        assert_eq!(stored.history.last().unwrap().signal, Signal::Restart);
        assert_eq!(stored.reason.unwrap().code.as_str(), "outcome.unknown");
    }
    assert_eq!(store.recover(at(6)).await.unwrap(), 0);
    assert_eq!(claim(store, 7).await, [queued], "what only waited is sent; what was in flight is not");
    assert!(store.record(one, sent("p"), at(8)).await.is_err(), "the answer to the earlier process is past");
}

pub(crate) async fn a_person_settles_what_is_uncertain_and_nothing_else(store: &dyn Store) {
    connect(store).await;
    let cases = [(Decision::WasSent, Status::Sent), (Decision::WasNotSent, Status::Failed)];
    for (decision, status) in cases {
        let c = open(store, &format!("{status:?}")).await;
        let id = say(store, c, "text", 1).await;
        assert_eq!(store.decide(id, decision, at(1)).await.unwrap(), None, "queued");
        assert!(claim(store, 2).await.contains(&id));
        assert_eq!(store.decide(id, decision, at(2)).await.unwrap(), None, "sending");
        record(store, id, 3, uncertain()).await;
        assert_eq!(store.decide(id, decision, at(4)).await.unwrap(), Some(status));
        let stored = message(store, id).await;
        let steps = [Status::Queued, Status::Sending, Status::Uncertain, status];
        assert_eq!(history(&stored), steps);
        assert_eq!(stored.history[3].signal, Signal::Person);
        assert_eq!(stored.reason, (status == Status::Failed).then(reason));
        assert_eq!(store.decide(id, decision, at(5)).await.unwrap(), None, "settled");
        assert_eq!(history(&message(store, id).await), steps);
        let held = conversation(store, c).await.held_by;
        assert_eq!(held, (status == Status::Failed).then_some(id));
    }
    assert_eq!(store.decide(MessageId::generate(), Decision::WasSent, at(9)).await.unwrap(), None);
}

pub(crate) async fn resuming_lets_the_line_go_on_once(store: &dyn Store) {
    let c = begin(store).await;
    assert!(!store.resume(c).await.unwrap());
    let id = begin_send(store, c, "text", 1).await;
    record(store, id, 2, failed()).await;
    let results = tokio::join!(store.resume(c), store.resume(c));
    assert_ne!(results.0.unwrap(), results.1.unwrap());
    assert_eq!(conversation(store, c).await.held_by, None);
    assert!(!store.resume(ConversationId::generate()).await.unwrap());
}
