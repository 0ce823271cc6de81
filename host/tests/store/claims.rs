//! Whose turn it is.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use jackfield::{
    model::Status,
    store::{Decision, Store},
};

use super::fixture::*;

pub(crate) async fn a_conversation_is_sent_in_the_order_of_its_queue(store: &dyn Store) {
    let c = begin(store).await;
    let mut queued = Vec::new();
    // Whatever the clock says.
    for seconds in [5, 3, 9, 1, 1] {
        queued.push(say(store, c, "text", seconds).await);
    }
    let mut sent_in_order = Vec::new();
    for n in 0..5 {
        let claimed = claim(store, 10).await;
        assert_eq!(claimed.len(), 1);
        record(store, claimed[0], 10, sent(&format!("p{n}"))).await;
        sent_in_order.extend(claimed);
    }
    assert_eq!(sent_in_order, queued);
    assert!(claim(store, 10).await.is_empty());
}

pub(crate) async fn one_message_of_a_conversation_is_in_flight(store: &dyn Store) {
    let c = begin(store).await;
    let first = begin_send(store, c, "first", 1).await;
    let second = say(store, c, "second", 1).await;
    assert!(claim(store, 2).await.is_empty());
    record(store, first, 3, sent("p1")).await;
    assert_eq!(claim(store, 3).await, [second]);
}

pub(crate) async fn conversations_do_not_wait_for_each_other(store: &dyn Store) {
    connect(store).await;
    let mut firsts = Vec::new();
    for name in ["a", "b", "c"] {
        let c = open(store, name).await;
        firsts.push(say(store, c, "first", 1).await);
        say(store, c, "second", 1).await;
    }
    let two = store.claim(INSTANCE, at(2), 2).await.unwrap();
    assert_eq!(
        two.iter().map(|c| c.message).collect::<Vec<_>>(),
        firsts[..2],
        "oldest first, not more than asked"
    );
    assert!(store.claim(INSTANCE, at(2), 0).await.unwrap().is_empty());
    assert_eq!(claim(store, 2).await, firsts[2..]);
}

pub(crate) async fn an_instance_claims_only_its_own(store: &dyn Store) {
    let c = begin(store).await;
    let id = begin_send(store, c, "text", 1).await;
    record(store, id, 2, retry(60)).await;
    assert!(!store.ready("other", at(60)).await.unwrap());
    assert!(store.claim("other", at(60), 10).await.unwrap().is_empty());
    assert_eq!(store.next_retry("other", at(2)).await.unwrap(), None);
    assert!(!store.ready(INSTANCE, at(59)).await.unwrap());
    assert!(store.ready(INSTANCE, at(60)).await.unwrap());
    assert_eq!(claim(store, 60).await, [id]);
    assert!(!store.ready(INSTANCE, at(60)).await.unwrap());
}

pub(crate) async fn two_claims_at_once_never_get_the_same_message(store: &dyn Store) {
    connect(store).await;
    for n in 0..10 {
        let c = open(store, &format!("c{n}")).await;
        say(store, c, "text", 1).await;
    }
    let results = join_all((0..8).map(|_| store.claim(INSTANCE, at(2), 3))).await;
    let claimed: Vec<_> = results.into_iter().flat_map(Result::unwrap).map(|c| c.message).collect();
    assert_eq!(claimed.len(), 10);
    assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), 10);
}

pub(crate) async fn sending_is_stored_when_a_claim_returns(store: &dyn Store) {
    let c = begin(store).await;
    let id = say(store, c, "text", 1).await;
    for attempt in 0..3 {
        let claimed = claims(store, 10 + attempt).await.remove(0);
        assert_eq!((claimed.message, i64::from(claimed.attempts)), (id, attempt));
        let stored = message(store, id).await;
        assert_eq!((stored.status, stored.reason), (Status::Sending, None));
        let c = conversation(store, c).await;
        assert_eq!((claimed.conversation, claimed.account), (c.id, c.account));
        assert_eq!((claimed.conversation_platform_id, claimed.instance), (c.platform_id, c.instance));
        assert_eq!((claimed.content, claimed.ledger), (stored.content, c.ledger));
        record(store, id, 10 + attempt, retry(10)).await;
    }
}

pub(crate) async fn an_uncertain_message_holds_the_line(store: &dyn Store) {
    let c = begin(store).await;
    let first = begin_send(store, c, "first", 1).await;
    let second = say(store, c, "second", 1).await;
    record(store, first, 2, uncertain()).await;
    assert!(claim(store, 9_999).await.is_empty());
    assert!(!store.resume(c).await.unwrap(), "it is not held: it is not known");
    assert!(claim(store, 9_999).await.is_empty());
    store.decide(first, Decision::WasSent, at(3)).await.unwrap();
    assert_eq!(claim(store, 9_999).await, [second]);
}

pub(crate) async fn a_failed_message_holds_the_line_until_somebody_resumes_it(store: &dyn Store) {
    let c = begin(store).await;
    let first = begin_send(store, c, "first", 1).await;
    let second = say(store, c, "second", 1).await;
    record(store, first, 2, failed()).await;
    assert_eq!(conversation(store, c).await.held_by, Some(first));
    deliver(store, 5, received("c", "more", 5)).await;
    assert!(claim(store, 9_999).await.is_empty(), "the contact does not resume it");
    assert!(store.resume(c).await.unwrap());
    assert_eq!(claim(store, 9_999).await, [second]);
}

pub(crate) async fn a_retry_waits_for_its_time_and_the_line_waits_for_the_retry(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    let first = begin_send(store, c, "first", 1).await;
    say(store, c, "second", 1).await;
    let elsewhere = begin_send(store, d, "elsewhere", 1).await;
    assert_eq!(store.next_retry(INSTANCE, at(1)).await.unwrap(), None);
    record(store, first, 2, retry(60)).await;
    record(store, elsewhere, 2, retry(90)).await;
    assert_eq!(store.next_retry(INSTANCE, at(2)).await.unwrap(), Some(at(60)));
    assert!(claim(store, 59).await.is_empty());
    assert_eq!(store.next_retry(INSTANCE, at(60)).await.unwrap(), Some(at(90)));
    assert_eq!(claim(store, 60).await, [first]);
    record(store, first, 61, sent("p")).await;
    assert_eq!(claim(store, 91).await.len(), 2);
    assert_eq!(store.next_retry(INSTANCE, at(91)).await.unwrap(), None);
}

pub(crate) async fn messages_of_an_account_that_needs_attention_wait(store: &dyn Store) {
    let c = begin(store).await;
    let id = say(store, c, "text", 1).await;
    let account = conversation(store, c).await.account;
    store.needs_attention(account, reason(), at(2), at(2)).await.unwrap();
    assert!(claim(store, 3).await.is_empty());
    connect(store).await;
    assert_eq!(claim(store, 4).await, [id]);
}
