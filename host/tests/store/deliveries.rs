//! From an event to its delivery.

use connector_api::Timestamp;
use jackfield::{
    model::{
        Attempt, AttemptError, Delivery, DeliveryId, DeliveryState, DisabledBecause, Endpoint, EndpointId,
        InboxEventKind,
    },
    store::{NewEndpoint, Next, Past, Replayed, Store},
};

use super::{fixture::*, past::NOTHING};

/// Nothing has failed for so long.
pub(crate) const FOREVER: Timestamp = Timestamp::from_millis(i64::MIN);

pub(crate) fn new(name: &str) -> NewEndpoint {
    NewEndpoint {
        id: EndpointId::generate(),
        url: format!("https://{name}.example"),
        description: name.to_owned(),
        kinds: Vec::new(),
        accounts: Vec::new(),
        enabled: true,
        secret: b"sealed".to_vec(),
    }
}

pub(crate) async fn add(store: &dyn Store, new: NewEndpoint) -> Endpoint {
    store.add_endpoint(new, 100, at(0)).await.unwrap().unwrap()
}

/// Takes what is due at that second, on a lease of a minute.
pub(crate) async fn due(store: &dyn Store, endpoint: EndpointId, seconds: i64) -> Vec<Delivery> {
    let taken = store.take_deliveries(endpoint, at(seconds), at(seconds + 60), 100).await.unwrap();
    taken.unwrap().due.into_iter().map(|due| due.delivery).collect()
}

fn attempt(seconds: i64, next: Next) -> Attempt {
    let (status_code, error) = match next {
        Next::Delivered => (Some(204), None),
        Next::Gone => (Some(410), Some(AttemptError::Status)),
        _ => (None, Some(AttemptError::Timeout)),
    };
    Attempt { at: at(seconds), duration_ms: 7, status_code, error }
}

pub(crate) async fn fails(
    store: &dyn Store,
    delivery: &Delivery,
    seconds: i64,
    next: Next,
    failing_too_long: Timestamp,
) -> Option<DisabledBecause> {
    store.record_attempt(delivery.id, attempt(seconds, next), next, failing_too_long).await.unwrap()
}

async fn recorded(store: &dyn Store, delivery: &Delivery, seconds: i64, next: Next) {
    assert_eq!(fails(store, delivery, seconds, next, FOREVER).await, None);
}

async fn log(store: &dyn Store, endpoint: EndpointId) -> Vec<Delivery> {
    store.deliveries(endpoint, None, 1_000).await.unwrap().items
}

fn kinds(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.kind.as_str()).collect()
}

pub(crate) async fn every_event_since_the_endpoint_was_made_is_taken_once_in_order(store: &dyn Store) {
    let c = begin(store).await;
    let endpoint = add(store, new("a")).await.id;
    assert_eq!(store.next_delivery(endpoint, at(1)).await.unwrap(), None);
    assert!(due(store, endpoint, 1).await.is_empty());
    for n in 0..5 {
        deliver(store, 2, received("c", &format!("m{n}"), n)).await;
    }
    assert_eq!(store.next_delivery(endpoint, at(2)).await.unwrap(), Some(at(2)));
    let taken = store.take_deliveries(endpoint, at(2), at(62), 100).await.unwrap().unwrap();
    let all = events(store).await;
    let told: Vec<_> = taken.due.iter().map(|due| due.event.clone().unwrap()).collect();
    assert_eq!(told, all[all.len() - 5..]);
    assert!(told.iter().all(|event| event.conversation == Some(c)));
    assert!(due(store, endpoint, 3).await.is_empty());
}

pub(crate) async fn an_endpoint_is_told_what_it_wants(store: &dyn Store) {
    let account = connect(store).await.id;
    let other = store.save_account(authorized("other", "x"), at(0)).await.unwrap().id;
    let created = NewEndpoint { kinds: vec![InboxEventKind::MessageCreated], ..new("a") };
    let created = add(store, created).await.id;
    let of_other = add(store, NewEndpoint { accounts: vec![other], ..new("b") }).await.id;
    let of_ours = add(store, NewEndpoint { accounts: vec![account], ..new("c") }).await.id;
    let c = open(store, "c").await;
    begin_send(store, c, "answer", 1).await;
    assert_eq!(kinds(&due(store, created, 2).await), ["message.created", "message.created"]);
    assert_eq!(
        kinds(&due(store, of_ours, 2).await),
        ["message.created", "message.created", "message.status"]
    );
    assert!(due(store, of_other, 2).await.is_empty());
    // What is passed over does not come again.
    assert_eq!(store.next_delivery(of_other, at(3)).await.unwrap(), None);
}

pub(crate) async fn what_is_leased_is_taken_by_nobody_else_until_its_end(store: &dyn Store) {
    begin(store).await;
    let endpoint = add(store, new("a")).await.id;
    open(store, "d").await;
    let (first, second) = tokio::join!(
        store.take_deliveries(endpoint, at(1), at(61), 10),
        store.take_deliveries(endpoint, at(1), at(61), 10)
    );
    let taken = first.unwrap().unwrap().due.len() + second.unwrap().unwrap().due.len();
    assert_eq!(taken, 1);
    assert_eq!(store.next_delivery(endpoint, at(2)).await.unwrap(), Some(at(61)));
    assert!(due(store, endpoint, 60).await.is_empty());
    assert_eq!(due(store, endpoint, 61).await.len(), 1);
    // A host that starts knows that nobody else delivers.
    store.release_deliveries().await.unwrap();
    assert_eq!(due(store, endpoint, 62).await.len(), 1);
}

pub(crate) async fn what_was_delivered_is_done(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    connect(store).await;
    let taken = due(store, endpoint, 1).await;
    recorded(store, &taken[0], 2, Next::Delivered).await;
    assert_eq!(store.next_delivery(endpoint, at(3)).await.unwrap(), None);
    store.release_deliveries().await.unwrap();
    assert!(due(store, endpoint, 1_000_000).await.is_empty());
    let logged = log(store, endpoint).await.pop().unwrap();
    assert_eq!((logged.state, logged.attempts, logged.next_at), (DeliveryState::Delivered, 1, None));
    assert_eq!(logged.history, [attempt(2, Next::Delivered)]);
}

pub(crate) async fn what_failed_is_taken_again_at_its_time_and_holds_up_nothing(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    connect(store).await;
    let first = due(store, endpoint, 1).await.remove(0);
    recorded(store, &first, 2, Next::Retry(at(300))).await;
    open(store, "c").await;
    let second = due(store, endpoint, 3).await.remove(0);
    assert_eq!(second.kind, "message.created");
    recorded(store, &second, 4, Next::Delivered).await;
    assert_eq!(store.next_delivery(endpoint, at(5)).await.unwrap(), Some(at(300)));
    assert!(due(store, endpoint, 299).await.is_empty());
    let again = due(store, endpoint, 300).await.remove(0);
    assert_eq!((again.id, again.attempts, again.webhook_id()), (first.id, 1, first.webhook_id()));
    recorded(store, &again, 301, Next::Dead).await;
    assert!(due(store, endpoint, 1_000_000).await.is_empty());
    let dead = log(store, endpoint).await.pop().unwrap();
    assert_eq!((dead.state, dead.attempts, dead.history.len()), (DeliveryState::Dead, 2, 2));
}

pub(crate) async fn so_many_wait_and_the_others_are_not_lost(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    connect(store).await;
    for part in 0..11 {
        let events = (0..100).map(|n| received("c", &format!("{part}/{n}"), n)).collect();
        store.ingest(arrival(1, events)).await.unwrap();
    }
    let mut pending = Vec::new();
    while store.next_delivery(endpoint, at(2)).await.unwrap() == Some(at(2)) {
        pending.extend(due(store, endpoint, 2).await);
    }
    assert_eq!(pending.len(), 1_000);
    for delivery in &pending[..300] {
        recorded(store, delivery, 3, Next::Delivered).await;
    }
    let rest = due(store, endpoint, 4).await;
    assert!(rest[0].sequence > pending[999].sequence);
    assert_eq!(due(store, endpoint, 4).await.len() + rest.len(), 101);
}

pub(crate) async fn pages_of_deliveries_lose_and_repeat_nothing(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    begin(store).await;
    for n in 0..7 {
        deliver(store, 2, received("c", &format!("m{n}"), n)).await;
    }
    due(store, endpoint, 3).await;
    let all = log(store, endpoint).await;
    assert_eq!(all.len(), 9);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.deliveries(endpoint, after, 4).await.unwrap();
        paged.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
    assert!(store.deliveries(EndpointId::generate(), None, 10).await.unwrap().items.is_empty());
}

pub(crate) async fn one_delivery_can_be_made_again(store: &dyn Store) {
    let (endpoint, other) = (add(store, new("a")).await.id, add(store, new("b")).await.id);
    connect(store).await;
    let dead = due(store, endpoint, 1).await.remove(0);
    recorded(store, &dead, 2, Next::Dead).await;
    let Replayed::Begun(begun) = store.replay_delivery(endpoint, dead.id, at(500)).await.unwrap() else {
        panic!("not begun")
    };
    assert_eq!((begun.id, begun.state, begun.attempts), (dead.id, DeliveryState::Pending, 0));
    assert_eq!(
        (begun.began_at, begun.next_at, begun.webhook_id()),
        (at(500), Some(at(500)), dead.webhook_id())
    );
    assert_eq!(begun.history.len(), 1);
    assert_eq!(due(store, endpoint, 500).await.len(), 1);
    assert_eq!(store.replay_delivery(other, dead.id, at(1)).await.unwrap(), Replayed::Unknown);
    let unknown = DeliveryId::generate();
    assert_eq!(store.replay_delivery(endpoint, unknown, at(1)).await.unwrap(), Replayed::Unknown);
    store.forget(Past { events: at(100), undelivered: at(100), ..NOTHING }).await.unwrap();
    assert_eq!(store.replay_delivery(endpoint, dead.id, at(501)).await.unwrap(), Replayed::NoEvent);
}

pub(crate) async fn everything_since_a_moment_can_be_delivered_again(store: &dyn Store) {
    let c = begin(store).await;
    let endpoint = add(store, new("a")).await.id;
    say(store, c, "early", 10).await;
    say(store, c, "late", 20).await;
    for delivery in due(store, endpoint, 21).await {
        recorded(store, &delivery, 22, Next::Delivered).await;
    }
    assert!(store.replay_since(endpoint, at(20)).await.unwrap());
    let late = due(store, endpoint, 30).await;
    assert_eq!((late.len(), late[0].attempts), (1, 0));
    // Also what is from before the endpoint was made.
    assert!(store.replay_since(endpoint, at(-1)).await.unwrap());
    assert_eq!(due(store, endpoint, 31).await.len(), 3);
    assert_eq!(log(store, endpoint).await.len(), 4);
    assert!(!store.replay_since(EndpointId::generate(), at(0)).await.unwrap());
}

pub(crate) async fn a_test_is_logged_and_not_taken(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    let test = Delivery {
        id: DeliveryId::generate(),
        endpoint,
        sequence: None,
        kind: "webhook.test".to_owned(),
        state: DeliveryState::Dead,
        attempts: 1,
        created_at: at(1),
        began_at: at(1),
        next_at: None,
        history: Vec::new(),
    };
    store.log_test(test.clone(), attempt(1, Next::Dead)).await.unwrap();
    let logged = Delivery { history: vec![attempt(1, Next::Dead)], ..test.clone() };
    assert_eq!(log(store, endpoint).await, [logged]);
    assert!(due(store, endpoint, 2).await.is_empty());
    assert_eq!(store.replay_delivery(endpoint, test.id, at(2)).await.unwrap(), Replayed::NoEvent);
}

pub(crate) async fn events_that_are_yet_to_be_delivered_are_kept_for_a_while(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    connect(store).await;
    let pending = due(store, endpoint, 1).await.remove(0);
    open(store, "c").await;
    // The first is pending, the second not come to yet.
    let kept = Past { events: at(100), undelivered: at(-100), ..NOTHING };
    assert_eq!(store.forget(kept).await.unwrap(), 0);
    recorded(store, &pending, 2, Next::Delivered).await;
    assert_eq!(store.forget(kept).await.unwrap(), 1);
    // Nothing is kept for longer than it is delivered, or for nobody.
    let past = Past { undelivered: at(100), ..kept };
    assert_eq!(store.forget(past).await.unwrap(), 1);
    let taken = store.take_deliveries(endpoint, at(3), at(4), 10).await.unwrap().unwrap();
    assert!(taken.due.is_empty());
    deliver(store, 5, received("c", "more", 5)).await;
    store.remove_endpoint(endpoint).await.unwrap();
    assert_eq!(store.forget(kept).await.unwrap(), 1);
}

pub(crate) async fn a_pending_delivery_whose_event_was_forgotten_says_so(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    connect(store).await;
    due(store, endpoint, 1).await;
    store.forget(Past { events: at(100), undelivered: at(100), ..NOTHING }).await.unwrap();
    let taken = store.take_deliveries(endpoint, at(61), at(99), 10).await.unwrap().unwrap();
    assert_eq!((taken.due.len(), taken.due[0].event.clone()), (1, None));
}

pub(crate) async fn the_log_is_forgotten_in_time(store: &dyn Store) {
    let endpoint = add(store, new("a")).await.id;
    begin(store).await;
    let taken = due(store, endpoint, 1).await;
    recorded(store, &taken[0], 2, Next::Delivered).await;
    assert!(matches!(
        store.replay_delivery(endpoint, taken[1].id, at(50)).await.unwrap(),
        Replayed::Begun(_)
    ));
    recorded(store, &taken[1], 51, Next::Delivered).await;
    assert!(matches!(
        store.replay_delivery(endpoint, taken[1].id, at(60)).await.unwrap(),
        Replayed::Begun(_)
    ));
    assert_eq!(store.forget(Past { deliveries: at(10), ..NOTHING }).await.unwrap(), 1);
    let left = log(store, endpoint).await;
    assert_eq!((left.len(), left[0].id), (1, taken[1].id));
}
