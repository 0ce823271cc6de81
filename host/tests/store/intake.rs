//! Counts that must agree, and what waits.

use jackfield::store::{Arrival, AtTheDoor, Intake, Next, Store, Waiting};

use super::{
    deliveries::{FOREVER, add, due, fails, new},
    fixture::*,
};

fn counts(received: i64, failed: i64, kept: i64) -> Intake {
    Intake { instance: INSTANCE.to_owned(), received, failed, kept, processed: 0, duplicates: 0, unrouted: 0 }
}

async fn counted(store: &dyn Store, received: i64, failed: i64) -> Intake {
    store.count_intake(INSTANCE, AtTheDoor { received, failed }).await.unwrap()
}

pub(crate) async fn every_arrival_is_counted_with_what_it_brought(store: &dyn Store) {
    assert!(store.intake().await.unwrap().is_empty());
    connect(store).await;
    let hello = received("c", "hello", 0);
    deliver(store, 0, hello.clone()).await;
    deliver(store, 1, hello).await;
    store.ingest(Arrival { events: Vec::new(), ..arrival(2, Vec::new()) }).await.unwrap();
    store.ingest(Arrival { events: Vec::new(), ..arrival(3, Vec::new()) }).await.unwrap();
    let mut stranger = received("c", "x", 0);
    stranger.account = "nobody".to_owned();
    deliver(store, 4, stranger).await;
    let expected = Intake { processed: 1, duplicates: 1, unrouted: 1, ..counts(0, 0, 5) };
    assert_eq!(store.intake().await.unwrap(), std::slice::from_ref(&expected));
    let expected = Intake { received: 6, failed: 1, ..expected };
    assert_eq!(counted(store, 6, 1).await, expected);
    assert_eq!(expected.disagreement(), 0);
    assert_eq!(store.intake().await.unwrap(), [expected]);
}

pub(crate) async fn a_large_arrival_is_one(store: &dyn Store) {
    connect(store).await;
    let events = (0..600).map(|n| received("c", &format!("m{n}"), n)).collect();
    store.ingest(arrival(1, events)).await.unwrap();
    assert_eq!(store.intake().await.unwrap(), [Intake { processed: 600, ..counts(0, 0, 1) }]);
}

pub(crate) async fn an_arrival_that_is_missing_is_a_disagreement(store: &dyn Store) {
    begin(store).await;
    assert_eq!(counted(store, 1, 0).await.disagreement(), 0);
    assert_eq!(counted(store, 2, 1).await.disagreement(), 1);
    // It does not go away by what is kept later.
    deliver(store, 1, received("c", "more", 1)).await;
    assert_eq!(counted(store, 1, 0).await.disagreement(), 1);
}

pub(crate) async fn what_a_kill_left_uncounted_is_settled_at_the_start(store: &dyn Store) {
    begin(store).await;
    deliver(store, 1, received("c", "more", 1)).await;
    store.settle_intake().await.unwrap();
    assert_eq!(store.intake().await.unwrap(), [Intake { processed: 2, ..counts(2, 0, 2) }]);
    // A loss is still told afterwards.
    assert_eq!(counted(store, 1, 0).await.disagreement(), 1);
    store.settle_intake().await.unwrap();
    assert_eq!(store.intake().await.unwrap()[0].disagreement(), 1);
}

pub(crate) async fn what_waits_is_known_with_its_age(store: &dyn Store) {
    let waiting = |count, oldest: i64| Waiting { count, oldest: Some(at(oldest)) };
    assert_eq!(store.unprocessed().await.unwrap(), jackfield::store::Unprocessed::default());
    let endpoint = add(store, new("a")).await.id;
    let c = begin(store).await;
    let mut stranger = received("c", "x", 0);
    stranger.account = "nobody".to_owned();
    deliver(store, 3, stranger).await;
    begin_send(store, c, "first", 5).await;
    say(store, c, "second", 6).await;
    let unprocessed = store.unprocessed().await.unwrap();
    assert_eq!(unprocessed.unrouted, waiting(1, 3));
    assert_eq!(unprocessed.sending, waiting(1, 5));
    assert_eq!(unprocessed.queued, waiting(1, 6));
    assert_eq!(unprocessed.uncertain, Waiting::default());
    // One endpoint has not come to its events yet.
    assert_eq!(unprocessed.undelivered, waiting(1, 0));
    let taken = due(store, endpoint, 7).await;
    assert_eq!(store.unprocessed().await.unwrap().undelivered, waiting(5, 7));
    for delivery in &taken {
        fails(store, delivery, 8, Next::Delivered, FOREVER).await;
    }
    assert_eq!(store.unprocessed().await.unwrap().undelivered, Waiting::default());
    store.recover(at(9)).await.unwrap();
    let unprocessed = store.unprocessed().await.unwrap();
    assert_eq!((unprocessed.sending, unprocessed.uncertain), (Waiting::default(), waiting(1, 9)));
}
