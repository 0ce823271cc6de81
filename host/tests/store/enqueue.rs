//! A message takes its place and its turn in one step, or not at all.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use connector_api::Content;
use futures_util::future::join_all;
use jackfield::{
    model::{ConversationId, Direction, Origin, Scope, Signal, Status},
    store::{ConversationFilter, Enqueued, NewMessage, Store},
};

use super::fixture::*;

fn keyed(conversation: ConversationId, key: &str, text: &str) -> NewMessage {
    NewMessage { idempotency_key: Some(key.to_owned()), ..new_message(conversation, text, 1) }
}

pub(crate) async fn of_two_at_once_for_the_last_place_one_wins(store: &dyn Store) {
    let c = begin(store).await;
    for _ in 0..9 {
        say(store, c, "earlier", 1).await;
    }
    let last = |text| store.enqueue(NewMessage { check: quota(10), ..new_message(c, text, 2) });
    let (one, other) = tokio::join!(last("one"), last("other"));
    let results = [one.unwrap(), other.unwrap()];
    assert_eq!(results.iter().filter(|r| matches!(r, Enqueued::Queued(_))).count(), 1);
    assert!(results.contains(&Enqueued::Denied(vec![reason()])));
    assert_eq!(used(store, c).await, 10);
    assert_eq!(outbound(store, c).await.len(), 10);
}

pub(crate) async fn what_is_denied_is_not_stored(store: &dyn Store) {
    let c = begin(store).await;
    let told = events(store).await.len();
    let denied = NewMessage { check: quota(0), ..new_message(c, "no", 1) };
    assert_eq!(store.enqueue(denied).await.unwrap(), Enqueued::Denied(vec![reason()]));
    assert!(outbound(store, c).await.is_empty());
    assert!(claim(store, 2).await.is_empty());
    let after = conversation(store, c).await;
    assert_eq!((after.ledger.used, after.unread, after.last_message_at), (0, 1, at(0)));
    assert_eq!(events(store).await.len(), told);
}

pub(crate) async fn a_repeated_key_is_the_same_message(store: &dyn Store) {
    let c = begin(store).await;
    let Enqueued::Queued(first) = store.enqueue(keyed(c, "k", "hi")).await.unwrap() else {
        panic!("not queued");
    };
    assert_eq!(first, message(store, first.id).await);
    assert_eq!(
        (first.direction, first.origin, first.status),
        (Direction::Outbound, Origin::Host, Status::Queued)
    );
    assert_eq!((first.created_at, first.history[0].at), (at(1), at(1)));
    assert_eq!(first.history[0].signal, Signal::Host);
    claim(store, 2).await;
    record(store, first.id, 3, sent("p")).await;
    let never = |_| panic!("a repetition asks for no verdict");
    let again = NewMessage { check: Box::new(never), now: at(9), ..keyed(c, "k", "hi") };
    let Enqueued::Repeated(repeated) = store.enqueue(again).await.unwrap() else { panic!("not repeated") };
    assert_eq!(repeated, message(store, first.id).await);
    assert_eq!(repeated.status, Status::Sent);
    assert_eq!(used(store, c).await, 1);
}

pub(crate) async fn repetitions_at_once_are_one_message(store: &dyn Store) {
    let c = begin(store).await;
    let results = join_all((0..8).map(|_| store.enqueue(keyed(c, "k", "hi")))).await;
    let results: Vec<_> = results.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|r| matches!(r, Enqueued::Queued(_))).count(), 1);
    assert_eq!(results.iter().filter(|r| matches!(r, Enqueued::Repeated(_))).count(), 7);
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (1, 1));
}

pub(crate) async fn a_key_for_other_content_is_refused(store: &dyn Store) {
    let c = begin(store).await;
    store.enqueue(keyed(c, "k", "hi")).await.unwrap();
    for text in ["hi ", "", "HI"] {
        assert_eq!(store.enqueue(keyed(c, "k", text)).await.unwrap(), Enqueued::KeyReused, "{text:?}");
    }
    let other_kind = NewMessage { content: Content::Unknown, ..keyed(c, "k", "") };
    assert_eq!(store.enqueue(other_kind).await.unwrap(), Enqueued::KeyReused);
    assert_eq!(outbound(store, c).await.len(), 1);
}

pub(crate) async fn a_key_for_other_times_is_refused(store: &dyn Store) {
    let c = begin(store).await;
    let timed = |send_at, expires_at| NewMessage { send_at, expires_at, ..keyed(c, "k", "hi") };
    let first = queued(store, timed(Some(at(5)), Some(at(9)))).await;
    for (send_at, expires_at) in [(None, Some(at(9))), (Some(at(5)), None), (Some(at(6)), Some(at(9)))] {
        assert_eq!(store.enqueue(timed(send_at, expires_at)).await.unwrap(), Enqueued::KeyReused);
    }
    let again = store.enqueue(timed(Some(at(5)), Some(at(9)))).await.unwrap();
    assert!(matches!(again, Enqueued::Repeated(message) if message.id == first));
}

pub(crate) async fn a_key_belongs_to_its_conversation(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    for (conversation, key) in [(c, "k"), (d, "k"), (c, "K"), (c, ""), (c, "k ")] {
        let result = store.enqueue(keyed(conversation, key, "hi")).await.unwrap();
        assert!(matches!(result, Enqueued::Queued(_)), "{key:?} {result:?}");
    }
}

pub(crate) async fn a_key_that_was_denied_may_come_again(store: &dyn Store) {
    let c = begin(store).await;
    let denied = NewMessage { check: quota(0), ..keyed(c, "k", "hi") };
    assert!(matches!(store.enqueue(denied).await.unwrap(), Enqueued::Denied(_)));
    assert!(matches!(store.enqueue(keyed(c, "k", "other")).await.unwrap(), Enqueued::Queued(_)));
}

pub(crate) async fn an_unknown_conversation_is_said_so(store: &dyn Store) {
    connect(store).await;
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let check = move |ledger| {
        count.fetch_add(1, Ordering::Relaxed);
        allow(ledger)
    };
    let new = NewMessage { check: Box::new(check), ..new_message(ConversationId::generate(), "hi", 1) };
    assert_eq!(store.enqueue(new).await.unwrap(), Enqueued::UnknownConversation);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

pub(crate) async fn an_answer_takes_the_conversation_up_and_nothing_is_unread(store: &dyn Store) {
    let c = begin(store).await;
    let d = open(store, "d").await;
    deliver(store, 5, received("d", "newer", 5)).await;
    assert_eq!(
        store.conversations(&Scope::Everything, ConversationFilter::default(), None, 1).await.unwrap().items
            [0]
        .id,
        d
    );
    say(store, c, "answer", 9).await;
    let first = store
        .conversations(&Scope::Everything, ConversationFilter::default(), None, 1)
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!((first.id, first.unread, first.last_message_at), (c, 0, at(9)));
    say(store, c, "by a host whose clock is late", 3).await;
    assert_eq!(conversation(store, c).await.last_message_at, at(9));
    deliver(store, 20, received("c", "more", 20)).await;
    assert_eq!(conversation(store, c).await.unread, 1);
}

pub(crate) async fn a_panic_in_a_check_hurts_nobody_else(store: &dyn Store) {
    let c = begin(store).await;
    let bad = || NewMessage { check: Box::new(|_| panic!("on purpose")), ..new_message(c, "bad", 1) };
    let good = |text| store.enqueue(new_message(c, text, 1));
    let (one, bad, other) = tokio::join!(good("one"), store.enqueue(bad()), good("other"));
    assert!(matches!(one.unwrap(), Enqueued::Queued(_)));
    assert!(bad.is_err());
    assert!(matches!(other.unwrap(), Enqueued::Queued(_)));
    assert_eq!((outbound(store, c).await.len(), used(store, c).await), (2, 2));
}
