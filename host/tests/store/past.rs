//! What was needed only for a while is forgotten, and nothing else.

use connector_api::{Content, Timestamp};
use jackfield::{
    model::Actor,
    store::{AuditFilter, Enqueued, NewMessage, Past, PendingAuthorization, Store},
};

use super::fixture::*;

const NEVER: Timestamp = Timestamp::from_millis(i64::MIN);
pub(crate) const NOTHING: Past = Past {
    payloads: NEVER,
    events: NEVER,
    undelivered: NEVER,
    deliveries: NEVER,
    seen: NEVER,
    audit: NEVER,
    sessions: NEVER,
    authorizations: NEVER,
    idempotency_keys: NEVER,
};

pub(crate) async fn old_keys_are_forgotten_and_messages_stay(store: &dyn Store) {
    let c = begin(store).await;
    deliver(store, 10, received("c", "late", 10)).await;
    assert_eq!(store.forget(NOTHING).await.unwrap(), 0);
    let past = Past { seen: at(10), ..NOTHING };
    assert_eq!(store.forget(past).await.unwrap(), 1);
    assert_eq!(store.forget(past).await.unwrap(), 0);
    // The newer one is still known; the older message is told by its id.
    assert_eq!(deliver(store, 11, received("c", "late", 10)).await.duplicates, 1);
    assert_eq!(deliver(store, 11, received("c", "hello", 0)).await.new, 1);
    assert_eq!(thread(store, c).await.len(), 2);
}

pub(crate) async fn a_forgotten_key_may_name_another_message(store: &dyn Store) {
    let c = begin(store).await;
    let keyed = |text| NewMessage { idempotency_key: Some("k".to_owned()), ..new_message(c, text, 10) };
    let first = queued(store, keyed("first")).await;
    let kept = Past { idempotency_keys: at(10), ..NOTHING };
    assert_eq!(store.forget(kept).await.unwrap(), 0);
    assert_eq!(store.enqueue(keyed("second")).await.unwrap(), Enqueued::KeyReused);
    let forgotten = Past { idempotency_keys: at(11), ..NOTHING };
    assert_eq!(store.forget(forgotten).await.unwrap(), 1);
    assert_eq!(store.forget(forgotten).await.unwrap(), 0);
    let second = queued(store, keyed("second")).await;
    assert_eq!(message(store, first).await.content, Content::text("first"));
    assert_ne!(first, second);
}

pub(crate) async fn old_bodies_and_consents_are_forgotten(store: &dyn Store) {
    begin(store).await;
    let pending = PendingAuthorization {
        instance: INSTANCE.to_owned(),
        redirect_uri: "https://x.example".to_owned(),
        account: None,
    };
    store.save_authorization([1; 32], pending.clone(), at(5)).await.unwrap();
    store.save_authorization([2; 32], pending.clone(), at(50)).await.unwrap();
    let past = Past { payloads: at(10), authorizations: at(10), ..NOTHING };
    assert_eq!(store.forget(past).await.unwrap(), 2);
    assert_eq!(store.forget(past).await.unwrap(), 0);
    assert_eq!(store.take_authorization([2; 32], at(11)).await.unwrap(), Some(pending));
}

pub(crate) async fn old_entries_of_the_audit_log_are_forgotten(store: &dyn Store) {
    for seconds in [1, 2] {
        store.record_audit(super::audit::entry(Actor::keyless("cli"), seconds)).await.unwrap();
    }
    assert_eq!(store.forget(Past { audit: at(2), ..NOTHING }).await.unwrap(), 1);
    assert_eq!(store.audit(AuditFilter::default(), None, 5).await.unwrap().items[0].at, at(2));
}

pub(crate) async fn old_events_are_forgotten_and_the_numbers_go_on(store: &dyn Store) {
    assert_eq!(store.oldest_event().await.unwrap(), None);
    begin(store).await;
    let newest = *store.latest_event().borrow();
    assert_eq!(store.oldest_event().await.unwrap(), Some(1));
    store.forget(Past { events: at(1_000), ..NOTHING }).await.unwrap();
    assert_eq!(store.oldest_event().await.unwrap(), None);
    assert!(store.events_after(0, 10).await.unwrap().is_empty());
    deliver(store, 1, received("c", "again", 1)).await;
    assert_eq!(store.events_after(0, 10).await.unwrap()[0].sequence, newest + 1);
    assert_eq!(store.oldest_event().await.unwrap(), Some(newest + 1));
}
